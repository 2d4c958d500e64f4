import { Prng, assert, daysFromCivil, parseIsoDate } from '@kwm/std'
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../venue/civil-time.ts'
import type { FeedFrame } from '../venue/venue-feed.ts'
import { feedFrames } from '../venue/venue-feed.ts'
import type { VenueEvent, VenueMarket, VenueSource } from '../venue/venue-event.ts'
import type { JsonObject } from '../venue/venue-rest.ts'
import { eventJson, marketJson, seriesJson } from '../venue/venue-rest.ts'
import { VenueState } from '../venue/venue-state.ts'
import type { TemperaturePath } from '../weather/temperature-path.ts'
import { SyntheticStation } from '../weather/synthetic-station.ts'
import { drawDayWeather, temperaturePath } from '../weather/temperature-path.ts'
import { MarketDay } from './market-day.ts'
import {
  SYNTHETIC_SERIES,
  bracketLadder,
  syntheticEventInfo,
  syntheticMarkets,
} from './synthetic-markets.ts'
import type { TrueProbabilities } from './true-probabilities.ts'
import { trueProbabilities } from './true-probabilities.ts'

export type SyntheticDayOptions = {
  readonly seed: number | string
  /** The climate day, `2026-11-20` when not given. */
  readonly climateDate?: string
  /** Local standard time against UTC: -5 for the East. */
  readonly utcOffsetHours?: number
  /** Trading, in local standard hours of the climate day. */
  readonly fromHour?: number
  readonly toHour?: number
  /** After the close. A real day takes seven hours; the default is short so that a play ends. */
  readonly determinedAfterSeconds?: number
  readonly settledAfterSeconds?: number
}

/** Why the day went as it did: for tests and for judging a model, never for a model's eyes. */
export type SyntheticTruth = {
  readonly path: TemperaturePath
  readonly edgesF: readonly number[]
  readonly probabilities: TrueProbabilities
  /** The rows of `probabilities` begin here. */
  readonly firstMinute: number
  readonly midnightUs: number
}

export type SyntheticDay = {
  /** The REST objects as discovery finds them at the open. */
  readonly series: JsonObject
  readonly event: JsonObject
  readonly markets: readonly JsonObject[]
  /** The text frames of one connection subscribed to everything. Each iteration plays it anew. */
  readonly frames: Iterable<FeedFrame>
  readonly result: {
    readonly officialHighF: number
    readonly winner: string
    readonly results: Readonly<Record<string, 'yes' | 'no'>>
  }
  /** What was forecast in public the evening before; the ladder is built around it. */
  readonly forecastHighF: number
  /** Station reports: five-minute means, each known when its five minutes are over. */
  readonly observations: readonly { readonly timeUs: number; readonly tempF: number }[]
  readonly station: SyntheticStation
  readonly source: VenueSource
  readonly truth: SyntheticTruth
}

/** The forecast of the high: what the curve and usual turbulence give, and an error. */
const FORECAST_TURBULENCE_F = 0.7
const FORECAST_ERROR_SD_F = 0.6

/** One seeded synthetic day of six temperature brackets. Equal options give equal frames. */
export function syntheticDay(options: SyntheticDayOptions): SyntheticDay {
  const seed = String(options.seed)
  const date = parseIsoDate(options.climateDate ?? '2026-11-20')
  assert(date !== undefined, `climate date ${options.climateDate}`)
  const { fromHour = 6, toHour = 24, utcOffsetHours = -5 } = options
  assert(fromHour > 0 && fromHour < toHour && toHour <= 24, `hours ${fromHour} to ${toHour}`)
  const { determinedAfterSeconds = 60, settledAfterSeconds = 60 } = options
  const midnightUs = daysFromCivil(date) * US_PER_DAY - utcOffsetHours * US_PER_HOUR
  const openTimeUs = midnightUs + fromHour * US_PER_HOUR
  const closeTimeUs = midnightUs + toHour * US_PER_HOUR
  const endTimeUs = closeTimeUs + (determinedAfterSeconds + settledAfterSeconds) * 1_000_000

  const weatherPrng = new Prng(`${seed}/weather`)
  const weather = drawDayWeather(weatherPrng)
  const forecastHighF =
    weather.highF + FORECAST_TURBULENCE_F + FORECAST_ERROR_SD_F * weatherPrng.nextNormal()
  const ladder = bracketLadder(forecastHighF, weatherPrng.nextFloat() < 0.5)
  const path = temperaturePath(weather, weatherPrng)
  const fromMinute = Math.round(fromHour * 60)
  const probabilities = trueProbabilities(path, ladder.edgesF, fromMinute - 1)

  const station = new SyntheticStation({ path, midnightUs }, forecastHighF, seed)
  const times = { openTimeUs, closeTimeUs, settleTimeUs: endTimeUs }
  const settlementTimerSeconds = settledAfterSeconds
  const markets = syntheticMarkets(ladder, date, { ...times, settlementTimerSeconds })
  const winner = winnerOf(path.officialHighF, ladder.edgesF)
  const results = markets.map((_, k) => (k === winner ? 'yes' : 'no'))
  const source: VenueSource = {
    name: `synthetic day, seed ${seed}`,
    isSynthetic: true,
    sizes: 'synthetic',
    seed,
    series: SYNTHETIC_SERIES,
    events: [syntheticEventInfo(date, closeTimeUs)],
    markets,
    startTimeUs: openTimeUs,
    endTimeUs,
    station,
    changes: () =>
      playDay({
        seed,
        markets,
        truth: probabilities,
        midnightUs,
        fromMinute,
        toMinute: Math.round(toHour * 60),
        results,
        expirationValue: `${path.officialHighF}.00`,
        determinedAfterSeconds,
        settledAfterSeconds,
      }),
    skipped: () => ({}),
  }
  const { edgesF } = ladder
  const truth = { path, edgesF, probabilities, firstMinute: fromMinute - 1, midnightUs }
  const result = { officialHighF: path.officialHighF, ...outcome(markets, results) }
  const observations = reports(truth)
  return { ...describe(source), result, forecastHighF, observations, station, source, truth }
}

const playDay = (options: ConstructorParameters<typeof MarketDay>[0]): Iterable<VenueEvent> =>
  new MarketDay(options).events()

/** The bracket of the official value: the number of edges below it. */
const winnerOf = (officialHighF: number, edgesF: readonly number[]): number =>
  edgesF.filter((edge) => officialHighF > edge).length

function outcome(
  markets: readonly VenueMarket[],
  results: readonly ('yes' | 'no')[],
): { winner: string; results: Record<string, 'yes' | 'no'> } {
  return {
    winner: markets[results.indexOf('yes')]!.ticker,
    results: Object.fromEntries(markets.map(({ ticker }, k) => [ticker, results[k]!])),
  }
}

function describe(
  source: VenueSource,
): Pick<SyntheticDay, 'series' | 'event' | 'markets' | 'frames'> {
  const state = new VenueState(source.markets, source.startTimeUs)
  return {
    series: seriesJson(source.series, true),
    event: eventJson(source.events[0]!, true),
    markets: [...state.markets].map(marketJson),
    frames: { [Symbol.iterator]: () => feedFrames(source) },
  }
}

const reports = ({ path, midnightUs }: SyntheticTruth): { timeUs: number; tempF: number }[] =>
  Array.from(path.observationsF, (tempF, k) => ({
    timeUs: midnightUs + (k + 1) * 5 * US_PER_MINUTE,
    tempF: Math.round(tempF * 100) / 100,
  }))
