import type { BookSide, Level } from '@kwm/model-book'
import { taperedDeciCentGrid } from '@kwm/model-venue'
import { parseFixed } from '@kwm/std'
import { parseIso } from '../venue/civil-time.ts'
import { uuidFromName } from '../venue/uuid.ts'
import type { VenueMarket, VenueSeries, VenueSource } from '../venue/venue-event.ts'
import type { RecordedResult } from './recording.ts'
import { RecordedEvents, SkipCounts, csvRows, withLifecycle } from './recording.ts'

const SERIES: VenueSeries = {
  ticker: 'KXBTC15M',
  title: 'Bitcoin price up or down, 15 minutes',
  category: 'Crypto',
  frequency: 'fifteen_min',
  feeType: 'quadratic',
  feeMultiplier: 1,
  settlementSource: { name: 'CF Benchmarks', url: 'https://www.cfbenchmarks.com/' },
}

const RULES_PRIMARY =
  "If the simple average of the sixty seconds of CF Benchmarks' BRTI before the close is at least " +
  'the simple average of the sixty seconds before the open, then the market resolves to Yes.'
const RULES_SECONDARY =
  'Played by the venue simulator from a recording of public WebSocket frames; this text is a summary.'

type Message = { readonly [key: string]: unknown }
type Line = { readonly receivedUs: number; readonly conn: string; readonly frame: Message }

/**
 * Recorded WebSocket frames, one JSON line `{recv_us, conn, frame}` each, as a source to play:
 * snapshots, deltas and tickers. Push the lines in order, then take `source()`.
 *
 * The frames' sequence numbers belong to the recorder's connection. What is played is the content of
 * the book, so a client of the simulator has its own.
 */
export class BtcRecordingReader {
  readonly #events = new RecordedEvents()
  readonly #skipped = new SkipCounts()
  readonly #markets = new Map<string, { marketId: string; firstUs: number }>()
  readonly #books = new Map<string, Record<BookSide, Map<number, number>>>()
  readonly #lastSeq = new Map<string, number>()

  push(line: string): void {
    if (line === '') return
    const parsed = parseLine(line)
    const reason = typeof parsed === 'string' ? parsed : this.#take(parsed)
    if (reason !== undefined) this.#skipped.add(reason)
  }

  /** `marketsCsv` is the table of strikes, times and results that lies beside the recordings. */
  source(name: string, marketsCsv = ''): VenueSource {
    const rows = new Map(csvRows(marketsCsv).map((row) => [row['ticker'] ?? '', row]))
    const results = new Map<string, RecordedResult>()
    const markets = [...this.#markets].map(([ticker, { marketId, firstUs }]) => {
      const row = rows.get(ticker)
      const result = row?.['result']
      if (result === 'yes' || result === 'no') results.set(ticker, { result, expirationValue: '' })
      return marketOf(ticker, marketId, row, firstUs, this.#events.lastTimeUs.get(ticker) ?? 0)
    })
    const events = withLifecycle(this.#events, markets, results)
    const skipped = this.#skipped.toJSON()
    return {
      name,
      isSynthetic: false,
      sizes: 'recorded',
      seed: null,
      series: SERIES,
      events: markets.map((market) => ({
        eventTicker: market.eventTicker,
        seriesTicker: SERIES.ticker,
        title: market.title,
        subTitle: market.yesSubTitle,
        isMutuallyExclusive: false,
        strikeTimeUs: market.closeTimeUs,
      })),
      markets,
      startTimeUs: events[0]?.timeUs ?? 0,
      endTimeUs: events.at(-1)?.timeUs ?? 0,
      changes: () => events,
      skipped: () => skipped,
    }
  }

  /** The reason why the line was skipped, if it was. */
  #take({ receivedUs, conn, frame }: Line): string | undefined {
    const msg = frame['msg']
    if (!isObject(msg) || typeof msg['market_ticker'] !== 'string') return 'no market'
    const { type } = frame
    const seqReason = this.#checkSequence(`${conn} ${String(frame['sid'])}`, frame)
    if (seqReason !== undefined) return seqReason
    const timeUs = this.#events.playTimeUs(receivedUs)
    const at = { timeUs, venueTimeUs: venueTimeUs(msg) ?? receivedUs }
    if (type === 'orderbook_snapshot') return this.#takeSnapshot(msg, at)
    if (type === 'orderbook_delta') return this.#takeDelta(msg, at)
    if (type === 'ticker') return this.#takeTicker(msg, at)
    return `frame type ${String(type)}`
  }

  /** A repeated frame would be applied twice. A snapshot may start a new count. */
  #checkSequence(key: string, frame: Message): string | undefined {
    const seq = frame['seq']
    if (typeof seq !== 'number') return undefined
    const last = this.#lastSeq.get(key)
    const isRestart = frame['type'] === 'orderbook_snapshot' && seq === 1
    if (last !== undefined && seq <= last && !isRestart) return 'repeated sequence'
    this.#lastSeq.set(key, seq)
    return undefined
  }

  #takeSnapshot(msg: Message, at: At): string | undefined {
    const yes = parseLevels(msg['yes_dollars_fp'])
    const no = parseLevels(msg['no_dollars_fp'])
    if (!yes || !no) return 'snapshot with a bad level'
    const marketTicker = this.#know(msg, at.timeUs)
    this.#books.set(marketTicker, { yes: new Map(yes), no: new Map(no) })
    this.#events.add({ type: 'book-replaced', ...at, marketTicker, yes, no })
    return undefined
  }

  #takeDelta(msg: Message, at: At): string | undefined {
    const side = msg['side']
    const priceBps = fixed(msg['price_dollars'], 4)
    const countDeltaCenti = fixed(msg['delta_fp'], 2)
    if ((side !== 'yes' && side !== 'no') || !isPrice(priceBps)) return 'delta with a bad level'
    if (countDeltaCenti === undefined || countDeltaCenti === 0) return 'delta with a bad count'
    const marketTicker = String(msg['market_ticker'])
    const levels = this.#books.get(marketTicker)?.[side]
    if (!levels) return 'delta before a snapshot'
    const count = (levels.get(priceBps) ?? 0) + countDeltaCenti
    if (count < 0) return 'delta below zero'
    if (count === 0) levels.delete(priceBps)
    else levels.set(priceBps, count)
    const change = { side, priceBps, countDeltaCenti } as const
    this.#events.add({ type: 'level-changed', ...at, marketTicker, ...change })
    return undefined
  }

  #takeTicker(msg: Message, at: At): string | undefined {
    const lastPriceBps = fixed(msg['price_dollars'], 4)
    const yesBidBps = fixed(msg['yes_bid_dollars'], 4)
    const yesAskBps = fixed(msg['yes_ask_dollars'], 4)
    const isPriced = [lastPriceBps, yesBidBps, yesAskBps].every(
      (bps) => bps !== undefined && bps >= 0 && bps <= 10_000,
    )
    if (!isPriced) return 'ticker with a bad price'
    this.#events.add({
      type: 'ticker-changed',
      ...at,
      marketTicker: this.#know(msg, at.timeUs),
      lastPriceBps: lastPriceBps!,
      yesBidBps: yesBidBps!,
      yesAskBps: yesAskBps!,
      yesBidCenti: fixed(msg['yes_bid_size_fp'], 2) ?? 0,
      yesAskCenti: fixed(msg['yes_ask_size_fp'], 2) ?? 0,
      lastTradeCenti: fixed(msg['last_trade_size_fp'], 2) ?? 0,
      volumeCenti: fixed(msg['volume_fp'], 2) ?? 0,
      openInterestCenti: fixed(msg['open_interest_fp'], 2) ?? 0,
    })
    return undefined
  }

  #know(msg: Message, firstUs: number): string {
    const ticker = String(msg['market_ticker'])
    if (!this.#markets.has(ticker)) {
      const id = msg['market_id']
      const marketId = typeof id === 'string' ? id : uuidFromName(ticker)
      this.#markets.set(ticker, { marketId, firstUs })
    }
    return ticker
  }
}

type At = { readonly timeUs: number; readonly venueTimeUs: number }

function parseLine(line: string): Line | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'not JSON'
  }
  if (!isObject(value)) return 'not a frame'
  const { recv_us: receivedUs, conn, frame } = value
  if (!Number.isSafeInteger(receivedUs) || !isObject(frame)) return 'not a frame'
  return { receivedUs: Number(receivedUs), conn: String(conn), frame }
}

const isObject = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const fixed = (value: unknown, decimals: number): number | undefined =>
  typeof value === 'string' ? parseFixed(value, decimals) : undefined

const isPrice = (bps: number | undefined): bps is number =>
  bps !== undefined && bps > 0 && bps < 10_000

/** The venue's own time: microseconds as text, else its milliseconds. */
function venueTimeUs(msg: Message): number | undefined {
  const text = msg['ts'] ?? msg['time']
  const iso = typeof text === 'string' ? text : msg['time']
  const parsed = typeof iso === 'string' ? parseIso(iso) : undefined
  if (parsed !== undefined) return parsed
  const ms = msg['ts_ms']
  return typeof ms === 'number' && Number.isSafeInteger(ms) ? ms * 1_000 : undefined
}

/** An absent side is an empty one. */
function parseLevels(value: unknown): Level[] | undefined {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return undefined
  const levels = new Map<number, number>()
  for (const entry of value as unknown[]) {
    if (!Array.isArray(entry)) return undefined
    const priceBps = fixed(entry[0], 4)
    const countCenti = fixed(entry[1], 2)
    if (!isPrice(priceBps) || countCenti === undefined || countCenti < 0) return undefined
    if (levels.has(priceBps)) return undefined
    if (countCenti > 0) levels.set(priceBps, countCenti)
  }
  return [...levels]
}

function marketOf(
  ticker: string,
  marketId: string,
  row: Readonly<Record<string, string>> | undefined,
  firstUs: number,
  lastUs: number,
): VenueMarket {
  const strike = row?.['strike'] ? Number(row['strike']) : Number.NaN
  const floorStrike = Number.isFinite(strike) ? strike : null
  const closeTimeUs = parseIso(row?.['close_time'] ?? '') ?? lastUs
  return {
    ticker,
    marketId,
    eventTicker: ticker.slice(0, Math.max(0, ticker.lastIndexOf('-'))),
    seriesTicker: SERIES.ticker,
    title: 'BTC price up in next 15 mins?',
    yesSubTitle: `Target Price: ${floorStrike === null ? 'TBD' : withCommas(floorStrike)}`,
    noSubTitle: 'Target price: TBD',
    strikeType: 'greater_or_equal',
    floorStrike,
    capStrike: null,
    openTimeUs: parseIso(row?.['open_time'] ?? '') ?? firstUs,
    closeTimeUs,
    expectedExpirationTimeUs: closeTimeUs + 300_000_000,
    settlementTimerSeconds: 1,
    rulesPrimary: RULES_PRIMARY,
    rulesSecondary: RULES_SECONDARY,
    priceLevelStructure: 'tapered_deci_cent',
    priceRanges: taperedDeciCentGrid,
    exchangeIndex: 0,
    isSynthetic: false,
  }
}

const withCommas = (dollars: number): string =>
  `$${dollars.toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ',')}`
