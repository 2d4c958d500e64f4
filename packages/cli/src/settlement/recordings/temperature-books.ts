import { parseRules, settlementStation } from '@kwm/model-venue'
import type { SettledEvents, ValueFact } from '../settled-events.ts'
import { numberOf, resultOf, rowOf, rowsOf, textOf, type RecordedRow } from './recorded-row.ts'
import { readJsonLines } from './text-file.ts'

type Files = {
  /** Order books of open markets: the strikes. */
  readonly books: readonly string[]
  /** Rules and sources of each series: the station. */
  readonly metas: readonly string[]
  /** Settled events of each city with the official values of the day. */
  readonly actuals: readonly string[]
}

type Strikes = Pick<RecordedRow, string>

/** Captures of books and settlements; the settlements name no strikes, so they come from the books. */
export async function readTemperatureBooks(
  recording: string,
  files: Files,
  into: SettledEvents,
): Promise<void> {
  const bad = (what: string): void => into.skip(recording, what)
  const strikes = new Map<string, Strikes>()
  for (const file of files.books) {
    for (const row of await readJsonLines(file, bad)) strikes.set(textOf(row, 'ticker') ?? '', row)
  }
  const stations = new Map<string, string>()
  for (const file of files.metas) {
    for (const row of await readJsonLines(file, bad)) {
      const station = stationOf(row)
      if (station !== null) stations.set(textOf(row, 'series') ?? '', station)
    }
  }
  for (const file of files.actuals) {
    for (const city of await readJsonLines(file, bad)) {
      const settled = rowOf(city, 'settled_markets') ?? {}
      for (const event of rowsOf(settled, 'events')) {
        addEvent(recording, event, strikes, into)
        addValues(city, event, stations, into)
      }
    }
  }
}

/** `CLIMDW`, from the rules or from the address of the report. */
function stationOf(meta: RecordedRow): string | null {
  const parsed = parseRules(textOf(meta, 'rules_primary') ?? '')
  const urls = rowsOf(meta, 'settlement_sources').flatMap((source) => textOf(source, 'url') ?? [])
  return settlementStation(parsed.ok ? parsed.rules.station : null, urls)
}

function addEvent(
  recording: string,
  event: RecordedRow,
  strikes: ReadonlyMap<string, Strikes>,
  into: SettledEvents,
): void {
  const results = rowOf(event, 'results') ?? {}
  const tickers = Object.keys(results)
  const isWhole = tickers.length > 0 && tickers.length === numberOf(event, 'n_markets')
  for (const marketTicker of tickers) {
    const row = strikes.get(marketTicker) ?? {}
    into.addMarket(recording, isWhole ? 'whole' : 'part', {
      marketTicker,
      strikeType: textOf(row, 'strike_type'),
      floorStrike: numberOf(row, 'floor_strike'),
      capStrike: numberOf(row, 'cap_strike'),
      subtitle: textOf(row, 'yes_sub_title'),
      rulesText: null,
      result: resultOf(results[marketTicker]),
    })
  }
}

function addValues(
  city: RecordedRow,
  event: RecordedRow,
  stations: ReadonlyMap<string, string>,
  into: SettledEvents,
): void {
  const seriesTicker = textOf(event, 'series')
  const date = textOf(event, 'event_date')
  if (seriesTicker === null || date === null) return
  const at = { seriesTicker, date }
  const own = numberOf(event, 'expiration_value')
  if (own !== null) into.addValue('kalshi', at, { value: own })
  if (textOf(city, 'target_day') !== date) return // The official values are of another day.
  const extreme = seriesTicker.startsWith('KXLOW') ? 'low' : 'high'
  const official = rowOf(rowOf(city, 'actuals') ?? {}, extreme) ?? {}
  for (const source of ['cli', 'metar'] as const) {
    const value = numberOf(official, source)
    if (value === null) continue
    const icao = textOf(city, 'cli_station')
    into.addValue(source, at, measuredAt(icao, stations.get(seriesTicker) ?? null) ?? { value })
  }
}

/** `KMDW` measures what `CLIMDW` reports. */
function measuredAt(icao: string | null, settles: string | null): ValueFact | null {
  if (icao === null || settles === null || icao.slice(1) === settles.slice(3)) return null
  const reason = `measured at ${icao}, settled on ${settles}`
  return { cause: 'station-differs', reason }
}
