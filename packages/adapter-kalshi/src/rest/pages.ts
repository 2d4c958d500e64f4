import type { z } from 'zod'
import { VenueAnswerError } from '../errors.ts'
import type { KalshiTransport, Request } from './transport.ts'

const PAGES_MAX = 10_000

type Page = { readonly cursor?: string | null | undefined }

/**
 * Page by page, with all other parameters unchanged. The cursor of the page that is given is the one
 * that was asked with: asking again with it gives the page again.
 * @throws {VenueAnswerError} The venue leads in a circle, or on for ever.
 */
export async function* pages<P extends Page>(
  transport: KalshiTransport,
  request: Request,
  schema: z.ZodType<P>,
  fromCursor = '',
): AsyncGenerator<{ readonly page: P; readonly nextCursor: string }> {
  const seen = new Set<string>()
  let cursor = fromCursor
  for (let count = 0; count < PAGES_MAX; count++) {
    const query = cursor === '' ? request.query : { ...request.query, cursor }
    const page = await transport.json({ ...request, ...(query && { query }) }, schema)
    const nextCursor = page.cursor ?? ''
    yield { page, nextCursor }
    if (nextCursor === '') return
    if (seen.has(nextCursor)) {
      throw new VenueAnswerError(request.template, ['cursor: leads back to an earlier page'])
    }
    seen.add(nextCursor)
    cursor = nextCursor
  }
  throw new VenueAnswerError(request.template, [`cursor: more than ${PAGES_MAX} pages`])
}

/** All of them, in the order of the pages. */
export async function allItems<P extends Page, Item>(
  transport: KalshiTransport,
  request: Request,
  schema: z.ZodType<P>,
  itemsOf: (page: P) => readonly Item[] | null | undefined,
): Promise<Item[]> {
  const items: Item[] = []
  for await (const { page } of pages(transport, request, schema))
    items.push(...(itemsOf(page) ?? []))
  return items
}
