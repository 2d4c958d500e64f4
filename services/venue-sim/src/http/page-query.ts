import { z } from 'zod'
import { VenueError, primaryOnly } from './request.ts'

const seconds = z.coerce.number().int().min(0)

/** What every list of a portfolio may be asked with; times in seconds. */
export const pageQuery = primaryOnly.extend({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().default(''),
  min_ts: seconds.optional(),
  max_ts: seconds.optional(),
})

type PageQuery = z.infer<typeof pageQuery>

export const within = ({ min_ts: min = 0, max_ts: max = Infinity }: PageQuery, timeUs: number) =>
  timeUs >= min * 1_000_000 && timeUs <= max * 1_000_000

/** The cursor counts from the oldest, so that a page stays where it was when news come in front. */
export function page<T>(
  newestFirst: readonly T[],
  { limit, cursor }: PageQuery,
): { readonly items: readonly T[]; readonly cursor: string } {
  const from = cursor === '' ? 0 : Math.max(0, newestFirst.length - readCursor(cursor))
  const to = from + limit
  const rest = newestFirst.length - to
  return {
    items: newestFirst.slice(from, to),
    cursor: rest > 0 ? Buffer.from(`older ${rest}`).toString('base64url') : '',
  }
}

function readCursor(cursor: string): number {
  const match = /^older (\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw new VenueError(400, 'invalid_parameters', 'invalid cursor')
  return Number(match[1])
}
