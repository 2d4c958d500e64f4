import type { TimeRange } from '@kwm/adapter-kalshi'
import type { DownloadedFact } from '@kwm/adapter-pg'
import type { Ask, ProviderRequest, VisualCrossingProvider } from '@kwm/adapter-weather'
import type { Station } from '@kwm/model-weather'
import type { ProviderSource } from './provider-source.ts'
import { publishedFact } from './publication.ts'

const MINUTE_US = 60_000_000
const DAY_US = 86_400_000_000
/** Behind the end of a day or block nothing of it changes any more, but for rare corrections. */
const SETTLED_AFTER_US = 3 * DAY_US
/** Of texts, by station: short enough that a day of the month is one day of it. */
const TEXT_BLOCK_DAYS = 14
const TEXT_FEEDS = ['afos-cli', 'afos-dsm', 'afos-cf6']
/** A forecast tells of the day after its basis date and the one after that. */
const FORECAST_DAYS = 2

/** A piece of the past that is fetched, stored and marked done as a whole. */
export type WeatherItem = {
  readonly key: string
  readonly isFinal: boolean
  readonly fetch: (signal: AbortSignal) => Promise<WeatherItemFacts>
}

export type WeatherItemFacts = {
  readonly facts: readonly DownloadedFact[]
  readonly faults: readonly string[]
}

type Plan = {
  readonly stations: readonly Station[]
  readonly range: TimeRange
  readonly nowUs: number
}

/** METARs, all stations of a day in one request. */
export function metarItems(source: ProviderSource, plan: Plan): WeatherItem[] {
  const names = plan.stations.map(({ icao }) => icao).join('+')
  return daysOf(plan.range, 1).map((span) =>
    itemOf(source, `weather/metar/${dateOf(span.fromUs)}/${names}`, span, plan, (ask) =>
      source.provider.requests('metar', ask),
    ),
  )
}

/** Five-minute rows, a request a station and day; not of stations whose rows are filled forward. */
export function minuteItems(source: ProviderSource, plan: Plan): WeatherItem[] {
  return plan.stations
    .filter((station) => station.usesVisualCrossing)
    .flatMap((station) =>
      daysOf(plan.range, 1).map((span) =>
        itemOf(
          source,
          `weather/minutes/${station.icao}/${dateOf(span.fromUs)}`,
          span,
          { ...plan, stations: [station] },
          (ask) => source.provider.requests('minutes', ask),
        ),
      ),
    )
}

/** The official texts, two weeks of a kind and station in one request. */
export function reportItems(source: ProviderSource, plan: Plan): WeatherItem[] {
  return plan.stations.flatMap((station) =>
    TEXT_FEEDS.flatMap((feed) =>
      daysOf(plan.range, TEXT_BLOCK_DAYS).map((span) =>
        itemOf(
          source,
          `settlements/${feed}/${station.icao}/${dateOf(span.fromUs)}`,
          span,
          { ...plan, stations: [station] },
          (ask) => source.provider.requests(feed, ask),
        ),
      ),
    ),
  )
}

/** The forecast as it was on each day, for the two days after it. */
export function forecastItems(
  source: ProviderSource,
  provider: VisualCrossingProvider,
  plan: Plan,
): WeatherItem[] {
  return plan.stations.flatMap((station) => {
    const toLocalUs = -station.stdOffsetMinutes * MINUTE_US
    return daysOf(plan.range, 1).flatMap(({ fromUs, toUs }) => {
      const basisDate = dateOf(fromUs)
      const span = { fromUs: toUs + toLocalUs, toUs: fromUs + FORECAST_DAYS * DAY_US + toLocalUs }
      // While the basis date lasts its forecast may still be replaced.
      if (span.fromUs > plan.nowUs) return []
      const own = { ...plan, stations: [station] }
      const item = itemOf(source, `forecasts/${station.icao}/${basisDate}`, span, own, (ask) =>
        provider.basisRequests(basisDate, ask),
      )
      return [{ ...item, isFinal: true }]
    })
  })
}

function itemOf(
  source: ProviderSource,
  key: string,
  span: TimeRange,
  { stations, nowUs }: Plan,
  requests: (ask: Ask) => readonly ProviderRequest[],
): WeatherItem {
  const clockOf = new Map(stations.map((station) => [station.icao, station]))
  return {
    key,
    isFinal: span.toUs + SETTLED_AFTER_US < nowUs,
    fetch: async (signal) => {
      const asked = requests({ stations, ...span, nowUs })
      const middleUs = (span.fromUs + span.toUs) / 2
      const { facts, faults } = await source.read(key, asked, middleUs, signal)
      return {
        facts: facts.flatMap(({ fact, receivedTimeUs }) => {
          const station = clockOf.get(fact.data.stationId)
          return (station && publishedFact(fact, receivedTimeUs, station)) ?? []
        }),
        faults,
      }
    },
  }
}

/** Whole days in UTC, or blocks of them that begin at the same days whatever the range. */
function daysOf({ fromUs, toUs }: TimeRange, days: number): TimeRange[] {
  const spanUs = days * DAY_US
  const spans: TimeRange[] = []
  for (let at = Math.floor(fromUs / spanUs) * spanUs; at < toUs; at += spanUs) {
    spans.push({ fromUs: at, toUs: at + spanUs })
  }
  return spans
}

const dateOf = (timeUs: number): string => new Date(timeUs / 1_000).toISOString().slice(0, 10)
