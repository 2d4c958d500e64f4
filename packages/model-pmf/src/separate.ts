import type { DataOf } from '@kwm/contracts'
import { fitIsotonic } from '@kwm/quant'
import type { MarketTerms } from './market-terms.ts'

type Rows = DataOf<'feature.ladder-frame.v1'>['rows']

/** Probabilities of markets that do not exclude each other; null where nothing is quoted. */
export type Separate = { readonly p: (number | null)[]; readonly sd: (number | null)[] }

/**
 * Each market stands alone, in the middle of its quotes. Where all of them pay above a strike, a higher
 * strike cannot be likelier: the middles are pooled by PAV with their precisions (MODELS 6.5).
 */
export function separate(rows: Rows, terms: readonly (MarketTerms | undefined)[]): Separate {
  const quoted = rows.flatMap(({ quoteState }, index) =>
    quoteState === 'stale' || quoteState === 'crossed' ? [] : [index],
  )
  const p: (number | null)[] = rows.map(() => null)
  const sd: (number | null)[] = rows.map(() => null)
  for (const index of quoted) {
    p[index] = rows[index]!.fairMid
    sd[index] = Math.sqrt(rows[index]!.fairVar)
  }
  const strikes = quoted.map((index) => terms[index]?.strikeAbove ?? null)
  if (quoted.length < 2 || !strikes.every((strike) => strike !== null)) return { p, sd }
  const down = strikes.map((strike) => -strike)
  const weights = quoted.map((index) => 1 / Math.max(VARIANCE_MIN, rows[index]!.fairVar))
  const { x, fitted } = fitIsotonic(
    down,
    quoted.map((index) => p[index]!),
    weights,
  )
  const at = new Map(Array.from(x, (value, k) => [value, fitted[k]!]))
  for (const [k, index] of quoted.entries()) p[index] = at.get(down[k]!)!
  return { p, sd }
}

const VARIANCE_MIN = 9e-6
