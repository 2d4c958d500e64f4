import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import { parse } from 'yaml'

/** The published specifications, where they are at hand; they are not ours to copy. */
const SPECS =
  process.env['KWM_SPECS_DIR'] ?? join(import.meta.dirname, '../../../../shared/reference/specs')
export const OPENAPI = join(SPECS, 'kalshi-openapi-3.28-merged-2026-08-22.yaml')
export const ASYNCAPI = join(SPECS, 'kalshi-asyncapi-2026-08-22.yaml')
export const areSpecsThere = existsSync(OPENAPI) && existsSync(ASYNCAPI)
if (!areSpecsThere)
  console.warn(`no specifications in ${SPECS}: set KWM_SPECS_DIR to check against them`)

/** OpenAPI's `nullable` in the words of JSON Schema. */
function withNulls(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNulls)
  if (typeof node !== 'object' || node === null) return node
  const { nullable, ...rest } = node as Record<string, unknown>
  const plain = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, withNulls(value)]),
  )
  return nullable === true ? { anyOf: [{ type: 'null' }, plain] } : plain
}

export function schemasOf(file: string): (name: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(withNulls(parse(readFileSync(file, 'utf8'))) as object, file)
  return (name) => ajv.compile({ $ref: `${file}#/components/schemas/${name}` })
}
