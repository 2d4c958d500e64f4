import { climateDayQuery, type StationClock } from '@kwm/model-weather'
import fc from 'fast-check'
import type { WeatherQuery } from '@kwm/contracts'
import type { DownloadedFact } from '../src/index.ts'

export const HOUR_US = 3_600_000_000
export const DATES = ['2026-07-03', '2026-07-04', '2026-07-05']
/** Midnight of the middle day in the standard time of New York. */
export const MIDNIGHT_US = Date.parse('2026-07-04T05:00:00Z') * 1_000
/** Of the facts: from a day before the middle day to three days behind it. */
const SPAN_HOURS = 96
const STEP_US = HOUR_US / 2

type BodyOf<F> = F extends DownloadedFact ? Pick<F, 'type' | 'data'> : never
type Body = BodyOf<DownloadedFact>

// Few values of everything, so that facts revise, repeat and tie each other often.
const temperature = fc.integer({ min: 80, max: 84 })
const instant = fc
  .integer({ min: -48, max: 2 * SPAN_HOURS })
  .map((step) => MIDNIGHT_US + step * STEP_US)
const validTimes = fc
  .tuple(instant, fc.integer({ min: 1, max: 4 }))
  .map(([fromUs, count]) => Array.from({ length: count }, (_, k) => fromUs + k * 12 * HOUR_US))
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { nil: null, freq: 4 })

const bodyOf = (stationId: string): fc.Arbitrary<Body> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('wx.observation.v1' as const),
        data: fc.record({
          stationId: fc.constant(stationId),
          source: fc.constantFrom('metar', 'Metar', 'vc'),
          kind: fc.constantFrom('whole-c' as const, 'max-6h' as const),
          tempF: maybe(temperature),
          dewPointF: maybe(fc.constant(60.125)),
          humidityPct: fc.constant(null),
          windMph: fc.constant(null),
          windowStartUs: maybe(fc.constant(MIDNIGHT_US)),
          stationIds: fc.constantFrom<string[]>([stationId], ['a "b" \\c, {d}', '']),
          revision: fc.constantFrom(0, 0, 1),
        }),
      }),
    },
    fc.tuple(validTimes, fc.array(temperature, { minLength: 4, maxLength: 4 })).chain((both) =>
      fc.record({
        type: fc.constant('wx.forecast.v1' as const),
        data: fc.record({
          stationId: fc.constant(stationId),
          source: fc.constantFrom('vc', 'nws'),
          issueTimeUs: instant.map((timeUs) => timeUs - 24 * HOUR_US),
          basisDate: maybe(fc.constantFrom(...DATES)),
          validTimesUs: fc.constant(both[0]),
          tempsF: fc.constant(both[1].slice(0, both[0].length)),
          valueKind: fc.constantFrom('hourly' as const, 'daily-high' as const),
        }),
      }),
    ),
    validTimes.chain((validTimesUs) =>
      fc.record({
        type: fc.constant('wx.ensemble.v1' as const),
        data: fc.record({
          stationId: fc.constant(stationId),
          source: fc.constantFrom('gefs', 'ecmwf'),
          issueTimeUs: instant.map((timeUs) => timeUs - 24 * HOUR_US),
          validTimesUs: fc.constant(validTimesUs),
          membersF: temperature.map((tempF) => [validTimesUs.map(() => tempF), []]),
        }),
      }),
    ),
    fc.record({
      type: fc.constant('wx.climate-report.v1' as const),
      data: fc.record({
        stationId: fc.constant(stationId),
        product: fc.constantFrom('CLI' as const, 'CF6' as const),
        climateDate: fc.constantFrom(...DATES),
        status: fc.constantFrom('intermediate' as const, 'final' as const),
        maxTempF: maybe(temperature),
        minTempF: fc.constant(null),
        textHash: fc.constantFrom('h1', 'h2'),
      }),
    }),
    fc.record({
      type: fc.constant('wx.settlement.v1' as const),
      data: fc.record({
        eventTicker: fc.constantFrom('KXHIGHNY-26JUL04', 'KXHIGHNY-26JUL05'),
        stationId: fc.constant(stationId),
        climateDate: fc.constantFrom(...DATES),
        source: fc.constantFrom('kalshi' as const, 'cli-final' as const),
        maxTempF: maybe(temperature),
      }),
    }),
  )

/** Each is received at a microsecond of its own, some of them long after they were known. */
export const randomFacts = (stationId: string): fc.Arbitrary<DownloadedFact[]> =>
  fc
    .array(
      fc.tuple(bodyOf(stationId), instant, fc.nat({ max: 12 }), fc.constantFrom(0, 0, 5, 200)),
      { minLength: 1, maxLength: 60, size: 'max' },
    )
    .map((all) =>
      all.map(([body, eventTimeUs, delaySteps, lateHours], i) => {
        const knownTimeUs = eventTimeUs + delaySteps * STEP_US
        const receivedTimeUs = knownTimeUs + lateHours * HOUR_US + i
        return { ...body, eventTimeUs, knownTimeUs, receivedTimeUs }
      }),
    )

export const randomKnownAt: fc.Arbitrary<number> = fc
  .integer({ min: -60, max: 2 * SPAN_HOURS + 60 })
  .map((step) => MIDNIGHT_US + step * STEP_US)

export const dayQuery = (station: StationClock, knownAtUs: number): WeatherQuery =>
  climateDayQuery(station, DATES[1]!, knownAtUs)
