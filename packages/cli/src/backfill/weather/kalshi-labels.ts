import { toTimeUs, type TimeRange, type VenueMarket } from '@kwm/adapter-kalshi'
import type { DownloadedFact } from '@kwm/adapter-pg'
import { standardMidnightUs, stationOfSeries, type Station } from '@kwm/model-weather'
import { parseFixed } from '@kwm/std'
import { byEvent, findMarkets, type Venue } from '../work.ts'
import type { WeatherItem } from './items.ts'
import { WeatherAnswerError } from './provider-source.ts'

const DAY_US = 86_400_000_000
/** The venue decides within a week whatever happens; where it does not say when, it was no later. */
const BACKSTOP_US = 7 * DAY_US
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')

/** What the venue settled the events of a series on: an item a series, never final. */
export const labelItems = (
  venue: Venue,
  series: readonly string[],
  range: TimeRange,
): WeatherItem[] =>
  series.map((seriesTicker) => ({
    key: `settlements/kalshi/${seriesTicker}`,
    isFinal: false,
    fetch: async (signal) => {
      const station = stationOfSeries(seriesTicker)
      if (!station) throw new WeatherAnswerError(`${seriesTicker}: no station is registered for it`)
      const cutoff = await venue.history.cutoff(signal)
      const markets = await findMarkets(venue, seriesTicker, range, cutoff, signal)
      return labelsOf(markets, station, venue.clock.nowUs())
    },
  }))

/** One label an event; an event whose markets do not agree, or that names another station, is a fault. */
export function labelsOf(
  markets: readonly VenueMarket[],
  station: Station,
  receivedTimeUs: number,
): { facts: DownloadedFact[]; faults: string[] } {
  const facts: DownloadedFact[] = []
  const faults: string[] = []
  for (const [eventTicker, brackets] of byEvent(markets)) {
    const label = labelOf(eventTicker, brackets, station, receivedTimeUs)
    if (typeof label === 'string') faults.push(`${eventTicker}: ${label}`)
    else if (label) facts.push(label)
  }
  return { facts, faults }
}

function labelOf(
  eventTicker: string,
  brackets: readonly VenueMarket[],
  station: Station,
  receivedTimeUs: number,
): DownloadedFact | string | undefined {
  const values = new Set(brackets.flatMap(({ expiration_value }) => expiration_value || []))
  if (values.size === 0) return undefined // Not settled yet, or settled without a value.
  if (values.size > 1) return `settled on several values: ${[...values].join(', ')}`
  const [text] = values
  const hundredths = parseFixed(text!, 2)
  if (hundredths === undefined) return `expiration_value ${JSON.stringify(text)} is no number`
  const other = brackets
    .map(({ rules_primary }) => /\((CLI[A-Z]{3})\)/.exec(rules_primary ?? '')?.[1])
    .find((report) => report !== undefined && report !== station.report)
  if (other !== undefined) return `the rules settle on ${other}, the series on ${station.report}`
  const climateDate = dateOfEvent(eventTicker)
  if (climateDate === undefined) return 'the ticker does not end in a date'
  const settledUs = knownUs(brackets)
  if (Number.isNaN(settledUs)) return 'settlement_ts is no time'
  const eventTimeUs = standardMidnightUs(climateDate, station.stdOffsetMinutes) + DAY_US
  return {
    type: 'wx.settlement.v1',
    ...{ eventTimeUs, receivedTimeUs },
    knownTimeUs: Math.min(receivedTimeUs, settledUs),
    data: {
      ...{ eventTicker, stationId: station.icao, climateDate, source: 'kalshi' },
      maxTempF: hundredths / 100,
    },
  }
}

/** When the last of its markets was settled. */
function knownUs(brackets: readonly VenueMarket[]): number {
  const settled = brackets.flatMap(({ settlement_ts }) => settlement_ts || [])
  if (settled.length > 0) return Math.max(...settled.map(toTimeUs))
  return Math.max(...brackets.map(({ close_time }) => toTimeUs(close_time))) + BACKSTOP_US
}

/** `KXHIGHNY-26OCT02` is 2026-10-02. */
function dateOfEvent(eventTicker: string): string | undefined {
  const match = /-(\d\d)([A-Z]{3})(\d\d)$/.exec(eventTicker)
  const month = match ? MONTHS.indexOf(match[2]!) + 1 : 0
  if (!match || month === 0) return undefined
  const date = `20${match[1]}-${String(month).padStart(2, '0')}-${match[3]}`
  return Number.isNaN(Date.parse(date)) ? undefined : date
}
