import { feedType } from '../feed-fingerprint.ts'
import { defaultExcess } from '../excess-model.ts'
import { FILL_RUN_MIN, liveQuality, type LiveQuality } from '../feed-quality.ts'
import { GRID_ROWS, type ObservationGrid, type RowFlag } from '../observation-grid.ts'
import type { FeedDay } from '../running-high.ts'
import { MINUTE_US } from '../climate-day.ts'
import type { Feed, StationDay } from './station-day.ts'
import type { WeatherConfig } from './weather-config.ts'

/** A feed with what its day says of it. */
export type JudgedFeed = {
  readonly source: string
  /** How far its numbers may be believed: the weaker of what it says and what its grid shows. */
  readonly kind: Feed['kind']
  readonly feedDay: FeedDay
  readonly live: LiveQuality
}

/** Rows of an hour, for a source with one reading an hour. */
const HOURLY_ROWS = 12
/** Readings this close to the newest one say where the station is now. */
const RECENT_US = 15 * MINUTE_US
const RANK: Readonly<Record<Feed['kind'], number>> = {
  'tenth-f': 0,
  'whole-f': 0,
  'whole-c': 1,
  smooth: 2,
}

/** The feeds of a day, those to believe first in front. */
export function judgedFeeds(
  icao: string,
  day: StationDay,
  nowUs: number,
  config: WeatherConfig,
): JudgedFeed[] {
  return day.feeds
    .map((feed) => judged(icao, feed, nowUs, config))
    .toSorted(
      (a, b) => RANK[a.kind] - RANK[b.kind] || a.feedDay.rowsPerReading - b.feedDay.rowsPerReading,
    )
}

function judged(
  icao: string,
  { source, kind, grid }: Feed,
  nowUs: number,
  config: WeatherConfig,
): JudgedFeed {
  const rowsPerReading = config.fiveMinuteSources.includes(source) ? 1 : HOURLY_ROWS
  const fillsForward = config.fillingSources.includes(source)
  const flags = grid.flags(0, GRID_ROWS, fillsForward ? FILL_RUN_MIN : Infinity)
  const isGenuine = (row: number): boolean => flags[row] === 'ok'
  const believed = weaker(kind, grid, flags)
  const prior = defaultExcess(believed === 'smooth' ? 'whole-c' : believed, rowsPerReading)
  // What was learnt at five minutes is not true of hourly readings.
  const fitted = config.stationModels[icao]?.excess
  const isOfFeed = fitted?.kind === believed && fitted.rowsPerReading === rowsPerReading
  const excess = isOfFeed ? fitted.pmf : prior
  return {
    source,
    kind: believed,
    feedDay: { grid, kind: believed, rowsPerReading, isGenuine, excess },
    live: liveQuality(grid, nowUs, { rowsPerReading, fillsForward }),
  }
}

/** A feed that claims a finer grid than its numbers lie on is believed no more than they. */
function weaker(
  kind: Feed['kind'],
  grid: ObservationGrid,
  flags: readonly RowFlag[],
): Feed['kind'] {
  if (kind === 'smooth') return kind
  const tempsF = flags.flatMap((flag, row) => (flag === 'ok' ? [grid.tempF(row)] : []))
  const shown = feedType(tempsF)
  if (shown === 'smooth') return 'smooth'
  return shown === 'wholeC' ? 'whole-c' : kind
}

/** Genuine readings of the last 15 minutes before the feed's newest. */
export function recentReadings({ feedDay, live }: JudgedFeed): { timeUs: number; tempF: number }[] {
  const { grid, isGenuine } = feedDay
  const newestUs = live.newestGenuineUs
  if (newestUs === null) return []
  const readings: { timeUs: number; tempF: number }[] = []
  for (let row = Math.max(0, grid.rowAt(newestUs - RECENT_US)); row < GRID_ROWS; row++) {
    const reading = isGenuine(row) ? grid.reading(row) : null
    if (reading && reading.timeUs > newestUs - RECENT_US) {
      readings.push({ timeUs: reading.timeUs, tempF: grid.tempF(row) })
    }
  }
  return readings
}

/** The live feed with the newest reading; of equals the one to believe first. */
export function newestLive(feeds: readonly JudgedFeed[]): JudgedFeed | undefined {
  let newest: JudgedFeed | undefined
  for (const feed of feeds) {
    if (feed.live.fault !== null) continue
    if (!newest || feed.live.newestGenuineUs! > newest.live.newestGenuineUs!) newest = feed
  }
  return newest
}
