import { assert } from '@kwm/std'
import { kolmogorovSmirnov } from '../inference/kolmogorov-smirnov.ts'
import type { KolmogorovSmirnov } from '../inference/kolmogorov-smirnov.ts'
import { ljungBox } from '../inference/ljung-box.ts'
import { normInv } from '../normal.ts'
import { FLAT_PROFILE, profileIntegral } from './cyclic-profile.ts'
import type { HawkesEvents } from './hawkes-events.ts'
import { fitHawkes } from './hawkes-fit.ts'
import type { HawkesFit, HawkesFitOptions } from './hawkes-fit.ts'
import { poissonParameters } from './hawkes-parameters.ts'
import type { HawkesParameters } from './hawkes-parameters.ts'
import { followHawkes } from './hawkes-path.ts'

/** Fewer events than this are too few for parameters of their own. */
export const HAWKES_EVENTS_MIN = 200
const LAGS = 10
const KS_LIMIT = 1.36 * 1.2
const LAG_ONE_LIMIT = 0.1

export type HawkesJudgement = {
  readonly accepted: boolean
  /** Residuals of all streams, each stream's in order of time. */
  readonly count: number
  readonly ks: KolmogorovSmirnov
  /** Lag-one autocorrelation of the residuals as normals; null when there are too few. */
  readonly lagOne: number | null
  readonly ljungBoxP: number | null
}

/**
 * Time rescaling: are the residuals of these events independent unit exponentials? Kolmogorov and
 * Smirnov on 1 - exp(-residual), Ljung and Box on its normal score. Accepted when the KS distance is
 * below 1.63 / sqrt(n) and the lag-one autocorrelation within 0.1. Judge on events that were not
 * fitted: on those that were, the p-values are too good.
 */
export function judgeHawkes(parameters: HawkesParameters, events: HawkesEvents): HawkesJudgement {
  const { residuals } = followHawkes(parameters, events)
  const count = residuals.length
  assert(count > 0, 'a judgement needs events')
  const inOrder: number[] = []
  for (let i = 0; i < parameters.streams; i++) {
    for (let k = 0; k < count; k++) if (events.streams[k] === i) inOrder.push(residuals[k]!)
  }
  const ks = kolmogorovSmirnov(inOrder.map((residual) => -Math.expm1(-residual)))
  const box = ljungBox(inOrder.map(normalScore), LAGS)
  const lagOne = box?.autocorrelations[0] ?? null
  const isUniform = ks.statistic < KS_LIMIT / Math.sqrt(count)
  const isIndependent = lagOne !== null && Math.abs(lagOne) < LAG_ONE_LIMIT
  return {
    accepted: isUniform && isIndependent,
    count,
    ks,
    lagOne,
    ljungBoxP: box?.pValue ?? null,
  }
}

/** The normal of the same rank as a unit exponential, exact in both tails. */
function normalScore(residual: number): number {
  const held = Math.max(residual, Number.MIN_VALUE)
  if (held < 1) return normInv(-Math.expm1(-held))
  return -normInv(Math.max(Math.exp(-held), Number.MIN_VALUE))
}

export type HawkesChoice =
  | { readonly kind: 'hawkes'; readonly parameters: HawkesParameters; readonly fit: HawkesFit }
  | {
      readonly kind: 'poisson'
      readonly parameters: HawkesParameters
      readonly reason: 'too-few-events' | 'not-converged' | 'residuals'
    }

/**
 * Fits on one set of events and judges on a later one; a Poisson process of the same profile and
 * mean rates wherever the Hawkes process does not stand.
 */
export function chooseHawkes(
  fitted: HawkesEvents,
  judged: HawkesEvents,
  options: HawkesFitOptions,
): HawkesChoice {
  const { ties, profile = FLAT_PROFILE } = options
  const counts = new Float64Array(ties.streams)
  for (let k = 0; k < fitted.streams.length; k++) counts[fitted.streams[k]!]!++
  const { duration, phaseS = 0 } = fitted
  const exposure = profileIntegral(profile, phaseS, phaseS + duration)
  const rates = Array.from(counts, (count) => count / exposure)
  const poisson = (reason: 'too-few-events' | 'not-converged' | 'residuals'): HawkesChoice => ({
    kind: 'poisson',
    parameters: poissonParameters(rates, profile),
    reason,
  })
  if (fitted.times.length < HAWKES_EVENTS_MIN || judged.times.length === 0) {
    return poisson('too-few-events')
  }
  const fit = fitHawkes(fitted, options)
  if (!fit.converged) return poisson('not-converged')
  if (!judgeHawkes(fit.parameters, judged).accepted) return poisson('residuals')
  return { kind: 'hawkes', parameters: fit.parameters, fit }
}
