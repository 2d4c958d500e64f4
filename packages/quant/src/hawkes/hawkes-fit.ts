import { assert } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'
import { minimiseLbfgs } from '../optimise/l-bfgs.ts'
import { FLAT_PROFILE, assertProfile } from './cyclic-profile.ts'
import type { CyclicProfile } from './cyclic-profile.ts'
import type { HawkesEvents } from './hawkes-events.ts'
import { HawkesLikelihood } from './hawkes-likelihood.ts'
import { DECAYS_MAX } from './hawkes-parameters.ts'
import type { HawkesParameters } from './hawkes-parameters.ts'
import type { HawkesTies } from './hawkes-ties.ts'
import { perronRoot } from './spectral-radius.ts'

export type HawkesFitOptions = {
  readonly ties: HawkesTies
  /** Per second. The decays themselves, or where their search starts. */
  readonly decays: readonly number[]
  /** Fit the decays too; otherwise they are fixed. */
  readonly fitDecays?: boolean
  readonly profile?: CyclicProfile
}

export type HawkesFit = {
  readonly parameters: HawkesParameters
  /** n_kg at [k x groups + g], as tied. */
  readonly tied: readonly number[]
  readonly logLikelihood: number
  readonly spectralRadius: number
  readonly converged: boolean
}

/** The standard error of the logarithm of each parameter; null where the data cannot tell. */
export type HawkesErrors = {
  readonly baselines: readonly (number | null)[]
  readonly tied: readonly (number | null)[]
  readonly decays: readonly (number | null)[]
}

const PENALTY = 1e3
const RADIUS_MAX = 0.95
/** Branching in all, and the decays' multiple, of the three starts. */
const STARTS = [
  [0.2, 1],
  [0.5, 3],
  [0.8, 1 / 3],
] as const
/** Enough to tell the starts apart; only the best is taken to the end. */
const ROUGH_TOLERANCE = 1e-5
const DIFFERENCE = 1e-4
const RATIO_MIN = 1e-6

/**
 * Maximum likelihood by L-BFGS over the logarithms of all parameters, from three starts, with a
 * penalty of 1,000 (radius - 0.95)^2 above a spectral radius of 0.95 (marks counted).
 */
export function fitHawkes(events: HawkesEvents, options: HawkesFitOptions): HawkesFit {
  const problem = new FitProblem(events, options)
  const tries = STARTS.map(([branching, multiple]) =>
    minimiseLbfgs(problem.objective, problem.start(branching, multiple), {
      gradientTolerance: ROUGH_TOLERANCE,
    }),
  )
  const rough = tries.reduce((a, b) => (b.value < a.value ? b : a))
  const best = minimiseLbfgs(problem.objective, rough.x)
  return problem.result(best.x, best.converged)
}

/** Standard errors at a fit, from the Hessian by differences of the exact gradient. */
export function hawkesErrors(
  events: HawkesEvents,
  options: HawkesFitOptions,
  fit: HawkesFit,
): HawkesErrors {
  const problem = new FitProblem(events, options)
  const errors = problem.errors(problem.theta(fit))
  const streams = options.ties.streams
  const decaysAt = streams + fit.tied.length
  return {
    baselines: errors.slice(0, streams),
    tied: errors.slice(streams, decaysAt),
    decays: options.fitDecays ? errors.slice(decaysAt) : options.decays.map(() => null),
  }
}

/** theta = (ln mu, ln n, ln beta): the last only when fitted. */
export class FitProblem {
  readonly likelihood: HawkesLikelihood
  readonly #ties: HawkesTies
  readonly #profile: CyclicProfile
  readonly #fitDecays: boolean
  readonly #firstDecays: Float64Array
  readonly #baselines: Float64Array
  readonly #branching: Float64Array
  readonly #decays: Float64Array
  readonly #meanMarks: Float64Array

  constructor(events: HawkesEvents, options: HawkesFitOptions) {
    const { ties, decays, fitDecays = false, profile = FLAT_PROFILE } = options
    assertProfile(profile)
    assert(decays.length > 0 && decays.length <= DECAYS_MAX, `${decays.length} decays`)
    assert(
      decays.every((decay) => decay > 0 && decay < Infinity),
      `decays ${decays.join(', ')}`,
    )
    assert(events.times.length > 0, 'a fit needs events')
    this.likelihood = new HawkesLikelihood(events, ties, decays.length, profile)
    this.#ties = ties
    this.#profile = profile
    this.#fitDecays = fitDecays
    this.#firstDecays = Float64Array.from(decays)
    this.#decays = Float64Array.from(decays)
    this.#baselines = new Float64Array(ties.streams)
    this.#branching = new Float64Array(decays.length * ties.groupCount)
    this.#meanMarks = Float64Array.from({ length: ties.streams }, (_, j) =>
      this.likelihood.meanMark(j),
    )
  }

  start(branching: number, decayMultiple: number): Float64Array {
    const { streams, groups } = this.#ties
    let sources = 1
    for (let i = 0; i < streams; i++) {
      const row = groups.slice(i * streams, (i + 1) * streams)
      sources = Math.max(sources, row.filter((group) => group >= 0).length)
    }
    const ratio = branching / (sources * this.#decays.length)
    const exposure = this.likelihood.baselineExposure
    const baselines = Array.from({ length: streams }, (_, i) =>
      Math.log(((1 - branching) * Math.max(0.5, this.likelihood.count(i))) / exposure),
    )
    const ratios = Array.from(this.#branching, () => Math.log(ratio))
    const multiple = this.#fitDecays ? decayMultiple : 1
    const decays = Array.from(this.#firstDecays, (decay) => Math.log(decay * multiple))
    return Float64Array.from([...baselines, ...ratios, ...(this.#fitDecays ? decays : [])])
  }

  theta(fit: HawkesFit): Float64Array {
    const { baselines, decays } = fit.parameters
    const all = [...baselines, ...fit.tied, ...(this.#fitDecays ? decays : [])]
    return Float64Array.from(all, (value) => Math.log(value))
  }

  /** Minus the log likelihood, with the penalty: what is minimised. */
  readonly objective = (theta: Float64Array, gradient: Float64Array): number => {
    const value = this.negLogLik(theta, gradient)
    const { radius, gradient: slope } = this.#perron()
    if (radius <= RADIUS_MAX) return value
    const excess = radius - RADIUS_MAX
    const { streams, groupCount, groups } = this.#ties
    for (let pair = 0; pair < groups.length; pair++) {
      if (groups[pair]! < 0) continue
      const scale = 2 * PENALTY * excess * slope[pair]! * this.#meanMarks[pair % streams]!
      for (let at = groups[pair]!; at < this.#branching.length; at += groupCount) {
        gradient[streams + at]! += scale * this.#branching[at]!
      }
    }
    return value + PENALTY * excess * excess
  }

  negLogLik(theta: Float64Array, gradient: Float64Array): number {
    this.#read(theta)
    const { likelihood } = this
    const value = -likelihood.evaluate(this.#baselines, this.#branching, this.#decays)
    const n = this.#baselines.length
    const m = n + this.#branching.length
    for (let i = 0; i < n; i++) gradient[i] = -this.#baselines[i]! * likelihood.baselineGradient[i]!
    for (let i = n; i < m; i++) {
      gradient[i] = -this.#branching[i - n]! * likelihood.branchingGradient[i - n]!
    }
    for (let i = m; i < theta.length; i++) {
      gradient[i] = -this.#decays[i - m]! * likelihood.decayGradient[i - m]!
    }
    return value
  }

  #read(theta: Float64Array): void {
    const n = this.#baselines.length
    const m = n + this.#branching.length
    for (let i = 0; i < n; i++) this.#baselines[i] = Math.exp(theta[i]!)
    for (let i = n; i < m; i++) this.#branching[i - n] = Math.exp(theta[i]!)
    for (let i = m; i < theta.length; i++) this.#decays[i - m] = Math.exp(theta[i]!)
  }

  #perron(): { readonly radius: number; readonly gradient: Float64Array } {
    const { streams, groupCount, groups } = this.#ties
    const matrix = new Float64Array(groups.length)
    for (let pair = 0; pair < groups.length; pair++) {
      if (groups[pair]! < 0) continue
      for (let at = groups[pair]!; at < this.#branching.length; at += groupCount) {
        matrix[pair]! += this.#branching[at]! * this.#meanMarks[pair % streams]!
      }
      if (!(matrix[pair]! < Infinity)) return { radius: Infinity, gradient: matrix }
    }
    return perronRoot(matrix, streams)
  }

  result(theta: Float64Array, converged: boolean): HawkesFit {
    const logLikelihood = -this.negLogLik(theta, new Float64Array(theta.length))
    const { streams, groupCount, groups } = this.#ties
    const tied = Array.from(this.#branching)
    const branching = Array.from(this.#decays, (_, k) =>
      groups.map((group) => (group < 0 ? 0 : tied[k * groupCount + group]!)),
    ).flat()
    const parameters = {
      streams,
      baselines: Array.from(this.#baselines),
      decays: Array.from(this.#decays),
      branching,
      profile: this.#profile,
    }
    return { parameters, tied, logLikelihood, spectralRadius: this.#perron().radius, converged }
  }

  errors(theta: Float64Array): (number | null)[] {
    const free = Array.from(theta, (_, i) => i).filter((i) => Math.exp(theta[i]!) > RATIO_MIN)
    const n = free.length
    const hessian = new Float64Array(n * n)
    const [up, down] = [new Float64Array(theta.length), new Float64Array(theta.length)]
    for (const [row, i] of free.entries()) {
      const moved = theta.slice()
      moved[i] = theta[i]! + DIFFERENCE
      this.negLogLik(moved, up)
      moved[i] = theta[i]! - DIFFERENCE
      this.negLogLik(moved, down)
      for (const [column, j] of free.entries()) {
        const curvature = (up[j]! - down[j]!) / (2 * DIFFERENCE)
        hessian[row * n + column]! += curvature / 2
        hessian[column * n + row]! += curvature / 2
      }
    }
    const errors = Array.from(theta, (): number | null => null)
    if (!choleskyFactor(hessian, n, 1e-10)) return errors
    for (const [row, i] of free.entries()) {
      const unit = new Float64Array(n)
      unit[row] = 1
      choleskySolve(hessian, n, unit)
      errors[i] = Math.sqrt(unit[row])
    }
    return errors
  }
}
