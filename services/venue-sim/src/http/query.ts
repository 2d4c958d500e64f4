import { VenueError } from './request.ts'

/** What a public read is asked with, as text; a name given twice is a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

export const badRequest = (message: string): VenueError =>
  new VenueError(400, 'invalid_parameters', message)
export const notFound = (what: string): VenueError =>
  new VenueError(404, 'not_found', `${what} not found`)

export function text(query: Query, name: string): string | undefined {
  const value = query[name]
  if (typeof value === 'string') return value === '' ? undefined : value
  return value?.[0]
}

export const isTrue = (query: Query, name: string): boolean => text(query, name) === 'true'

export function integer(query: Query, name: string, fallback: number): number {
  const value = text(query, name)
  if (value === undefined) return fallback
  if (!/^\d{1,12}$/.test(value)) throw badRequest(`invalid ${name}`)
  return Number(value)
}

export function required(query: Query, name: string): number {
  if (text(query, name) === undefined) throw badRequest(`${name} is required`)
  return integer(query, name, 0)
}

/** With commas, or said again and again. */
export function listOf(query: Query, name: string, max: number): readonly string[] | undefined {
  const items = [query[name] ?? []].flat().flatMap((part) => part.split(','))
  const given = items.map((item) => item.trim()).filter((item) => item !== '')
  if (given.length > max) throw badRequest(`${name}: at most ${max}`)
  return given.length > 0 ? given : undefined
}

export function setOf(query: Query, name: string): ReadonlySet<string> | undefined {
  const items = listOf(query, name, 1_000)
  return items && new Set(items)
}

/** `min_<name>` and `max_<name>`, in seconds. */
export function isWithin(query: Query, name: string, timeUs: number | null): boolean {
  const min = integer(query, `min_${name}`, -Infinity)
  const max = integer(query, `max_${name}`, Infinity)
  if (min === -Infinity && max === Infinity) return true
  return timeUs !== null && timeUs >= min * 1_000_000 && timeUs <= max * 1_000_000
}

export function pageOf<T>(
  all: readonly T[],
  query: Query,
  limits: { readonly fallback: number; readonly max: number },
): { readonly items: readonly T[]; readonly cursor: string } {
  const limit = Math.min(limits.max, integer(query, 'limit', limits.fallback))
  const from = readCursor(text(query, 'cursor'))
  const to = from + Math.max(1, limit)
  const cursor = to < all.length ? Buffer.from(`at ${to}`).toString('base64url') : ''
  return { items: all.slice(from, to), cursor }
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const match = /^at (\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw badRequest('invalid cursor')
  return Number(match[1])
}
