import { normCdf } from '@kwm/quant'
import { assert } from '@kwm/std'
import {
  defaultDressing,
  dressedPmf,
  dressingAt,
  type Dressing,
  type DressingCurve,
} from './ensemble-max.ts'
import type { FitPart } from './station-fit.ts'
import { cdfOf, largerOf, pooled, type WholePmf } from './whole-pmf.ts'

/** What an ensemble said at an hour of a day, and what came. */
export type DressingSample = {
  readonly date: string
  readonly hoursLeft: number
  /** Of each member over what was left of the day, °F. */
  readonly maximaF: readonly number[]
  /** The official maximum until then. */
  readonly soFar: WholePmf | null
  readonly officialF: number
}

/** Two answers to one question, each made before what came. */
export type PoolSample = {
  readonly date: string
  readonly nowcast: WholePmf
  readonly ensemble: WholePmf
  /** Nothing below was possible any more. */
  readonly floorF: number | null
  readonly officialF: number
}

export type DressingFit = FitPart<{ readonly dressing: DressingCurve; readonly days: number }>
export type PoolFit = FitPart<{ readonly weight: number; readonly days: number }>

/** Fewer days tell bias and spread badly (MODELS 5.10), and nothing of which answer is better. */
export const ENSEMBLE_DAYS_MIN = 40
/** Days of the default that the fit has to outweigh. */
const PRIOR_DAYS = 20
/** °F beside the default that a bias is looked for. */
const BIAS_REACH_F = 8
const SD_MIN_F = 0.3
const SD_MAX_F = 8
const ROUNDS = 2
const PROBABILITY_MIN = 1e-6

/**
 * Bias and deviation of the kernel by hours left, of least mean CRPS of the day's maximum (the running
 * high or the dressed members, whichever is larger), shrunk to the default by 20 days (MODELS 5.10).
 */
export function fitDressing(samples: readonly DressingSample[], defaultBiasF: number): DressingFit {
  const days = daysOf(samples)
  const byHours = new Map<number, DressingSample[]>()
  for (const sample of samples) {
    const hours = Math.round(sample.hoursLeft)
    byHours.set(hours, [...(byHours.get(hours) ?? []), sample])
  }
  const hoursLeft = [...byHours.keys()].toSorted((a, b) => a - b)
  if (days < ENSEMBLE_DAYS_MIN || hoursLeft.length === 0) {
    const defaults = DEFAULT_HOURS.map((hours) => defaultDressing(defaultBiasF, hours))
    const reason = `${days} days with ensembles and an official high, ${ENSEMBLE_DAYS_MIN} are needed`
    return { provenance: 'default', reason, dressing: curveOf(DEFAULT_HOURS, defaults), days }
  }
  const fitted = hoursLeft.map((hours) => {
    const own = byHours.get(hours)!
    return shrunk(bestDressing(own, defaultBiasF, hours), defaultDressing(defaultBiasF, hours), own)
  })
  return { provenance: 'fitted', dressing: curveOf(hoursLeft, fitted), days }
}

const DEFAULT_HOURS = [0, 1, 3, 6, 12, 24] as const

const curveOf = (hoursLeft: readonly number[], at: readonly Dressing[]): DressingCurve => ({
  hoursLeft,
  biasF: at.map(({ biasF }) => biasF),
  dressSdF: at.map(({ dressSdF }) => dressSdF),
})

function shrunk(own: Dressing, prior: Dressing, samples: readonly DressingSample[]): Dressing {
  const days = daysOf(samples)
  const share = days / (days + PRIOR_DAYS)
  const mix = (a: number, b: number): number => share * a + (1 - share) * b
  return {
    biasF: mix(own.biasF, prior.biasF),
    dressSdF: Math.exp(mix(Math.log(own.dressSdF), Math.log(prior.dressSdF))),
  }
}

/** By turns along each axis: the CRPS is smooth and has one valley in both. */
function bestDressing(
  samples: readonly DressingSample[],
  defaultBiasF: number,
  hours: number,
): Dressing {
  let { biasF, dressSdF } = defaultDressing(defaultBiasF, hours)
  const score = (one: Dressing): number =>
    samples.reduce((sum, sample) => sum + dressedCrps(sample, one), 0)
  for (let round = 0; round < ROUNDS; round++) {
    const [low, high] = [defaultBiasF - BIAS_REACH_F, defaultBiasF + BIAS_REACH_F]
    biasF = lowest((at) => score({ biasF: at, dressSdF }), low, high, 0.05)
    dressSdF = Math.exp(
      lowest(
        (at) => score({ biasF, dressSdF: Math.exp(at) }),
        Math.log(SD_MIN_F),
        Math.log(SD_MAX_F),
        0.02,
      ),
    )
  }
  return { biasF, dressSdF }
}

const REACH_SD = 5

/** `wholeCrps` of `dayMaximum` without making the PMF: a fit asks it a hundred times a sample. */
export function dressedCrps(
  { maximaF, soFar, officialF }: DressingSample,
  { biasF, dressSdF }: Dressing,
): number {
  const reach = REACH_SD * dressSdF
  const from = Math.floor(Math.min(officialF, Math.min(...maximaF) + biasF - reach))
  const to = Math.ceil(Math.max(officialF, Math.max(...maximaF) + biasF + reach))
  let sum = 0
  for (let n = from; n < to; n++) {
    const reached = soFar ? cdfOf(soFar, n) : 1
    let rest = 0
    if (reached > 0) {
      for (const x of maximaF) rest += normCdf((n + 0.5 - x - biasF) / dressSdF)
    }
    sum += ((reached * rest) / maximaF.length - (n >= officialF ? 1 : 0)) ** 2
  }
  return sum
}

/** The day's maximum as an ensemble has it. */
export function dayMaximum(
  { maximaF, soFar }: Pick<DressingSample, 'maximaF' | 'soFar'>,
  dressing: Dressing,
): WholePmf {
  const rest = dressedPmf(maximaF, dressing)
  return soFar ? largerOf(soFar, rest) : rest
}

/** With a curve, at the sample's own hour. */
export const dressedSample = (sample: DressingSample, curve: DressingCurve): WholePmf =>
  dayMaximum(sample, dressingAt(curve, sample.hoursLeft))

/**
 * The ensemble's weight in the logarithmic pool, of greatest mean log score over days, shrunk to the
 * default by 20 days. The score of a logarithmic pool is concave in its weight.
 */
export function fitPoolWeight(samples: readonly PoolSample[], defaultWeight: number): PoolFit {
  const days = daysOf(samples)
  if (days < ENSEMBLE_DAYS_MIN) {
    const reason = `${days} days with a nowcast and an ensemble, ${ENSEMBLE_DAYS_MIN} are needed`
    return { provenance: 'default', reason, weight: defaultWeight, days }
  }
  const loss = (weight: number): number =>
    samples.reduce((sum, { nowcast, ensemble, floorF, officialF }) => {
      const pmf = pooled(nowcast, ensemble, 1 - weight, floorF)
      const p = cdfOf(pmf, officialF) - cdfOf(pmf, officialF - 1)
      return sum - Math.log(Math.max(PROBABILITY_MIN, p))
    }, 0)
  const share = days / (days + PRIOR_DAYS)
  const own = lowest(loss, 0, 1, 0.005)
  return { provenance: 'fitted', weight: share * own + (1 - share) * defaultWeight, days }
}

const daysOf = (samples: readonly { readonly date: string }[]): number =>
  new Set(samples.map(({ date }) => date)).size

const GOLDEN = (Math.sqrt(5) - 1) / 2
const SEARCH_STEPS_MAX = 64

/** Where a function with one valley is lowest, by golden section, to within `tolerance`. */
function lowest(f: (x: number) => number, from: number, to: number, tolerance: number): number {
  assert(from < to && tolerance > 0, `search from ${from} to ${to} by ${tolerance}`)
  let [a, b] = [from, to]
  let [x, y] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)]
  let [fx, fy] = [f(x), f(y)]
  for (let step = 0; step < SEARCH_STEPS_MAX && b - a > tolerance; step++) {
    if (fx <= fy) {
      ;[b, y, fy] = [y, x, fx]
      x = b - GOLDEN * (b - a)
      fx = f(x)
    } else {
      ;[a, x, fx] = [x, y, fy]
      y = a + GOLDEN * (b - a)
      fy = f(y)
    }
  }
  return (a + b) / 2
}
