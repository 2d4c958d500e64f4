import { assert } from '@kwm/std'
import { luSolve } from '../linear-solve.ts'
import { normCdf } from '../normal.ts'
import { brentRoot } from '../optimise/brent.ts'
import type { FocusForm } from './focus.ts'

/** What the mean of a random walk overshoots the limit by, on both sides (Siegmund 1985). */
const OVERSHOOT = 1.166
const STATES_MAX = 400

/**
 * Points to the first false alarm of FOCuS, on average, for independent N(0, 1) points. Monte Carlo,
 * 2,000 runs a row (standard error 2.2 %). One more unit of threshold is about 2.5 times the length.
 */
export const FOCUS_ARL: readonly {
  readonly threshold: number
  readonly 'known-mean': number
  readonly 'unknown-mean': number
}[] = [
  { threshold: 5, 'known-mean': 188.3, 'unknown-mean': 187.4 },
  { threshold: 6, 'known-mean': 440.4, 'unknown-mean': 455.9 },
  { threshold: 7, 'known-mean': 1_098.4, 'unknown-mean': 1_118.8 },
  { threshold: 8, 'known-mean': 2_687.5, 'unknown-mean': 2_778 },
  { threshold: 9, 'known-mean': 6_835.3, 'unknown-mean': 6_838.8 },
  { threshold: 10, 'known-mean': 17_216.9, 'unknown-mean': 16_806 },
  { threshold: 11, 'known-mean': 42_775.1, 'unknown-mean': 43_761.4 },
  { threshold: 12, 'known-mean': 110_907.7, 'unknown-mean': 110_979.5 },
  { threshold: 13, 'known-mean': 287_162.9, 'unknown-mean': 292_745.7 },
  { threshold: 14, 'known-mean': 764_003.7, 'unknown-mean': 763_987 },
]

/** The threshold of FOCuS for a false alarm every `arl` points, by `FOCUS_ARL`, linear in ln arl. */
export function focusThreshold(arl: number, form: FocusForm): number {
  const upper = FOCUS_ARL.findIndex((row, i) => i > 0 && row[form] >= arl)
  assert(upper > 0 && arl >= FOCUS_ARL[0]![form], `the table has no run length of ${arl}`)
  const [low, high] = [FOCUS_ARL[upper - 1]!, FOCUS_ARL[upper]!]
  const share = Math.log(arl / low[form]) / Math.log(high[form] / low[form])
  return low.threshold + share * (high.threshold - low.threshold)
}

/**
 * Points to the first false alarm of one side of a CUSUM with this drift and threshold, on average,
 * for independent N(0, 1) points: the Markov chain of Brook and Evans (1972). Two-sided: half.
 */
export function cusumArl(drift: number, threshold: number, states = 100): number {
  assertChart(drift, threshold)
  assert(Number.isSafeInteger(states) && states > 1 && states <= STATES_MAX, `${states} states`)
  const width = (2 * threshold) / (2 * states - 1)
  const stay = new Float64Array(states * states)
  for (let i = 0; i < states; i++) {
    const below = (j: number): number => normCdf((j - i + 0.5) * width + drift)
    for (let j = 0; j < states; j++) {
      const moves = j === 0 ? below(0) : below(j) - below(j - 1)
      stay[i * states + j] = (i === j ? 1 : 0) - moves
    }
  }
  const lengths = luSolve(stay, new Float64Array(states).fill(1))
  assert(lengths !== null, `no finite run length for drift ${drift} and threshold ${threshold}`)
  return lengths[0]!
}

/** Siegmund's approximation (1985) of `cusumArl`, within a few per cent; closed form. */
export function cusumArlSiegmund(drift: number, threshold: number): number {
  assertChart(drift, threshold)
  const b = threshold + OVERSHOOT
  if (drift === 0) return b * b
  return (Math.expm1(2 * drift * b) - 2 * drift * b) / (2 * drift * drift)
}

/** The threshold of a two-sided CUSUM for a false alarm every `arl` points; drift > 0. */
export function cusumThreshold(arl: number, drift: number): number {
  assert(drift > 0 && arl > 1 && arl < 1e9, `run length ${arl} at drift ${drift}`)
  const gap = (threshold: number): number => Math.log(cusumArl(drift, threshold) / (2 * arl))
  let high = 1
  while (gap(high) < 0) high *= 2
  return brentRoot(gap, 1e-6, high, 1e-6)
}

function assertChart(drift: number, threshold: number): void {
  assert(drift >= 0 && drift < Infinity, `drift ${drift}`)
  assert(threshold > 0 && threshold < Infinity, `threshold ${threshold}`)
}
