import { assert } from '@kwm/std'
import type { HawkesEvents } from './hawkes-events.ts'

/** A factor that repeats every `periodS` seconds, constant in each of equal bins, 1 on average. */
export type CyclicProfile = {
  readonly periodS: number
  readonly factors: readonly number[]
}

export const FLAT_PROFILE: CyclicProfile = { periodS: 86_400, factors: [1] }

export function assertProfile({ periodS, factors }: CyclicProfile): void {
  assert(periodS > 0 && periodS < Infinity && factors.length > 0, `profile of ${periodS} s`)
  assert(
    factors.every((factor) => factor > 0 && factor < Infinity),
    'the factors of a profile are positive',
  )
  const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length
  assert(Math.abs(mean - 1) < 1e-6, `the factors of a profile average 1, not ${mean}`)
}

/** The factor at `seconds` after a start of the period. */
export function profileAt({ periodS, factors }: CyclicProfile, seconds: number): number {
  const share = seconds / periodS
  const bin = Math.floor((share - Math.floor(share)) * factors.length)
  return factors[Math.min(bin, factors.length - 1)]!
}

/** The integral of the factor over [from, to], in seconds after a start of the period. */
export function profileIntegral(profile: CyclicProfile, from: number, to: number): number {
  if (profile.factors.length === 1) return profile.factors[0]! * (to - from)
  return integralToZero(profile, to) - integralToZero(profile, from)
}

function integralToZero({ periodS, factors }: CyclicProfile, seconds: number): number {
  const periods = Math.floor(seconds / periodS)
  const binS = periodS / factors.length
  let rest = seconds - periods * periodS
  let sum = periods * periodS
  for (const factor of factors) {
    if (rest <= 0) break
    sum += factor * Math.min(rest, binS)
    rest -= binS
  }
  return sum
}

/**
 * The profile of events seen on [0, durationS] from `phaseS` after a start of the period: rates by
 * bin over the mean rate, each drawn to 1 as if by `pseudoCount` more events. Bursts widen the noise
 * of a bin beyond Poisson's, so take many periods.
 */
export function estimateProfile(
  times: ArrayLike<number>,
  {
    durationS,
    phaseS = 0,
    periodS = 86_400,
    bins = 10,
    pseudoCount = 10,
  }: {
    readonly durationS: number
    readonly phaseS?: number
    readonly periodS?: number
    readonly bins?: number
    readonly pseudoCount?: number
  },
): CyclicProfile {
  assert(durationS > 0 && periodS > 0 && bins > 0 && pseudoCount > 0, `profile of ${bins} bins`)
  const counts = new Float64Array(bins)
  for (let i = 0; i < times.length; i++) {
    assert(times[i]! >= 0 && times[i]! <= durationS, `time ${times[i]} outside the window`)
    const share = (phaseS + times[i]!) / periodS
    counts[Math.min(bins - 1, Math.floor((share - Math.floor(share)) * bins))]!++
  }
  const rate = times.length / durationS
  const raw = Array.from(counts, (count, bin) => {
    const secondsTo = (seconds: number) => binSeconds(periodS, bins, bin, seconds)
    const exposureS = secondsTo(phaseS + durationS) - secondsTo(phaseS)
    return (count + pseudoCount) / (exposureS * rate + pseudoCount)
  })
  const mean = raw.reduce((sum, factor) => sum + factor, 0) / bins
  return { periodS, factors: raw.map((factor) => factor / mean) }
}

const PROFILE_ROUNDS = 50

/**
 * The profile that several windows share although each has a level of its own: rates are level x
 * factor, fitted in turn (Poisson maximum likelihood), the factors each drawn to 1 as if by
 * `pseudoCount` more events. A day that was watched only in its busy hours does not tilt it.
 */
export function estimateSharedProfile(
  windows: readonly HawkesEvents[],
  { periodS = 86_400, bins = 24, pseudoCount = 10 } = {},
): CyclicProfile {
  assert(windows.length > 0 && periodS > 0 && bins > 0, `profile of ${bins} bins`)
  const counts = windows.map(({ times, phaseS = 0 }) => {
    const own = new Float64Array(bins)
    for (let i = 0; i < times.length; i++) {
      const share = (phaseS + times[i]!) / periodS
      own[Math.min(bins - 1, Math.floor((share - Math.floor(share)) * bins))]!++
    }
    return own
  })
  const exposures = windows.map(({ duration, phaseS = 0 }) =>
    Array.from({ length: bins }, (_, bin) => {
      const to = binSeconds(periodS, bins, bin, phaseS + duration)
      return to - binSeconds(periodS, bins, bin, phaseS)
    }),
  )
  let factors = Array.from({ length: bins }, () => 1)
  for (let round = 0; round < PROFILE_ROUNDS; round++) {
    const levels = windows.map(({ times }, w) => {
      const exposure = exposures[w]!.reduce((sum, own, bin) => sum + own * factors[bin]!, 0)
      return times.length / exposure
    })
    const raw = factors.map((_, bin) => {
      const count = counts.reduce((sum, own) => sum + own[bin]!, pseudoCount)
      return count / exposures.reduce((sum, own, w) => sum + own[bin]! * levels[w]!, pseudoCount)
    })
    const mean = raw.reduce((sum, factor) => sum + factor, 0) / bins
    factors = raw.map((factor) => factor / mean)
  }
  return { periodS, factors }
}

/** Seconds of [0, seconds] that fall in one bin. */
function binSeconds(periodS: number, bins: number, bin: number, seconds: number): number {
  const binS = periodS / bins
  const periods = Math.floor(seconds / periodS)
  const rest = seconds - periods * periodS - bin * binS
  return periods * binS + Math.min(binS, Math.max(0, rest))
}
