import { chainTies, FLAT_PROFILE, HawkesIntensity, profileAt } from '@kwm/quant'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  IntensityKernel,
  TRADE_INTENSITY,
  TradeIntensity,
  type TradeIntensityConfig,
} from '../src/index.ts'

type Event = { readonly timeUs: number; readonly market: number; readonly side: 'yes' | 'no' }

const config: TradeIntensityConfig = {
  ...TRADE_INTENSITY,
  warmUpUs: 1_000_000,
  ...{ branchSelf: [0.3, 0.1], branchCross: [0.02, 0.08] },
  ...{ branchNeighbourSame: [0.05, 0.01], branchNeighbourOpposite: [0, 0.03] },
}
/** A day of two minutes, whose first hour starts 20 s before that of the clock. */
const uneven: TradeIntensityConfig = {
  ...config,
  profile: { periodS: 120, factors: [0.25, 1.25, 1.5] },
  utcOffsetMinutes: 1 / 3,
  rateSeconds: 90,
}
const kernel = new IntensityKernel(config)
const events = fc
  .array(
    fc.record({
      gapUs: fc.integer({ min: 0, max: 20_000_000 }),
      market: fc.nat({ max: 2 }),
      side: fc.constantFrom<'yes' | 'no'>('yes', 'no'),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let timeUs = 1_000_000
    return steps.map(({ gapUs, ...rest }): Event => ({ ...rest, timeUs: (timeUs += gapUs) }))
  })

function play(tape: readonly Event[], nowUs: number, cut = -1, by = kernel) {
  let markets = [0, 1, 2].map(() => new TradeIntensity(by))
  for (const market of markets) market.advance(0)
  for (const [n, { timeUs, market, side }] of tape.entries()) {
    if (n === cut) {
      markets = markets.map((one) =>
        TradeIntensity.restore(by, JSON.parse(JSON.stringify(one.snapshot())) as never),
      )
    }
    markets[market]!.onEvent(timeUs, side)
  }
  for (const market of markets) market.advance(nowUs)
  return markets
}

/** The mean of the profile since 0 with weights that fall by the time constant, in short steps. */
function exposureTo(nowUs: number, of: TradeIntensityConfig): number {
  const steps = 20_000
  const width = nowUs / 1e6 / steps
  let sum = 0
  for (let k = 0; k < steps; k++) {
    const seconds = (k + 0.5) * width
    const weight = Math.exp((seconds - nowUs / 1e6) / of.rateSeconds) / of.rateSeconds
    sum += weight * profileAt(of.profile, seconds + 60 * of.utcOffsetMinutes) * width
  }
  return sum
}

/** The definition (MODELS 4.1): every event of every stream decayed one by one, twice. */
function byDefinition(tape: readonly Event[], nowUs: number, at: number, of = config) {
  const seconds = ({ timeUs }: Event) => (nowUs - timeUs) / 1e6
  const branching = (event: Event, side: 'yes' | 'no'): readonly [number, number] => {
    const isSame = event.side === side
    if (event.market === at) return isSame ? of.branchSelf : of.branchCross
    if (Math.abs(event.market - at) > 1) return [0, 0]
    return isSame ? of.branchNeighbourSame : of.branchNeighbourOpposite
  }
  const exposure = exposureTo(nowUs, of)
  const factor = profileAt(of.profile, nowUs / 1e6 + 60 * of.utcOffsetMinutes)
  const rate = (weight: (event: Event) => number): number =>
    (factor *
      tape.reduce((sum, e) => sum + weight(e) * Math.exp(-seconds(e) / of.rateSeconds), 0)) /
    (of.rateSeconds * exposure)
  const stream = (side: 'yes' | 'no') => {
    const own = rate((event) => (event.market === at && event.side === side ? 1 : 0))
    const caused = rate((event) => branching(event, side)[0] + branching(event, side)[1])
    const base = Math.max(of.baselineShareMin * own, own - caused)
    let excited = 0
    for (const event of tape) {
      for (const [k, decay] of of.decaysPerSecond.entries()) {
        excited += branching(event, side)[k]! * decay * Math.exp(-decay * seconds(event))
      }
    }
    return { base, value: base + excited }
  }
  const [buy, sell] = [stream('yes'), stream('no')]
  return { buy: buy.value, sell: sell.value, baseline: buy.base + sell.base }
}

test.each([
  ['without a time of day', config],
  ['with one', uneven],
])('equals the sum over all events, for two, one or no neighbour, %s', (_, of) => {
  const by = new IntensityKernel(of)
  fc.assert(
    fc.property(events, fc.integer({ min: 0, max: 60_000_000 }), fc.nat(), (tape, later, cut) => {
      const nowUs = tape.at(-1)!.timeUs + later
      const markets = play(tape, nowUs, cut % tape.length, by)
      for (const at of [0, 1, 2]) {
        const got = markets[at]!.read(markets[at - 1], markets[at + 1])!
        const wanted = byDefinition(tape, nowUs, at, of)
        // The oracle's integral is a sum of steps.
        expectNear(got.baseline, wanted.baseline)
        expect(got.buy + got.sell - got.baseline).toBeCloseTo(
          wanted.buy + wanted.sell - wanted.baseline,
          10,
        )
        expectNear(got.buy, wanted.buy)
      }
    }),
    { numRuns: 60 },
  )
})

const expectNear = (got: number, wanted: number): void =>
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(2e-3 * wanted)

test('the exposure is the mean of the profile, at every hour of the day', () => {
  const by = new IntensityKernel(uneven)
  for (let second = 1_000; second < 1_240; second += 7) {
    by.moveTo(second * 1e6)
    expect(by.factor).toBe(profileAt(uneven.profile, second + 20))
    expect(by.exposure).toBeCloseTo(exposureTo(second * 1e6, uneven), 3)
  }
})

test('the excitation is that of the general process with the same ties, decay by decay', () => {
  const { groups, streams } = chainTies(3)
  const { branchSelf, branchCross, branchNeighbourSame, branchNeighbourOpposite } = config
  const ratios = [branchSelf, branchCross, branchNeighbourSame, branchNeighbourOpposite]
  const branching = [0, 1].flatMap((k) =>
    groups.map((group) => (group < 0 ? 0 : ratios[group]![k]!)),
  )
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 60_000_000 }), (tape, later) => {
      const nowUs = tape.at(-1)!.timeUs + later
      const general = new HawkesIntensity({
        ...{ streams, decays: [...config.decaysPerSecond], branching },
        ...{ baselines: Array.from({ length: streams }, () => 0), profile: FLAT_PROFILE },
      })
      for (const { timeUs, market, side } of tape) {
        general.add(timeUs, 2 * market + (side === 'yes' ? 0 : 1))
      }
      const markets = play(tape, nowUs)
      for (const at of [0, 1, 2]) {
        const { buy, sell, baseline } = markets[at]!.read(markets[at - 1], markets[at + 1])!
        const excitement = general.at(nowUs, 2 * at) + general.at(nowUs, 2 * at + 1)
        expect(buy + sell - baseline).toBeCloseTo(excitement, 10)
      }
    }),
  )
})

test('time scaled by k, decays by 1/k: intensities by 1/k', () => {
  const slow = {
    ...config,
    decaysPerSecond: [config.decaysPerSecond[0] / 7, config.decaysPerSecond[1] / 7] as const,
    rateSeconds: 7 * config.rateSeconds,
  }
  const [a, b] = [new TradeIntensity(kernel), new TradeIntensity(new IntensityKernel(slow))]
  a.advance(0)
  b.advance(0)
  for (const timeUs of [2e6, 3e6, 3e6, 9e6]) {
    a.onEvent(timeUs, 'yes')
    b.onEvent(7 * timeUs, 'yes')
  }
  a.advance(11e6)
  b.advance(77e6)
  expect(b.read(undefined, undefined)!.buy).toBeCloseTo(a.read(undefined, undefined)!.buy / 7, 12)
})

test('nothing is said before the warm-up, and branching of one or more is refused', () => {
  const intensity = new TradeIntensity(kernel)
  expect(intensity.read(undefined, undefined)).toBeNull()
  intensity.advance(5_000_000)
  intensity.onEvent(5_500_000, 'yes')
  expect(intensity.read(undefined, undefined)).toBeNull()
  intensity.advance(6_000_000)
  expect(intensity.read(undefined, undefined)).not.toBeNull()
  const often = { ...config, branchSelf: [0.4, 0.35] as const }
  expect(() => new IntensityKernel(often)).toThrow('branching of 1')
})
