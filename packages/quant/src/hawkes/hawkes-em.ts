import { FitProblem } from './hawkes-fit.ts'
import type { HawkesFit, HawkesFitOptions } from './hawkes-fit.ts'
import type { HawkesEvents } from './hawkes-events.ts'

export type HawkesEmOptions = Omit<HawkesFitOptions, 'fitDecays'> & {
  /** Stop when a step raises the log likelihood by less than this. */
  readonly tolerance?: number
  readonly iterationsMax?: number
}

/**
 * Maximum likelihood for fixed decays by expectation and maximisation (Lewis and Mohler 2011): every
 * event is shared out among the baseline and the past events that may have brought it; then each
 * parameter is its share over its exposure. The likelihood never falls. The shares are the gradient:
 * with share = parameter x (d logL / d parameter + exposure), the new value is share / exposure.
 */
export function fitHawkesEm(
  events: HawkesEvents,
  { tolerance = 1e-10, iterationsMax = 5_000, ...options }: HawkesEmOptions,
): HawkesFit {
  const problem = new FitProblem(events, { ...options, fitDecays: false })
  const { likelihood } = problem
  const { streams } = options.ties
  const values = problem.start(0.5, 1).map(Math.exp)
  const decays = Float64Array.from(options.decays)
  let last = -Infinity
  for (let iteration = 0; iteration < iterationsMax; iteration++) {
    const baselines = values.subarray(0, streams)
    const branching = values.subarray(streams)
    const logLikelihood = likelihood.evaluate(baselines, branching, decays)
    if (logLikelihood - last < tolerance) return problem.result(values.map(Math.log), true)
    last = logLikelihood
    for (let i = 0; i < streams; i++) {
      baselines[i]! *= 1 + likelihood.baselineGradient[i]! / likelihood.baselineExposure
    }
    for (let at = 0; at < branching.length; at++) {
      const exposure = likelihood.exposures[at]!
      if (exposure > 0)
        branching[at]! *= Math.max(0, 1 + likelihood.branchingGradient[at]! / exposure)
    }
  }
  return problem.result(values.map(Math.log), false)
}
