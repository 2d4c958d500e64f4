import type { DataOf } from '@kwm/contracts'
import { intensitiesOf } from '@kwm/model-features'
import { chainTies, simulateHawkes, type CyclicProfile, type HawkesParameters } from '@kwm/quant'
import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import { TradeBlockBuilder, trainIntensities, type TradeInput } from '../src/index.ts'

const OFFSETS = { CLINYC: -300 }
/** Midnight of the first day in New York. */
const START_US = Date.parse('2026-11-16T05:00:00Z') * 1_000
const DAY_US = 86_400e6
const BRACKETS = 2
const TIES = chainTies(BRACKETS)
/** Self, cross, neighbour's same and opposite side; fast, then slow kernel. */
const RATIOS = [0.15, 0.05, 0.03, 0.02, 0.1, 0.03, 0.02, 0]
const RADIUS = 0.4
/** Nearly asleep at night, six times the mean for two hours in the afternoon. */
const HOURS = Array.from({ length: 24 }, (_, hour) => (hour < 8 ? 0.04 : hour < 14 ? 0.6 : 1))
const BUSY = HOURS.map((factor, hour) => (hour === 14 || hour === 15 ? 6 : factor))
const MEAN = BUSY.reduce((sum, factor) => sum + factor, 0) / 24
const PROFILE: CyclicProfile = { periodS: 86_400, factors: BUSY.map((factor) => factor / MEAN) }

const process = (level: number): HawkesParameters => ({
  ...{ streams: TIES.streams, decays: [1 / 3, 1 / 60], profile: PROFILE },
  baselines: Array.from({ length: TIES.streams }, () => level),
  branching: [0, 1].flatMap((k) =>
    TIES.groups.map((group) => (group < 0 ? 0 : RATIOS[4 * k + group]!)),
  ),
})

const listing = (event: string, k: number): DataOf<'md.market-listed.v1'> => ({
  ...{ marketTicker: `${event}-B${50 + 2 * k}.5`, eventTicker: event, seriesTicker: 'KXHIGHNY' },
  ...{ title: '', strikeType: 'between', floorStrike: 50 + 2 * k, capStrike: 51 + 2 * k },
  ...{ openTimeUs: START_US, closeTimeUs: START_US + 30 * DAY_US, status: 'active' },
  ...{ exchangeIndex: 0, priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }] },
  ...{ feeType: 'quadratic', feeMultiplierMilli: 1_000, rulesPrimary: '', isTradable: true },
  ...{ untradableReason: null, isSynthetic: true },
  rules: {
    ...{ templateId: 'x', templateHash: '0123456789abcdef', statistic: 'maximum' },
    ...{ station: 'CLINYC', comparator: 'between', unit: 'fahrenheit', source: '', revision: '' },
  },
})

let count = 0
const say = <T extends TradeInput['type']>(
  type: T,
  timeUs: number,
  data: DataOf<T>,
): TradeInput => {
  const times = { eventTimeUs: timeUs, ingestTimeUs: timeUs }
  return { type, id: `e${++count}`, causationId: 'x', ...times, data } as never
}

/** One event a day, each day watched from midnight to midnight, levels from day to day apart. */
function* days(seed: string, levels: readonly number[]): Generator<TradeInput> {
  const prng = new Prng(seed)
  for (const [n, level] of levels.entries()) {
    const fromUs = START_US + n * (DAY_US + 3_600e6 * 24)
    const event = `KXHIGHNY-26NOV${16 + n}`
    for (let k = 0; k < BRACKETS; k++) yield say('md.market-listed.v1', fromUs, listing(event, k))
    const { times, streams } = simulateHawkes(process(level), prng, { duration: 86_400 })
    let at = 0
    for (let second = 0; second <= 86_400; second += 30) {
      for (; at < times.length && times[at]! <= second; at++) {
        const timeUs = fromUs + Math.round(times[at]! * 1e6)
        const stream = streams[at]!
        const trade = {
          ...{ marketTicker: `${event}-B${50 + 2 * (stream >> 1)}.5`, tradeId: `t${count}` },
          ...{ yesPriceBps: 5_000, countCenti: 100, isBlock: false },
          takerSide: stream % 2 === 0 ? ('yes' as const) : ('no' as const),
        }
        yield say('md.trade.v1', timeUs, trade)
        // A slice of the same sweep is no event of its own.
        if (at % 5 === 0) yield say('md.trade.v1', timeUs, trade)
      }
      const tickUs = fromUs + second * 1e6
      yield say('ops.tick.v1', tickUs, { second: tickUs / 1e6, source: 'tape' })
    }
  }
}

const trained = (inputs: Iterable<TradeInput>) => {
  const builder = new TradeBlockBuilder(OFFSETS)
  for (const input of inputs) builder.add(input)
  return trainIntensities(builder.build(), (series) => builder.offsetOfSeries(series))
}

describe('days of one rhythm at different levels', () => {
  const { reports, artefact } = trained(days('rhythm', [0.004, 0.012, 0.007, 0.01]))
  const report = reports[0]!

  test('without a time of day every event seems to set off the next; with one the truth comes out', () => {
    expect(report.radiusWithoutProfile).toBeGreaterThan(0.8)
    expect(Math.abs(report.spectralRadius! - RADIUS)).toBeLessThan(0.08)
    expect(report.isAccepted).toBe(true)
    expect(report.days).toHaveLength(4)
  })

  test('ratios and hours are recovered, and the features take the artefact', () => {
    const { KXHIGHNY: config } = intensitiesOf(JSON.parse(JSON.stringify(artefact)))
    expect(config!.utcOffsetMinutes).toBe(-300)
    expect(Math.abs(config!.branchSelf[0] - RATIOS[0]!)).toBeLessThan(0.04)
    expect(Math.abs(config!.branchSelf[0] + config!.branchSelf[1] - 0.25)).toBeLessThan(0.06)
    for (const [hour, factor] of PROFILE.factors.entries()) {
      const got = config!.profile.factors[hour]!
      // The night is drawn a little to the mean, on few events.
      expect(Math.abs(got - factor)).toBeLessThan(0.06 + 0.2 * factor)
    }
  })
})

test('what is too little or does not stand is refused with the reason', () => {
  expect(trained(days('one', [0.01])).reports[0]!.reason).toBe('one day: a second one must judge')
  const few = trained(days('few', [0.0002, 0.0002]))
  expect(few.reports[0]!.reason).toBe('fewer than 200 events')
  expect(few.artefact).toBeNull()
})

test('a gap in the ticks ends a block, and nothing beyond the last tick counts', () => {
  const builder = new TradeBlockBuilder(OFFSETS)
  const event = 'KXHIGHNY-26NOV16'
  const trade = (second: number) =>
    say('md.trade.v1', START_US + second * 1e6, {
      ...{ marketTicker: `${event}-B50.5`, tradeId: `t${second}`, yesPriceBps: 5_000 },
      ...{ countCenti: 100, isBlock: false, takerSide: 'yes' },
    })
  const tick = (second: number) =>
    say('ops.tick.v1', START_US + second * 1e6, { second: START_US / 1e6 + second, source: 'tape' })
  for (const k of [0, 1]) builder.add(say('md.market-listed.v1', START_US, listing(event, k)))
  for (const input of [tick(0), trade(10), tick(30), trade(35), tick(500), trade(510), tick(520)]) {
    builder.add(input)
  }
  const blocks = builder.build()
  expect(blocks.map(({ events }) => [...Array.from(events.times), events.duration])).toEqual([
    [10, 30],
    [10, 20],
  ])
  expect(blocks.map(({ events }) => events.phaseS)).toEqual([0, 500])
})
