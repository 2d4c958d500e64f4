import type { z } from 'zod'
import { refuse, type Reading } from './reading.ts'

const ISSUES_MAX = 3

type JsonBody<T> =
  | { readonly isRead: true; readonly value: T }
  | { readonly isRead: false; readonly refusal: Reading }

/** The body in the shape of `schema`, or the refusal that names the fields. */
export function readJson<T>(body: string, schema: z.ZodType<T>): JsonBody<T> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { isRead: false, refusal: refuse('not-json', body) }
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { isRead: true, value: parsed.data }
  const issues = parsed.error.issues
    .slice(0, ISSUES_MAX)
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  return { isRead: false, refusal: refuse('shape', issues.join('; ')) }
}
