import { HOST_CONNECTION_SUFFIX, createFeedMachine } from '../../src/market-feed/index.ts'
import type { FeedStep, FeedWire } from '../../src/market-feed/index.ts'
import type { HostRecord, RawFrame, RefusedFrame, VenueFrame } from '@kwm/contracts'

/** The machine knows no wire: here a frame is its decoded form as JSON, and garbage is garbage. */
export const fakeWire: FeedWire = {
  decode: (bytes) => parse(bytes) as VenueFrame,
  decodeHost: (bytes) => parse(bytes) as HostRecord | RefusedFrame,
  sequence: (sequence, seq) => {
    const { nextSeq } = sequence
    if (nextSeq !== null && seq < nextSeq) return 'duplicate'
    sequence.nextSeq = seq + 1
    if (nextSeq === null) return 'first'
    return seq === nextSeq ? 'next' : 'gap'
  },
}

export const refused = (change: Partial<RefusedFrame> = {}): RefusedFrame => ({
  kind: 'refused',
  reason: 'not-json',
  field: '',
  sid: null,
  seq: null,
  marketTicker: null,
  ...change,
})

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return refused()
  }
}

export const machine = createFeedMachine(fakeWire)
export const config = {
  feed: 'kalshi-ws',
  watch: { series: ['KXHIGHNY'], events: [], markets: [] },
}

export const MARKETS = ['A', 'B', 'C'].map((letter) => `KXHIGHNY-26NOV20-${letter}`)
const BOOK_SID = 1
const TRADE_SID = 2
const TICKER_SID = 3

export const listing = (marketTicker: string) => ({
  marketTicker,
  eventTicker: 'KXHIGHNY-26NOV20',
  seriesTicker: 'KXHIGHNY',
  title: 't',
  strikeType: 'between',
  floorStrike: 48,
  capStrike: 49,
  openTimeUs: 1_000_000,
  closeTimeUs: 9e15,
  status: 'active',
  priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
  exchangeIndex: 0,
  feeType: 'quadratic',
  feeMultiplierMilli: 1_000,
  rulesPrimary:
    'If the maximum temperature recorded at New York City (CLINYC) for Nov 20, 2026, is between 48-49° fahrenheit according to The Weather Company, then the market resolves to Yes.',
  isTradable: true,
  untradableReason: null,
  isSynthetic: false,
})

type Side = 'yes' | 'no'
/** Count by side and price. */
export type PlainBook = Map<string, number>

export type Taken = { readonly record: RawFrame; readonly step: FeedStep }

/**
 * A venue and a machine at the two ends of a bad line. The venue's own books are the truth; what
 * the line does to frames on the way is up to the caller.
 */
export class FakeVenue {
  readonly state = machine.initial(config)
  readonly taken: Taken[] = []
  readonly books = new Map<string, PlainBook>(MARKETS.map((market) => [market, new Map()]))
  /** Markets whose snapshot was asked for and not sent yet. */
  readonly pending: string[] = []
  #connectionNo = 0
  #frameNo = 0
  #hostNo = 0
  #nowUs = 1_795_000_000_000_000
  #seqs: Record<number, number> = {}
  #lastSent: VenueFrame | undefined

  /** The process started: markets are listed, then the line opens. */
  start(): void {
    this.host({ kind: 'start' })
    for (const market of MARKETS) {
      const eventTimeUs = this.#nowUs
      this.host({ kind: 'market-listed', eventTimeUs, data: listing(market) })
    }
    this.open()
  }

  open(): void {
    this.#connectionNo++
    this.#frameNo = 0
    this.#seqs = {}
    this.#take('open', 'address')
    const channels = ['orderbook_delta', 'trade', 'ticker']
    channels.forEach((channel, index) => {
      this.deliver({ kind: 'subscribed', commandId: index, channel, sid: index + 1, seq: null })
    })
    this.pending.splice(0, Infinity, ...MARKETS)
  }

  close(): void {
    this.#take('close', 'bye')
  }

  host(record: HostRecord): void {
    const connectionId = `main-0${HOST_CONNECTION_SUFFIX}`
    this.#record({
      kind: 'frame',
      connectionId,
      frameNo: this.#hostNo++,
      receivedTimeUs: this.#tick(),
      bytes: Buffer.from(JSON.stringify(record)),
    })
  }

  /** A change of the truth, as the frame that tells of it. */
  delta(market: string, side: Side, cents: number, countCenti: number): VenueFrame | undefined {
    const book = this.books.get(market)!
    const key = `${side}${cents * 100}`
    const countDeltaCenti = countCenti - (book.get(key) ?? 0)
    if (countDeltaCenti === 0) return undefined
    if (countCenti === 0) book.delete(key)
    else book.set(key, countCenti)
    return this.bogusDelta(market, side, cents * 100, countDeltaCenti)
  }

  /** A delta that says nothing of the truth, but takes a seq. */
  bogusDelta(market: string, side: Side, priceBps: number, countDeltaCenti: number): VenueFrame {
    return {
      kind: 'book-delta',
      sid: BOOK_SID,
      seq: this.#next(BOOK_SID),
      marketTicker: market,
      venueTimeUs: this.#nowUs,
      side,
      priceBps,
      countDeltaCenti,
    }
  }

  snapshot(market: string): VenueFrame {
    const levels = (side: Side): [number, number][] =>
      [...this.books.get(market)!]
        .filter(([key]) => key.startsWith(side))
        .map(([key, countCenti]) => [Number(key.slice(side.length)), countCenti])
    return {
      kind: 'book-snapshot',
      sid: BOOK_SID,
      seq: this.#next(BOOK_SID),
      marketTicker: market,
      venueTimeUs: null,
      yes: levels('yes'),
      no: levels('no'),
    }
  }

  trade(market: string, cents: number): VenueFrame {
    return {
      kind: 'trade',
      sid: TRADE_SID,
      seq: this.#next(TRADE_SID),
      marketTicker: market,
      venueTimeUs: this.#nowUs,
      tradeId: `t${this.#nowUs}`,
      yesPriceBps: cents * 100,
      countCenti: 100,
      takerSide: 'yes',
      isBlock: false,
    }
  }

  ticker(market: string): VenueFrame {
    return {
      kind: 'ticker',
      sid: TICKER_SID,
      seq: null,
      marketTicker: market,
      venueTimeUs: this.#nowUs,
      lastPriceBps: null,
      yesBidBps: 0,
      yesAskBps: 10_000,
      yesBidCenti: null,
      yesAskCenti: null,
      volumeCenti: 0,
      openInterestCenti: 0,
    }
  }

  deliver(frame: VenueFrame): FeedStep {
    this.#lastSent = frame
    return this.#take('frame', JSON.stringify(frame))
  }

  deliverAgain(): void {
    if (this.#lastSent) this.#take('frame', JSON.stringify(this.#lastSent))
  }

  deliverText(text: string): FeedStep {
    return this.#take('frame', text)
  }

  #take(kind: RawFrame['kind'], text: string): FeedStep {
    return this.#record({
      kind,
      connectionId: `main-0-${this.#connectionNo}`,
      frameNo: this.#frameNo++,
      receivedTimeUs: this.#tick(),
      bytes: Buffer.from(text),
    })
  }

  #record(record: RawFrame): FeedStep {
    const step = machine.step(this.state, record)
    this.taken.push({ record, step })
    for (const effect of step.effects) {
      if (effect.kind !== 'get-snapshot') continue
      for (const market of effect.marketTickers ?? MARKETS) {
        if (!this.pending.includes(market)) this.pending.push(market)
      }
    }
    return step
  }

  wait(seconds: number): void {
    this.#nowUs += seconds * 1_000_000
  }

  #tick(): number {
    return (this.#nowUs += 1_000)
  }

  #next(sid: number): number {
    return (this.#seqs[sid] = (this.#seqs[sid] ?? 0) + 1)
  }
}
