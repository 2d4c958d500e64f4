import { assert } from '@kwm/std'
import { minimiseLbfgs } from '../optimise/l-bfgs.ts'
import { FLAT_PROFILE } from './cyclic-profile.ts'
import type { CyclicProfile } from './cyclic-profile.ts'
import type { HawkesEvents } from './hawkes-events.ts'
import { FitProblem } from './hawkes-fit.ts'
import { HawkesLikelihood } from './hawkes-likelihood.ts'
import type { HawkesTies } from './hawkes-ties.ts'

/** One stretch of time that was watched without a gap. */
export type HawkesBlock = { readonly events: HawkesEvents; readonly ties: HawkesTies }

export type HawkesBlocksFit = {
  /** n_kg at [k x groups + g], the same in every block. */
  readonly tied: readonly number[]
  /** Events per second, block by block, stream by stream. */
  readonly baselines: readonly (readonly number[])[]
  readonly logLikelihood: number
  readonly spectralRadius: number
  readonly converged: boolean
}

/** Branching in all of the three starts. */
const STARTS = [0.2, 0.5, 0.8]
const ROUGH_TOLERANCE = 1e-5
const LEVEL_ITERATIONS = 200
const LEVEL_TOLERANCE = 1e-9

/**
 * Maximum likelihood of one set of branching ratios for several blocks, each with baselines of its
 * own: a busy day beside a quiet one is no excitation. Decays are fixed; blocks may have different
 * numbers of streams but must have the same groups. By L-BFGS from three starts, with the penalty of
 * `fitHawkes` on the widest block.
 */
export function fitHawkesBlocks(
  blocks: readonly HawkesBlock[],
  { decays, profile = FLAT_PROFILE }: { decays: readonly number[]; profile?: CyclicProfile },
): HawkesBlocksFit {
  assert(blocks.length > 0, 'a fit needs a block')
  const groups = blocks[0]!.ties.groupCount
  assert(
    blocks.every(({ ties }) => ties.groupCount === groups),
    'blocks of different groups',
  )
  const problems = blocks.map(
    ({ events, ties }) => new FitProblem(events, { ties, decays, profile }),
  )
  const sizes = blocks.map(({ ties }) => ties.streams)
  const widest = sizes.indexOf(Math.max(...sizes))
  const tailAt = sizes.reduce((sum, size) => sum + size, 0)
  const tail = decays.length * groups
  /** Each block's own parameters, which are its baselines and the ratios of all. */
  const split = (theta: Float64Array): Float64Array[] => {
    let at = 0
    return sizes.map((size) => {
      const own = new Float64Array(size + tail)
      own.set(theta.subarray(at, at + size))
      own.set(theta.subarray(tailAt), size)
      at += size
      return own
    })
  }
  const objective = (theta: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0)
    let value = 0
    let at = 0
    for (const [b, own] of split(theta).entries()) {
      const slope = new Float64Array(own.length)
      const problem = problems[b]!
      value += b === widest ? problem.objective(own, slope) : problem.negLogLik(own, slope)
      for (let i = 0; i < sizes[b]!; i++) gradient[at + i] = slope[i]!
      for (let i = 0; i < tail; i++) gradient[tailAt + i]! += slope[sizes[b]! + i]!
      at += sizes[b]!
    }
    return value
  }
  const start = (branching: number): Float64Array => {
    const starts = problems.map((problem) => problem.start(branching, 1))
    const levels = starts.flatMap((own, b) => Array.from(own.subarray(0, sizes[b])))
    return Float64Array.from([...levels, ...starts[widest]!.subarray(sizes[widest])])
  }
  const rough = STARTS.map((branching) =>
    minimiseLbfgs(objective, start(branching), { gradientTolerance: ROUGH_TOLERANCE }),
  ).reduce((a, b) => (b.value < a.value ? b : a))
  const best = minimiseLbfgs(objective, rough.x)
  const parts = split(best.x)
  const fits = parts.map((own, b) => problems[b]!.result(own, best.converged))
  return {
    tied: fits[widest]!.tied,
    baselines: fits.map(({ parameters }) => parameters.baselines),
    logLikelihood: fits.reduce((sum, fit) => sum + fit.logLikelihood, 0),
    spectralRadius: fits[widest]!.spectralRadius,
    converged: best.converged,
  }
}

/**
 * The baselines of a block when everything else is known, events per second of every stream: the
 * share of its events that the past did not bring, over the exposure, again until it stands (EM).
 */
export function hawkesLevels(
  { events, ties }: HawkesBlock,
  {
    tied,
    decays,
    profile,
  }: { tied: readonly number[]; decays: readonly number[]; profile: CyclicProfile },
): number[] {
  const likelihood = new HawkesLikelihood(events, ties, decays.length, profile)
  const exposure = likelihood.baselineExposure
  const levels = Float64Array.from(
    { length: ties.streams },
    (_, i) => likelihood.count(i) / exposure,
  )
  const [branching, rates] = [Float64Array.from(tied), Float64Array.from(decays)]
  let last = -Infinity
  for (let iteration = 0; iteration < LEVEL_ITERATIONS; iteration++) {
    const logLikelihood = likelihood.evaluate(levels, branching, rates)
    if (logLikelihood - last < LEVEL_TOLERANCE) break
    last = logLikelihood
    for (let i = 0; i < levels.length; i++) {
      levels[i]! *= 1 + likelihood.baselineGradient[i]! / exposure
    }
  }
  return Array.from(levels)
}
