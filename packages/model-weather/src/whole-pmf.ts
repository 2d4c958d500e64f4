import { logPool } from '@kwm/quant'
import { assert } from '@kwm/std'
import { wholeRange, type Bracket } from '@kwm/model-venue'

/** P(the maximum is this whole °F): `p[i]` is of `lowestF + i`, 0 outside. Sums to 1. */
export type WholePmf = { readonly lowestF: number; readonly p: readonly number[] }

/** Whole degrees a PMF may span: what the country has measured, and a little. */
export const WHOLE_MIN_F = -90
export const WHOLE_MAX_F = 150
const SPAN_MAX = 256
const SUM_TOLERANCE = 1e-9
/** Below this a source does not veto a degree in the pool. */
const POOL_FLOOR = 1e-5

/** A certain maximum. */
export const certainPmf = (wholeF: number): WholePmf => ({ lowestF: wholeF, p: [1] })

/** From P(maximum ≤ n), for `lowestF` … `highestF`; what is left above falls on the last degree. */
export function pmfOfCdf(cdf: (wholeF: number) => number, lowestF: number, highestF: number) {
  assert(Number.isSafeInteger(lowestF) && Number.isSafeInteger(highestF), 'whole degrees only')
  const span = highestF - lowestF + 1
  assert(span > 0 && span <= SPAN_MAX, `a PMF over ${span} degrees`)
  const p: number[] = []
  let below = 0
  for (let n = lowestF; n <= highestF; n++) {
    const upTo = n === highestF ? 1 : Math.min(1, Math.max(below, cdf(n)))
    p.push(upTo - below)
    below = upTo
  }
  return trimmed({ lowestF, p })
}

/** A degree kept to where temperatures are. */
export const clampedF = (wholeF: number): number =>
  Math.min(WHOLE_MAX_F, Math.max(WHOLE_MIN_F, wholeF))

/** P(maximum ≤ n). */
export function cdfOf({ lowestF, p }: WholePmf, wholeF: number): number {
  let sum = 0
  const last = Math.min(p.length - 1, Math.floor(wholeF) - lowestF)
  for (let i = 0; i <= last; i++) sum += p[i]!
  return Math.min(1, sum)
}

export const highestOf = ({ lowestF, p }: WholePmf): number => lowestF + p.length - 1

/** The likeliest degree; of equals the lowest. */
export function modeOf({ lowestF, p }: WholePmf): number {
  let best = 0
  for (let i = 1; i < p.length; i++) if (p[i]! > p[best]!) best = i
  return lowestF + best
}

/** The larger of two independent maxima. */
export const largerOf = (a: WholePmf, b: WholePmf): WholePmf =>
  pmfOfCdf(
    (n) => cdfOf(a, n) * cdfOf(b, n),
    Math.max(a.lowestF, b.lowestF),
    Math.max(highestOf(a), highestOf(b)),
  )

/** Given that the maximum is at least `floorF`. With nothing left above it, it is `floorF`. */
export function atLeast(pmf: WholePmf, floorF: number): WholePmf {
  if (floorF <= pmf.lowestF) return pmf
  const kept = pmf.p.slice(floorF - pmf.lowestF)
  const mass = kept.reduce((sum, p) => sum + p, 0)
  if (mass < 1e-12) return certainPmf(floorF)
  return trimmed({ lowestF: floorF, p: kept.map((p) => p / mass) })
}

/** Bracket probabilities, in the order of the brackets given. */
export const bracketsOf = (pmf: WholePmf, brackets: readonly Bracket[]): readonly number[] =>
  brackets.map((bracket) => {
    const { lowest, highest } = wholeRange(bracket)
    const above = lowest === -Infinity ? 0 : cdfOf(pmf, lowest - 1)
    const upTo = highest === Infinity ? 1 : cdfOf(pmf, highest)
    return Math.min(1, Math.max(0, upTo - above))
  })

/**
 * Calibration in CDF space: q'(n) = G(F(n)) − G(F(n−1)) for a `recalibrate` that rises from 0 to 1,
 * so the sum and the order stay (MODELS 5.11). A degree that was impossible stays so.
 */
export function calibrated(pmf: WholePmf, recalibrate: (u: number) => number): WholePmf {
  const last = highestOf(pmf)
  return pmfOfCdf((n) => recalibrate(cdfOf(pmf, n)), pmf.lowestF, last)
}

/** P(settled value − official maximum) on −1, 0, +1 °F. */
export type SettlementBasis = readonly [below: number, equal: number, above: number]

/** What the event settles on: the official maximum plus the basis between it and the source. */
export function settled({ lowestF, p }: WholePmf, basis: SettlementBasis): WholePmf {
  const total = basis[0] + basis[1] + basis[2]
  assert(Math.abs(total - 1) <= SUM_TOLERANCE, `settlement basis sums to ${total}`)
  const q = Array.from({ length: p.length + 2 }, () => 0)
  for (const [i, mass] of p.entries()) {
    for (let k = 0; k < 3; k++) q[i + k]! += mass * basis[k]!
  }
  return trimmed({ lowestF: lowestF - 1, p: q })
}

/**
 * The logarithmic pool q ∝ a^w · b^(1−w). Degrees below `floorF` are structurally impossible and
 * stay at 0; elsewhere no source vetoes another.
 */
export function pooled(a: WholePmf, b: WholePmf, weightOfA: number, floorF: number | null) {
  assert(weightOfA >= 0 && weightOfA <= 1, `pool weight: ${weightOfA}`)
  const lowestF = Math.max(Math.min(a.lowestF, b.lowestF), floorF ?? -Infinity)
  const highestF = Math.max(lowestF, highestOf(a), highestOf(b))
  const degrees = Array.from({ length: highestF - lowestF + 1 }, (_, i) => lowestF + i)
  const sources = [a, b].map((pmf) => onDegrees(pmf, degrees))
  const p = logPool(sources, [weightOfA, 1 - weightOfA], { floor: POOL_FLOOR })
  return trimmed({ lowestF, p: [...p] })
}

/** A source with nothing at all on the degrees still possible has no say among them. */
function onDegrees(pmf: WholePmf, degrees: readonly number[]): readonly number[] {
  const masses = degrees.map((n) => at(pmf, n))
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map((mass) => (total > 0 ? mass / total : 1 / degrees.length))
}

const at = ({ lowestF, p }: WholePmf, wholeF: number): number => p[wholeF - lowestF] ?? 0

/** Zeros at the ends carry nothing. */
function trimmed({ lowestF, p }: WholePmf): WholePmf {
  const total = p.reduce((sum, q) => sum + q, 0)
  assert(Math.abs(total - 1) <= SUM_TOLERANCE, `PMF over whole degrees sums to ${total}`)
  let from = 0
  let to = p.length
  while (p[from] === 0) from++
  while (p[to - 1] === 0) to--
  return { lowestF: lowestF + from, p: p.slice(from, to) }
}
