import { corruptWeather, findLeaks, Platform } from '@kwm/backtest'
import { eagerConfigs, randomMarket } from '@kwm/backtest/testing'
import type { AnyEvent, KnownWeather, ObservationFact, WeatherFact } from '@kwm/contracts'
import { climateDay } from '@kwm/model-weather'
import { expect, test } from 'vitest'
import { BAR_US, DayFeatures, highestOf, scoreOfLast, tempsOf, type Row } from './day-features.ts'
import { DAY_END_US, DAY_START_US, HOUR_US, STATION, weatherDay } from './weather-day.ts'

const trial = (seed: number) => ({
  facts: weatherDay(seed),
  knownAt: (fact: WeatherFact): number => fact.knownTimeUs,
  corrupt: corruptWeather,
  seed,
})

const leaksOf = (Features: typeof DayFeatures, seed = 1) =>
  findLeaks({ ...trial(seed), run: (seen, untilUs) => new Features(seen).rows(untilUs) })

test.each([1, 2, 3])('clean features and the clean query have no leak (day %i)', (seed) => {
  expect(leaksOf(DayFeatures, seed)).toEqual([])
})

test('every field of the clean features says something, and not the same all day', () => {
  const rows = new DayFeatures(weatherDay(1)).rows()
  const saying = (name: string) =>
    new Set(rows.map((row) => JSON.stringify(row[name as keyof Row])))
  for (const name of Object.keys(rows[0]!)) expect(saying(name).size, name).toBeGreaterThan(1)
})

/** The readings of the day as they are at the very end, whenever they came. */
const wholeDay = (facts: readonly WeatherFact[]): ObservationFact[] =>
  facts
    .filter((fact) => fact.type === 'wx.observation.v1')
    .filter(({ eventTimeUs }) => eventTimeUs >= DAY_START_US && eventTimeUs < DAY_END_US)
    .toSorted((a, b) => a.eventTimeUs - b.eventTimeUs)

const knownFrom = (fact: WeatherFact, knownTimeUs: number): WeatherFact => ({
  ...fact,
  knownTimeUs: Math.min(fact.knownTimeUs, knownTimeUs),
})

/** Read as if it had been known from then on: the mistakes of a query. */
const readEarly = (when: (fact: WeatherFact) => number | undefined): typeof DayFeatures =>
  class extends DayFeatures {
    override visible(facts: readonly WeatherFact[]): readonly WeatherFact[] {
      return facts.map((fact) => knownFrom(fact, when(fact) ?? Infinity))
    }
  }

/** Each is the clean code with one thing done as it is done by mistake, and the field it shows in. */
const PLANTED: readonly (readonly [string, keyof Row, typeof DayFeatures])[] = [
  [
    'a forecast used from its issue, before it was received',
    'restHighF',
    readEarly((fact) =>
      fact.type === 'wx.forecast.v1' && fact.data.basisDate === null
        ? fact.data.issueTimeUs
        : undefined,
    ),
  ],
  [
    'a forecast of basis date D used at the opening, on D itself',
    'restHighF',
    readEarly(({ data }) =>
      'basisDate' in data && data.basisDate !== null
        ? climateDay(data.basisDate, STATION.stdOffsetMinutes).startUs
        : undefined,
    ),
  ],
  [
    'an ensemble used from its run time',
    'ensembleHighF',
    readEarly((fact) => (fact.type === 'wx.ensemble.v1' ? fact.data.issueTimeUs : undefined)),
  ],
  [
    'the final climate report at the end of the day it is about',
    'officialF',
    readEarly((fact) => (fact.type === 'wx.climate-report.v1' ? fact.eventTimeUs : undefined)),
  ],
  [
    'the label of the settlement at the close of the market',
    'settledF',
    readEarly((fact) => (fact.type === 'wx.settlement.v1' ? fact.eventTimeUs : undefined)),
  ],
  [
    'a reading used from when it was taken, though it came late',
    'standardScore',
    readEarly((fact) => (fact.type === 'wx.observation.v1' ? fact.eventTimeUs : undefined)),
  ],
  [
    'a revised reading in place of the first one from the beginning',
    'standardScore',
    readEarly((fact) =>
      fact.type === 'wx.observation.v1' && fact.data.revision > 0
        ? fact.knownTimeUs - 3 * HOUR_US
        : undefined,
    ),
  ],
  [
    'a bar named by its start, with the readings inside it',
    'barHighF',
    class extends DayFeatures {
      override barHigh(_: KnownWeather, atUs: number): number | null {
        const inBar = wholeDay(this.facts).filter(
          ({ eventTimeUs }) => eventTimeUs >= atUs && eventTimeUs < atUs + BAR_US,
        )
        return highestOf(inBar)
      }
    },
  ],
  [
    'a running high that has seen the rest of the day',
    'runningHighF',
    class extends DayFeatures {
      override runningHigh({ observations }: KnownWeather): number | null {
        return observations.length === 0 ? null : highestOf(wholeDay(this.facts))
      }
    },
  ],
  [
    'the day cut at civil midnight, an hour before its last reading',
    'dayHighF',
    class extends DayFeatures {
      override dayHigh(_: KnownWeather, atUs: number): number | null {
        return atUs < DAY_END_US - HOUR_US ? null : highestOf(wholeDay(this.facts))
      }
    },
  ],
  [
    'a standard score by the mean and spread of the whole day',
    'standardScore',
    class extends DayFeatures {
      override standardScore({ observations }: KnownWeather): number | null {
        return scoreOfLast(tempsOf(observations), tempsOf(wholeDay(this.facts)))
      }
    },
  ],
  [
    'a gap filled from the reading behind it',
    'latestF',
    class extends DayFeatures {
      override latest(_: KnownWeather, atUs: number): number | null {
        return tempsOf(wholeDay(this.facts).filter((fact) => fact.eventTimeUs >= atUs))[0] ?? null
      }
    },
  ],
  [
    'the latest by place in the list, which grows at its end',
    'latestF',
    class extends DayFeatures {
      override latest(): number | null {
        return (
          tempsOf(this.facts.filter((fact) => fact.type === 'wx.observation.v1')).at(-1) ?? null
        )
      }
    },
  ],
]

test.each(PLANTED)('caught: %s', (_, field, Features) => {
  const leaks = leaksOf(Features)
  expect(leaks.filter(({ how }) => how === 'corrupted')).not.toEqual([])
  // Said where it is: the moment is not after the cut, and the field is the one that was spoilt.
  for (const { cut, at, fields } of leaks) {
    expect(at).toBeLessThanOrEqual(cut)
    expect(fields).toContain(field)
  }
})

// The kit on whole machines: a day's events from outside and all that the composed platform says. On a
// tape the moment is the place.
test('the platform on a tape has no leak', () => {
  const facts = [...randomMarket(5, 120)].map((event, place) => ({ event, place }))
  const leaks = findLeaks({
    facts,
    knownAt: ({ place }) => place,
    corrupt: (fact, prng) =>
      fact.event.type === 'md.trade.v1'
        ? { ...fact, event: withSize(fact.event, 100 + prng.nextInt(1_000)) }
        : fact,
    run: (seen) => {
      const platform = new Platform('leaks', eagerConfigs)
      return seen.flatMap(({ event, place }) =>
        platform.push(event).map(({ id, body }) => ({ at: place, id, body })),
      )
    },
    cuts: [20, 40, 60, 80, 100],
  })
  expect(leaks).toEqual([])
})

const withSize = (event: AnyEvent, countCenti: number): AnyEvent =>
  ({ ...event, data: { ...event.data, countCenti } }) as AnyEvent

test('a trial that could not fail is refused', () => {
  const refused = (run: () => { at: number }[]) => () => findLeaks({ ...trial(1), run })
  expect(refused(() => [{ at: DAY_START_US }])).toThrow(/make no difference/)
  expect(refused(() => [])).toThrow(/nothing is said/)
})
