import { z } from 'zod'

type SideFields = {
  readonly outcome_side: string | null
  readonly book_side: string | null
  /** The words before May 2026: buying NO and selling YES are the same leg. */
  readonly side: string | null
  readonly action: string | null
}

/**
 * Which leg an order or a fill is in, from whichever of the three vocabularies the answer has: YES is
 * the bid, NO the ask of the one YES book. Two that contradict each other are a fault: the sign of a
 * position hangs on this.
 */
export function readOutcomeSide(fields: SideFields, context: z.core.$RefinementCtx): 'yes' | 'no' {
  const { outcome_side: outcome, book_side: book } = fields
  const found = new Set<'yes' | 'no'>()
  if (outcome === 'yes' || outcome === 'no') found.add(outcome)
  if (book === 'bid') found.add('yes')
  if (book === 'ask') found.add('no')
  const legacy = found.size === 0 ? legacySide(fields) : undefined
  if (legacy !== undefined) found.add(legacy)
  const [side] = found
  if (side !== undefined && found.size === 1) return side
  const message = found.size === 0 ? 'no side that we know' : 'contradicts book_side'
  context.addIssue({ code: 'custom', message, path: ['outcome_side'] })
  return z.NEVER
}

function legacySide({ side, action }: SideFields): 'yes' | 'no' | undefined {
  if (side !== 'yes' && side !== 'no') return undefined
  if (action === null || action === 'buy') return side
  if (action !== 'sell') return undefined
  return side === 'yes' ? 'no' : 'yes'
}
