import { corruptWeather, findLeaks } from '@kwm/backtest'
import type { DataOf, WeatherFact } from '@kwm/contracts'
import { defaultWeatherConfig, weatherMachine, type WeatherInput } from '@kwm/model-weather'
import { expect, test } from 'vitest'
import { DAY_END_US, DAY_START_US, EVENT, HOUR_US, OPEN_US, weatherDay } from './weather-day.ts'

const TICK_US = 6 * HOUR_US
/** Half an hour behind each issue of a forecast, which is received twenty minutes later. */
const FIRST_TICK_US = DAY_START_US - 2.5 * HOUR_US

const STRIKES = [
  { strikeType: 'less', floorStrike: null, capStrike: 84 },
  { strikeType: 'between', floorStrike: 84, capStrike: 85 },
  { strikeType: 'between', floorStrike: 86, capStrike: 87 },
  { strikeType: 'greater', floorStrike: 87, capStrike: null },
]
const listings = STRIKES.map((strike, i) => {
  const words = [`less than 84`, 'between 84-85', 'between 86-87', 'greater than 87'][i]
  const data: DataOf<'md.market-listed.v1'> = {
    ...{ marketTicker: `${EVENT}-M${i}`, eventTicker: EVENT, seriesTicker: 'KXHIGHNY' },
    ...{ title: 'Highest temperature', ...strike, openTimeUs: OPEN_US, closeTimeUs: DAY_END_US },
    ...{ status: 'active', priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }] },
    ...{ exchangeIndex: 0, feeType: 'quadratic', feeMultiplierMilli: 1_000, isTradable: true },
    ...{ untradableReason: null, isSynthetic: false },
    rulesPrimary: `If the maximum temperature recorded at New York City (CLINYC) for Jul 4, 2026, is ${words}° fahrenheit according to The Weather Company, then the market resolves to Yes.`,
  }
  return inputOf('md.market-listed.v1', `listing-${i}`, OPEN_US, OPEN_US, data)
})

function inputOf(
  type: string,
  id: string,
  eventTimeUs: number,
  ingestTimeUs: number,
  data: object,
) {
  return { type, id, causationId: 'outside', eventTimeUs, ingestTimeUs, data } as WeatherInput
}

/** As it is on the tape: received when it was known. */
function weatherInput(fact: WeatherFact): WeatherInput[] {
  if (fact.type === 'wx.settlement.v1') return []
  const { valueKind: _kind, ...data } = { valueKind: '', ...fact.data }
  return [inputOf(fact.type, fact.id, fact.eventTimeUs, fact.knownTimeUs, data)]
}

/** The PMF of the day at every tick, from the machine that services host. */
function pmfs(facts: readonly WeatherFact[], untilUs: number) {
  const ticks: WeatherInput[] = []
  for (let at = FIRST_TICK_US; at <= Math.min(untilUs, DAY_END_US); at += TICK_US) {
    ticks.push(inputOf('ops.tick.v1', `tick-${at}`, at, at, { second: at / 1e6, source: 'wall' }))
  }
  const tape = [...listings, ...facts.flatMap(weatherInput), ...ticks].toSorted(
    (a, b) => a.ingestTimeUs - b.ingestTimeUs,
  )
  const state = weatherMachine.initial(defaultWeatherConfig)
  return tape.flatMap((input) =>
    weatherMachine.step(state, input).map(({ data }) => ({ at: input.eventTimeUs, data })),
  )
}

const trial = {
  facts: weatherDay(4),
  knownAt: (fact: WeatherFact): number => fact.knownTimeUs,
  corrupt: corruptWeather,
}

test('the weather machine has no leak', () => {
  const said = pmfs(trial.facts, Infinity)
  expect(said.filter(({ data }) => 'pmf' in data && data.pmf !== null).length).toBeGreaterThan(3)
  expect(findLeaks({ ...trial, run: pmfs })).toEqual([])
})

test('caught: a tape that puts a forecast where it was issued, not where it was received', () => {
  const early = (fact: WeatherFact): WeatherFact =>
    fact.type === 'wx.forecast.v1' ? { ...fact, knownTimeUs: fact.data.issueTimeUs } : fact
  const leaks = findLeaks({ ...trial, run: (facts, untilUs) => pmfs(facts.map(early), untilUs) })
  expect(leaks.map(({ how }) => how)).toContain('corrupted')
})
