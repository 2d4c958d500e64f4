import { chainTies, FLAT_PROFILE, HawkesIntensity } from '@kwm/quant'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IntensityKernel, TRADE_INTENSITY, TradeIntensity } from '../src/index.ts'

type Event = { readonly timeUs: number; readonly market: number; readonly side: 'yes' | 'no' }

const config = { ...TRADE_INTENSITY, warmUpUs: 1_000_000 }
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

function play(tape: readonly Event[], nowUs: number, cut = -1) {
  let markets = [0, 1, 2].map(() => new TradeIntensity(kernel))
  for (const market of markets) market.advance(0)
  for (const [n, { timeUs, market, side }] of tape.entries()) {
    if (n === cut) {
      markets = markets.map((one) =>
        TradeIntensity.restore(kernel, JSON.parse(JSON.stringify(one.snapshot())) as never),
      )
    }
    markets[market]!.onEvent(timeUs, side)
  }
  for (const market of markets) market.advance(nowUs)
  return markets
}

/** The definition (MODELS 4.1): every event of every stream decayed one by one, twice. */
function byDefinition(tape: readonly Event[], nowUs: number, at: number) {
  const seconds = ({ timeUs }: Event) => (nowUs - timeUs) / 1e6
  const branching = (event: Event, side: 'yes' | 'no'): number => {
    const isSame = event.side === side
    if (event.market === at) return isSame ? config.branchSelf : config.branchCross
    if (Math.abs(event.market - at) > 1) return 0
    return isSame ? config.branchNeighbourSame : config.branchNeighbourOpposite
  }
  const watched = 1 - Math.exp(-nowUs / 1e6 / config.rateSeconds)
  const rate = (weight: (event: Event) => number): number =>
    tape.reduce((sum, e) => sum + weight(e) * Math.exp(-seconds(e) / config.rateSeconds), 0) /
    (config.rateSeconds * watched)
  const stream = (side: 'yes' | 'no') => {
    const own = rate((event) => (event.market === at && event.side === side ? 1 : 0))
    const caused = rate((event) => branching(event, side))
    const base = Math.max(config.baselineShareMin * own, own - caused)
    let excited = 0
    for (const event of tape) {
      for (const decay of config.decaysPerSecond) {
        excited += (branching(event, side) / 2) * decay * Math.exp(-decay * seconds(event))
      }
    }
    return { base, value: base + excited }
  }
  const [buy, sell] = [stream('yes'), stream('no')]
  return { buy: buy.value, sell: sell.value, baseline: buy.base + sell.base }
}

test('equals the sum over all events, for a bracket with two, one or no neighbour', () => {
  fc.assert(
    fc.property(events, fc.integer({ min: 0, max: 60_000_000 }), fc.nat(), (tape, later, cut) => {
      const nowUs = tape.at(-1)!.timeUs + later
      const markets = play(tape, nowUs, cut % tape.length)
      for (const at of [0, 1, 2]) {
        const got = markets[at]!.read(markets[at - 1], markets[at + 1])!
        const wanted = byDefinition(tape, nowUs, at)
        expect(got.buy).toBeCloseTo(wanted.buy, 10)
        expect(got.sell).toBeCloseTo(wanted.sell, 10)
        expect(got.baseline).toBeCloseTo(wanted.baseline, 10)
      }
    }),
  )
})

test('the excitation is that of the general process with the same ties, decay by decay', () => {
  const { groups, streams } = chainTies(3)
  const ratios = [
    ...[config.branchSelf, config.branchCross],
    ...[config.branchNeighbourSame, config.branchNeighbourOpposite],
  ]
  const half = groups.map((group) => (group < 0 ? 0 : ratios[group]! / 2))
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 60_000_000 }), (tape, later) => {
      const nowUs = tape.at(-1)!.timeUs + later
      const general = new HawkesIntensity({
        ...{ streams, decays: [...config.decaysPerSecond], branching: [...half, ...half] },
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
  const often = { ...config, branchSelf: [0.35, 0.35] as const }
  expect(() => new IntensityKernel(often)).toThrow('branching of 1')
})
