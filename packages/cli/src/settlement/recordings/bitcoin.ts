import type { RecordedMarket } from '@kwm/model-venue'
import { parseFixed } from '@kwm/std'
import type { EventAt, SettledEvents } from '../settled-events.ts'
import { numberOf, RecordingError, resultOf, rowOf, rowsOf, textOf } from './recorded-row.ts'
import type { RecordedRow } from './recorded-row.ts'
import { readJsonLines, readText } from './text-file.ts'

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** `KXBTC-26JUL0302` (hour) and `KXBTC15M-26MAY110115` (hour and minute), Eastern time. */
function momentOf(eventTicker: string): EventAt | undefined {
  const match = /^(KXBTC[A-Z0-9]*)-(\d\d)([A-Z]{3})(\d\d)\d{2}(?:\d\d)?$/.exec(eventTicker)
  const month = MONTHS.indexOf(match?.[3] ?? '') + 1
  if (!match || month === 0) return undefined
  const date = `20${match[2]}-${String(month).padStart(2, '0')}-${match[4]}`
  return { seriesTicker: match[1]!, date, eventTicker }
}

/** Whole cents, so that `50799.99` and the `50800` above it are neighbours. */
function centsOf(value: unknown): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  return parseFixed(String(value), 2) ?? null
}

/**
 * Hourly ladders: each capture has the brackets of the running hour and what the last one paid. The
 * strikes of an event are in an earlier capture than its results.
 */
export async function readBitcoinHours(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  const rows = await readJsonLines(file, (what) => into.skip(recording, what))
  const strikes = new Map<string, RecordedRow>()
  for (const row of rows) {
    for (const outcome of rowsOf(rowOf(row, 'current') ?? {}, 'outcomes')) {
      strikes.set(textOf(outcome, 'ticker') ?? '', outcome)
    }
  }
  for (const row of rows) {
    const settled = rowOf(row, 'previous_settlement')
    const results = settled && rowOf(settled, 'results')
    if (!settled || !results) continue
    const at = momentOf(textOf(settled, 'event_ticker') ?? '')
    if (!at) {
      into.skip(recording, `${String(settled['event_ticker'])} names no hour`)
      continue
    }
    const tickers = Object.keys(results)
    const isWhole = tickers.length > 0 && tickers.length === numberOf(settled, 'n_markets')
    for (const ticker of tickers) {
      const market = marketOf(ticker, strikes.get(ticker) ?? {}, results[ticker])
      into.addMarket(recording, isWhole ? 'whole' : 'part', market, at)
    }
    const cents = centsOf(settled['expiration_value'])
    if (cents !== null) into.addValue('kalshi', at, { value: cents })
  }
}

function marketOf(marketTicker: string, strikes: RecordedRow, result: unknown): RecordedMarket {
  return {
    marketTicker,
    strikeType: textOf(strikes, 'strike_type'),
    floorStrike: centsOf(strikes['floor_strike']),
    capStrike: centsOf(strikes['cap_strike']),
    ...{ subtitle: null, rulesText: null, result: resultOf(result) },
  }
}

const QUARTER_COLUMNS = ['ticker', 'strike', 'result', 'coinbase_mean_last60'] as const

/** Quarters of an hour: at least the strike pays. With the mean of one exchange, not of the index. */
export async function readBitcoinQuarters(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  const [header = '', ...lines] = (await readText(file)).split('\n')
  const names = header.trim().split(',')
  const missing = QUARTER_COLUMNS.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new RecordingError(`${file}: no column ${missing.join(', ')}`)
  for (const line of lines) {
    if (line.trim() === '') continue
    const cells = line.trim().split(',')
    const [ticker, strike, result, mean] = QUARTER_COLUMNS.map((n) => cells[names.indexOf(n)] ?? '')
    const at = momentOf(ticker!.replace(/-\d\d$/, ''))
    if (!at) {
      into.skip(recording, `${file}: ${line}`)
      continue
    }
    const strikes = { strike_type: 'greater_or_equal', floor_strike: strike }
    into.addMarket(recording, 'alone', marketOf(ticker!, strikes, result), at)
    const cents = centsOf(mean)
    if (cents !== null) into.addValue('coinbase', at, { value: cents })
  }
}
