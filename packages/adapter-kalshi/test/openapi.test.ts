import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '@kwm/runtime'
import { KalshiAccount, KalshiTransport, RateBudget } from '../src/index.ts'
import { ANSWERS } from './answers.ts'
import { SampleVenue, readEverything, writeEverything } from './every-call.ts'

const SPECS =
  process.env['KWM_SPECS_DIR'] ?? join(import.meta.dirname, '../../../../shared/reference/specs')
const file = existsSync(SPECS)
  ? readdirSync(SPECS).find((name) => /^kalshi-openapi-.*\.yaml$/.test(name))
  : undefined

if (file === undefined) {
  console.warn(`no specifications in ${SPECS}: set KWM_SPECS_DIR to check against them`)
}

type Schema = {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly nullable?: boolean
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly allOf?: readonly Schema[]
  readonly example?: unknown
}
type Parameter = { readonly $ref?: string; readonly name?: string; readonly in?: string }
type Operation = {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: Schema } }
  }
  readonly responses: Readonly<
    Record<
      string,
      { readonly content?: { readonly 'application/json': { readonly schema: Schema } } }
    >
  >
}
type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly parameters: Readonly<Record<string, Parameter>>
  }
}

/** Texts that the description types as any string, but words as something narrower. */
const WORDS: Readonly<Record<string, unknown>> = {
  'DailySchedule.open_time': '00:00',
  'DailySchedule.close_time': '23:59',
  'PriceRange.start': '0.0000',
  'PriceRange.end': '1.0000',
  'PriceRange.step': '0.0100',
  'GetWeatherIndexResponse.units': 'fahrenheit',
}
/** Our own venue-sim's. */
const ELSEWHERE = new Set(['is_synthetic'])
/** Since 2026-09-03 and 2026-10-01, after the description. */
const NEWER = new Set([
  'POST /portfolio/events/orders/o/amend expiration_time',
  'GET /portfolio/positions settlement_status',
])
/** Since 2026-08-27. */
const NEWER_CALLS = new Set(['DELETE /portfolio/events/orders'])

class Examples {
  readonly #schemas: Description['components']['schemas']
  readonly #isFull: boolean
  constructor(description: Description, isFull: boolean) {
    this.#schemas = description.components.schemas
    this.#isFull = isFull
  }

  of(schema: Schema, name = '', field = ''): unknown {
    const word = WORDS[`${name}.${field}`]
    if (word !== undefined) return word
    if (schema.$ref) {
      const target = schema.$ref.split('/').at(-1)!
      if (schema.nullable === true && !this.#isFull) return null
      if (target === 'FixedPointDollars') return '0.5600'
      if (target === 'FixedPointCount') return '10.00'
      if (target === 'PriceLevelDollarsCountFp') return ['0.4200', '13.00']
      return this.of(this.#schemas[target]!, target)
    }
    if (schema.nullable === true && !this.#isFull) return null
    if (schema.allOf) return this.of(schema.allOf[0]!, name, field)
    if (schema.properties) return this.#object(schema, name)
    if (schema.enum) return schema.enum[0]
    switch (schema.type) {
      case 'array':
        return this.#isFull ? [this.of(schema.items!, name, field)] : []
      case 'object':
        return {}
      case 'integer':
      case 'number':
        return 1
      case 'boolean':
        return true
      default:
        return schema.format === 'date-time' ? '2026-11-20T12:00:00Z' : 'x'
    }
  }

  #object({ properties = {}, required = [] }: Schema, name: string): object {
    const names = this.#isFull ? Object.keys(properties) : required
    return Object.fromEntries(names.map((key) => [key, this.of(properties[key]!, name, key)]))
  }
}

const isOf = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{[^}]*\}/g, '[^/]+')}$`).test(path)

/** Notes every field that is looked for and is not there. */
function watched(value: unknown, missed: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => watched(item, missed))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, watched(inner, missed)]),
  )
  return new Proxy(fields, {
    get(target, name, receiver) {
      if (typeof name === 'string' && !(name in target)) missed.add(name)
      return Reflect.get(target, name, receiver) as unknown
    },
  })
}

const { privateKey } = generateKeyPairSync('ed25519')
const transportOf = ({ fetch }: SampleVenue): KalshiTransport =>
  new KalshiTransport({
    ...{ baseUrl: 'https://venue.test/trade-api/v2', clock: systemClock, fetch },
    credentials: { keyId: 'k', privateKey },
  })

test('every call is answered by its sample, and reads it', async () => {
  const venue = new SampleVenue()
  const transport = transportOf(venue)
  const budget = new RateBudget({ clock: systemClock })
  expect(await new KalshiAccount(transport).configure(budget)).toBe('advanced')
  expect(budget.costOf('DELETE', '/portfolio/events/orders/{order_id}')).toBe(2)
  const found = [...(await readEverything(transport)), ...(await writeEverything(transport))]
  const outcomes = found.map((one) => (one as { outcome?: string }).outcome ?? 'accepted')
  expect(new Set(outcomes)).toEqual(new Set(['accepted', 'absent']))
  const asked = new Set(venue.sent.map(({ call }) => call))
  expect(ANSWERS.map(({ call }) => call).filter((call) => !asked.has(call))).toEqual([])
})

describe.skipIf(file === undefined)('the published description (absent: skipped)', () => {
  const description =
    file === undefined ? undefined : (parse(readFileSync(join(SPECS, file), 'utf8')) as Description)
  const schemaOf = (call: string): Schema => {
    const [method, path] = call.split(' ') as [string, string]
    const operation = description!.paths[path]?.[method.toLowerCase()]
    const [good] = Object.entries(operation!.responses).filter(([status]) => status.startsWith('2'))
    return good![1].content!['application/json'].schema
  }
  const calls = ANSWERS.map((answer) => [answer.call, answer] as const)

  test.each(calls)('%s: what is required is enough for us', (call, { schema }) => {
    const body = new Examples(description!, false).of(schemaOf(call))
    expect(schema.safeParse(body).error?.issues ?? []).toEqual([])
  })

  test.each(calls)(
    '%s: all its fields parse, and we read none it does not have',
    (call, { schema }) => {
      const body = new Examples(description!, true).of(schemaOf(call))
      const missed = new Set<string>()
      const parsed = schema.safeParse(watched(body, missed))
      expect(parsed.error?.issues ?? []).toEqual([])
      expect([...missed].filter((name) => !ELSEWHERE.has(name))).toEqual([])
    },
  )

  test('every call is in the description', () => {
    expect(calls.map(([call]) => schemaOf(call)).every((schema) => schema !== undefined)).toBe(true)
  })

  test('every parameter and every field of a body that we send is in it', async () => {
    const venue = new SampleVenue()
    const transport = transportOf(venue)
    await readEverything(transport)
    await writeEverything(transport)
    await new KalshiAccount(transport).configure(new RateBudget({ clock: systemClock }))
    const strange: string[] = []
    for (const { method, url, body } of venue.sent) {
      const path = url.pathname.replace('/trade-api/v2', '')
      const templates = Object.keys(description!.paths).filter((template) => isOf(template, path))
      const operation = templates
        .toSorted((a, b) => a.split('{').length - b.split('{').length)
        .map((template) => description!.paths[template]![method.toLowerCase()])
        .find((found) => found !== undefined)
      const call = `${method} ${path}`
      if (!operation) {
        if (!NEWER_CALLS.has(call)) strange.push(call)
        continue
      }
      const names = new Set((operation.parameters ?? []).map((parameter) => nameOf(parameter)))
      for (const name of url.searchParams.keys()) {
        if (!names.has(name) && !NEWER.has(`${call} ${name}`)) strange.push(`${call} ?${name}`)
      }
      const fields = fieldsOf(operation.requestBody?.content['application/json'].schema)
      for (const field of flatKeys(body))
        if (!fields.has(field) && !NEWER.has(`${call} ${field}`)) strange.push(`${call} ${field}`)
    }
    expect(strange).toEqual([])
    expect(new Set(venue.sent.map(({ call }) => call)).size).toBeGreaterThanOrEqual(45)
  })

  const nameOf = ({ $ref, name }: Parameter): string =>
    name ?? description!.components.parameters[$ref!.split('/').at(-1)!]!.name!

  /** Names at any depth: those of the items of a batch too. */
  function fieldsOf(schema: Schema | undefined, found = new Set<string>()): Set<string> {
    if (!schema) return found
    if (schema.$ref) {
      return fieldsOf(description!.components.schemas[schema.$ref.split('/').at(-1)!], found)
    }
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      found.add(name)
      fieldsOf(inner, found)
    }
    return fieldsOf(schema.items, found)
  }

  test('examples of the description parse', () => {
    let parsed = 0
    for (const { call, schema } of ANSWERS) {
      const target = description!.components.schemas[schemaOf(call).$ref?.split('/').at(-1) ?? '']
      if (target?.example === undefined) continue
      const body = target.example
      expect(schema.safeParse(body).error?.issues ?? []).toEqual([])
      parsed++
    }
    expect(parsed).toBeGreaterThan(3)
  })
})

function flatKeys(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => flatKeys(item))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...flatKeys(inner)])
}
