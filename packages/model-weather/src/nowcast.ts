import { normCdf, normInv } from '@kwm/quant'
import { hazardWithin, type KilledChain } from './killed-chain.ts'
import { monotoneCubic } from './monotone-cubic.ts'
import { FreeMoments, type ResidualPath } from './residual-path.ts'
import { cdfOf, clampedF, largerOf, pmfOfCdf, type WholePmf } from './whole-pmf.ts'

/** Sub-grid excess: what the official maximum has over the five-minute path, °F, before rounding. */
export type SubGridExcess = { readonly meanF: number; readonly sdF: number }

export type Nowcast = {
  /** Of the official maximum of the day, whole °F, before calibration and settlement basis. */
  readonly pmf: WholePmf
  /** P(a new official high within 15 and 60 minutes, and today); null before the first reading. */
  readonly hazard15min: number | null
  readonly hazard60min: number | null
  readonly probabilityOfNewHigh: number | null
}

/** Grid steps in 15 and in 60 minutes. */
export const STEPS_15 = 3
export const STEPS_60 = 12
/** The maximum is asked for this many deviations about the path. */
const RANGE_SD = 4.5
const CERTAIN = 1e-13
/** A running high less likely than this has no hazard of its own. */
const NEGLIGIBLE = 1e-6
/** Gauss–Hermite, three nodes: exact for the excess up to fifth powers. */
const NODE = Math.sqrt(3)
const NODES = [
  { z: -NODE, weight: 1 / 6 },
  { z: 0, weight: 2 / 3 },
  { z: NODE, weight: 1 / 6 },
] as const

/**
 * The day's maximum from the path still to come and the official maximum so far (MODELS 5.7, 5.8):
 * M = max(M_t, round(max_k T_k + x)). A path without steps leaves M_t. Without M_t (a day that has
 * not begun) the path is all there is.
 */
export function nowcast(
  chain: KilledChain,
  path: ResidualPath,
  soFar: WholePmf | null,
  excess: SubGridExcess,
): Nowcast {
  if (path.meanF.length === 0) return withoutPath(soFar)
  const highs = highsOf(soFar)
  const levels = levelsOf(path, excess, soFar)
  const curves = chain.survival(path, [...highs.map(({ highF }) => highF + 0.5), ...levels.atF])
  const hazards = curves.slice(0, highs.length)
  const mixed = (steps: number): number | null => {
    if (soFar === null) return null
    const sum = highs.reduce((s, { p }, i) => s + p * hazardWithin(hazards[i]!, steps), 0)
    return Math.min(1, Math.max(0, sum))
  }
  const finals = curves.slice(highs.length).map((curve) => curve.at(-1)!)
  const future = futurePmf(levels, finals, excess)
  return {
    pmf: soFar === null ? future : largerOf(soFar, future),
    hazard15min: mixed(STEPS_15),
    hazard60min: mixed(STEPS_60),
    probabilityOfNewHigh: mixed(path.meanF.length),
  }
}

function withoutPath(soFar: WholePmf | null): Nowcast {
  if (soFar === null) throw new RangeError('a nowcast needs a path or a running high')
  return { pmf: soFar, hazard15min: 0, hazard60min: 0, probabilityOfNewHigh: 0 }
}

function highsOf(soFar: WholePmf | null): { highF: number; p: number }[] {
  if (soFar === null) return []
  const highs = soFar.p.map((p, i) => ({ highF: soFar.lowestF + i, p }))
  return highs.filter(({ p }) => p > NEGLIGIBLE)
}

type Levels = { readonly atF: number[]; readonly lowestF: number; readonly highestF: number }

/**
 * Thresholds that the maximum's distribution is computed at: the half degrees, moved by the mean
 * excess, and as many between them as its width needs. Below the running high nobody asks.
 */
function levelsOf(
  path: ResidualPath,
  { meanF, sdF }: SubGridExcess,
  soFar: WholePmf | null,
): Levels {
  const u = new FreeMoments(path)
  let [low, high, widest] = [-Infinity, -Infinity, 0]
  for (let k = 0; k < path.meanF.length; k++, u.advance()) {
    const centre = path.meanF[k]! + path.sdF[k]! * u.mean
    const sd = path.sdF[k]! * Math.sqrt(u.variance)
    low = Math.max(low, centre - RANGE_SD * sd)
    if (centre + RANGE_SD * sd > high) {
      high = centre + RANGE_SD * sd
      widest = sd
    }
  }
  const reach = 3 * sdF
  let lowestF = clampedF(Math.floor(low + meanF - reach))
  const highestF = clampedF(Math.ceil(high + meanF + reach))
  if (soFar !== null) lowestF = Math.max(lowestF, Math.min(soFar.lowestF, highestF - 1))
  const stepF = widest >= 1.2 ? 1 : widest >= 0.5 ? 0.5 : 0.25
  const from = lowestF + 0.5 - meanF - (sdF > 0 ? 1 : 0)
  const count = Math.round((highestF + 0.5 - meanF + (sdF > 0 ? 1 : 0) - from) / stepF) + 1
  return { atF: Array.from({ length: count }, (_, i) => from + i * stepF), lowestF, highestF }
}

/**
 * P(round(max + x) ≤ n) averaged over the excess. Between levels the survival is interpolated as a
 * normal deviate, in which the distribution of a maximum is all but straight.
 */
function futurePmf(
  { atF, lowestF, highestF }: Levels,
  survival: readonly number[],
  { meanF, sdF }: SubGridExcess,
): WholePmf {
  const deviates = survival.map((s) => normInv(Math.min(1 - CERTAIN, Math.max(CERTAIN, s))))
  const [first, last] = [atF[0]!, atF.at(-1)!]
  const cdf = (n: number): number =>
    NODES.reduce((sum, { z, weight }) => {
      const level = n + 0.5 - meanF - z * sdF
      const at = Math.min(last, Math.max(first, level))
      return sum + weight * normCdf(monotoneCubic(atF, deviates, [at])[0]!)
    }, 0)
  return pmfOfCdf(cdf, lowestF, highestF)
}

/** P(the day's maximum is reached in each hour of local standard time), 24 of them, sum 1. */
export type TimeOfMaxByHour = readonly number[]

/**
 * From the shares of `timeOfMax` for `degreesF`, the likeliest ones: a degree counts where it beats the
 * running high. With the probability that none does, the high stays the one of `reachedHour`.
 */
export function timeOfMaxByHour(
  shares: readonly ArrayLike<number>[],
  degreesF: readonly number[],
  stepHours: readonly number[],
  soFar: {
    readonly pmf: WholePmf
    readonly reachedHour: number
    readonly probabilityOfNewHigh: number
  } | null,
): TimeOfMaxByHour {
  const hours = Array.from({ length: 24 }, () => 0)
  for (const [d, degreeF] of degreesF.entries()) {
    const beats = soFar === null ? 1 : cdfOf(soFar.pmf, degreeF - 1)
    for (const [k, hour] of stepHours.entries()) hours[hour]! += beats * shares[d]![k]!
  }
  const seen = hours.reduce((sum, p) => sum + p, 0)
  if (soFar === null) return seen > 0 ? hours.map((p) => p / seen) : hours
  const ahead = seen > 0 ? soFar.probabilityOfNewHigh : 0
  const scaled = hours.map((p) => (seen > 0 ? (p * ahead) / seen : 0))
  scaled[soFar.reachedHour]! += 1 - ahead
  return scaled
}

/** The likeliest degrees of a PMF, at most `count`. */
export function likeliestDegrees(pmf: WholePmf, count: number): number[] {
  const degrees = pmf.p.map((p, i) => ({ degreeF: pmf.lowestF + i, p }))
  const chosen = degrees.toSorted((a, b) => b.p - a.p || a.degreeF - b.degreeF).slice(0, count)
  return chosen.map(({ degreeF }) => degreeF)
}
