import { normCdf } from '@kwm/quant'
import { Prng } from '@kwm/std'
import type { CalibrationRow } from '../src/index.ts'

const EDGES = [-Infinity, -2, -1, 0, 1, 2, Infinity]

export const dayOf = (i: number): string =>
  new Date(Date.UTC(2025, 0, 1) + i * 86_400_000).toISOString().slice(0, 10)

/** Forecasts that say a deviation of 1 where the truth has `spread`. */
export function rowsOf(days: number, spread: number, seed: number, from = 0): CalibrationRow[] {
  const prng = new Prng(seed)
  return Array.from({ length: days }, (_, i) => {
    const centre = prng.nextNormal()
    const value = centre + spread * prng.nextNormal()
    const cdf = EDGES.map((edge) => normCdf(edge - centre))
    return {
      series: 'KXHIGHNY',
      leadHours: 6,
      day: dayOf(from + i),
      pmf: cdf.slice(1).map((f, k) => f - cdf[k]!),
      outcome: EDGES.findIndex((edge) => value <= edge) - 1,
    }
  })
}
