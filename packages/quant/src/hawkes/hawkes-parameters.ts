import { assert } from '@kwm/std'
import { assertProfile } from './cyclic-profile.ts'
import type { CyclicProfile } from './cyclic-profile.ts'
import { perronRoot } from './spectral-radius.ts'

/**
 * A multivariate Hawkes process with exponential kernels. The intensity of stream i, in events per
 * second, is baseline_i x profile(t) + sum over events (s, j, mark) before t and decays k of
 * mark x n_kij beta_k exp(-beta_k (t - s)). Plain data.
 */
export type HawkesParameters = {
  readonly streams: number
  /** Events per second of every stream, without excitation. */
  readonly baselines: readonly number[]
  /** beta_k, per second. */
  readonly decays: readonly number[]
  /** n_kij at [(k x streams + i) x streams + j]: events of i that an event of j brings, in the end. */
  readonly branching: readonly number[]
  readonly profile: CyclicProfile
}

export const STREAMS_MAX = 64
export const DECAYS_MAX = 8

export function assertHawkes(parameters: HawkesParameters): void {
  const { streams, baselines, decays, branching, profile } = parameters
  assert(
    Number.isSafeInteger(streams) && streams > 0 && streams <= STREAMS_MAX,
    `${streams} streams`,
  )
  assert(decays.length <= DECAYS_MAX, `${decays.length} decays`)
  assert(baselines.length === streams, `${baselines.length} baselines for ${streams} streams`)
  assert(
    branching.length === decays.length * streams * streams,
    `${branching.length} branching ratios for ${streams} streams and ${decays.length} decays`,
  )
  const isRate = (value: number) => value >= 0 && value < Infinity
  assert(baselines.every(isRate), `baselines ${baselines.join(', ')}`)
  assert(branching.every(isRate), 'a branching ratio is negative or no number')
  assert(
    decays.every((decay) => decay > 0 && decay < Infinity),
    `decays ${decays.join(', ')}`,
  )
  assertProfile(profile)
}

/** N_ij, row-major: events of i that an event of j of mark 1 brings, over all decays. */
export function branchingMatrix({ streams, branching }: HawkesParameters): Float64Array {
  const size = streams * streams
  const matrix = new Float64Array(size)
  for (let i = 0; i < branching.length; i++) matrix[i % size]! += branching[i]!
  return matrix
}

/** rho(N): the process is stationary when this is below 1. */
export const hawkesSpectralRadius = (parameters: HawkesParameters): number =>
  perronRoot(branchingMatrix(parameters), parameters.streams).radius

/** The process without excitation. */
export const poissonParameters = (
  baselines: readonly number[],
  profile: CyclicProfile,
): HawkesParameters => ({
  streams: baselines.length,
  baselines,
  decays: [],
  branching: [],
  profile,
})

const MARK_MIN = 0.5
const MARK_MAX = 2

/** How much an event of this size excites, beside one of the median size: 1 + ln ratio, in [0.5, 2]. */
export function hawkesMark(size: number, medianSize: number): number {
  assert(size > 0 && medianSize > 0, `size ${size} beside a median of ${medianSize}`)
  return Math.min(MARK_MAX, Math.max(MARK_MIN, 1 + Math.log(size / medianSize)))
}
