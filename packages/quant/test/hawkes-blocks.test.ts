import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  chainTies,
  estimateSharedProfile,
  fitHawkes,
  fitHawkesBlocks,
  FLAT_PROFILE,
  freeTies,
  hawkesLevels,
  poissonParameters,
  simulateHawkes,
  type HawkesParameters,
} from '../src/index.ts'

const PAIR_TIES = chainTies(1)
const pair = (level: number, profile = FLAT_PROFILE): HawkesParameters => ({
  ...{
    streams: 2,
    baselines: [level, level],
    decays: [1],
    branching: [0.4, 0.1, 0.1, 0.4],
    profile,
  },
})

describe('one set of ratios for several blocks', () => {
  test('of a single block it is the plain fit', () => {
    const events = simulateHawkes(pair(0.2), new Prng('one'), { duration: 2_000 })
    const plain = fitHawkes(events, { ties: PAIR_TIES, decays: [1] })
    const blocks = fitHawkesBlocks([{ events, ties: PAIR_TIES }], { decays: [1] })
    expect(blocks.logLikelihood).toBeCloseTo(plain.logLikelihood, 6)
    for (const [k, ratio] of plain.tied.entries()) expect(blocks.tied[k]).toBeCloseTo(ratio, 4)
    expect(blocks.baselines[0]![0]).toBeCloseTo(plain.parameters.baselines[0]!, 4)
  })

  test('busy and quiet days beside each other are no excitation', () => {
    const prng = new Prng('days')
    const levels = [0.02, 0.3, 0.05, 0.6]
    const blocks = levels.map((level) => ({
      events: simulateHawkes(poissonParameters([level, level], FLAT_PROFILE), prng, {
        duration: 3_000,
      }),
      ties: PAIR_TIES,
    }))
    const fit = fitHawkesBlocks(blocks, { decays: [1 / 60] })
    expect(fit.spectralRadius).toBeLessThan(0.12)
    // As one window the same events look as if each brought the next.
    let from = 0
    const merged = blocks.map(({ events }) => {
      const times = Array.from(events.times, (time) => time + from)
      from += events.duration
      return { times, streams: Array.from(events.streams) }
    })
    const together = fitHawkes(
      {
        times: merged.flatMap(({ times }) => times),
        streams: merged.flatMap(({ streams }) => streams),
        duration: from,
      },
      { ties: PAIR_TIES, decays: [1 / 60] },
    )
    expect(together.spectralRadius).toBeGreaterThan(0.5)
  })

  test('ratios and levels are recovered, also of a block of more streams', () => {
    const prng = new Prng('recovered')
    const ties = [chainTies(2), chainTies(3)]
    const ratios = [0.35, 0.1, 0.08, 0.04]
    const blocks = ties.map((tie, b) => {
      const parameters: HawkesParameters = {
        ...{ streams: tie.streams, decays: [1], profile: FLAT_PROFILE },
        baselines: Array.from({ length: tie.streams }, () => 0.1 * (b + 1)),
        branching: tie.groups.map((group) => (group < 0 ? 0 : ratios[group]!)),
      }
      return { events: simulateHawkes(parameters, prng, { duration: 4_000 }), ties: tie }
    })
    const fit = fitHawkesBlocks(blocks, { decays: [1] })
    expect(fit.converged).toBe(true)
    for (const [g, ratio] of ratios.entries()) {
      expect(Math.abs(fit.tied[g]! - ratio)).toBeLessThan(0.03)
    }
    const given = { tied: fit.tied, decays: [1], profile: FLAT_PROFILE }
    for (const [b, block] of blocks.entries()) {
      for (const [i, level] of hawkesLevels(block, given).entries()) {
        expect(level).toBeCloseTo(fit.baselines[b]![i]!, 4)
      }
    }
  })
})

describe('a profile that windows share', () => {
  const profile = { periodS: 1_000, factors: [0.2, 0.4, 2.4, 1] }

  test('is found although levels differ and busy windows were watched in busy hours', () => {
    const prng = new Prng('shared')
    const windows = [0.05, 2, 0.4].map((level, n) =>
      simulateHawkes(poissonParameters([level], profile), prng, {
        ...{ duration: n === 1 ? 500 : 20_000, phaseS: n === 1 ? 400 : 0 },
      }),
    )
    const { factors } = estimateSharedProfile(windows, { periodS: 1_000, bins: 4 })
    for (const [bin, factor] of profile.factors.entries()) {
      expect(Math.abs(factors[bin]! / factor - 1)).toBeLessThan(0.1)
    }
  })

  test('takes away the branching that a time of day feigns', () => {
    const events = simulateHawkes(poissonParameters([0.5], profile), new Prng('day'), {
      duration: 10_000,
    })
    const block = { events, ties: freeTies(1) }
    const decays = [1 / 60]
    expect(fitHawkesBlocks([block], { decays }).spectralRadius).toBeGreaterThan(0.5)
    const shared = estimateSharedProfile([events], { periodS: 1_000, bins: 4 })
    expect(fitHawkesBlocks([block], { decays, profile: shared }).spectralRadius).toBeLessThan(0.1)
  })
})
