import type { BookSide } from '@kwm/model-book'
import { Prng } from '@kwm/std'
import { US_PER_MINUTE } from '../venue/civil-time.ts'
import type { VenueEvent, VenueMarket } from '../venue/venue-event.ts'
import { randomUuid } from '../venue/uuid.ts'
import { EventQueue } from './event-queue.ts'
import type { MakerStyle } from './market-maker.ts'
import { MarketMaker } from './market-maker.ts'
import type { RestingOrder } from './sim-book.ts'
import { SimBook } from './sim-book.ts'
import type { TrueProbabilities } from './true-probabilities.ts'

export type MarketDayOptions = {
  readonly seed: string
  readonly markets: readonly VenueMarket[]
  readonly truth: TrueProbabilities
  /** Midnight of the climate day, and the minutes of it that are traded. */
  readonly midnightUs: number
  readonly fromMinute: number
  readonly toMinute: number
  /** By market: does the official high settle it YES? */
  readonly results: readonly ('yes' | 'no')[]
  readonly expirationValue: string
  readonly determinedAfterSeconds: number
  readonly settledAfterSeconds: number
}

type Action =
  | { readonly do: 'news'; readonly minute: number }
  | { readonly do: 'requote' | 'idle-requote'; readonly market: number; readonly maker: number }
  | { readonly do: 'informed-check'; readonly market: number }
  | { readonly do: 'noise-take' | 'noise-make' }
  | { readonly do: 'noise-cancel'; readonly market: number; readonly order: RestingOrder }
  | { readonly do: 'ticker'; readonly market: number }

const MAKERS: readonly MakerStyle[] = [
  { halfSpreadCents: 0.8, levelCount: 3, baseContracts: 60, noiseCents: 0.7, isFractional: false },
  { halfSpreadCents: 1.5, levelCount: 4, baseContracts: 160, noiseCents: 1.1, isFractional: true },
]

/** Seconds after the news, from and to, for the leading bracket and for the others. */
const INFORMED_DELAY = { leader: [0.2, 0.8], follower: [2, 5] } as const
const MAKER_DELAY = { leader: [0.8, 2.5], follower: [4, 11] } as const
/** News of a minute becomes known within this many seconds of its end. */
const NEWS_JITTER_SECONDS = 35
const IDLE_REQUOTE_SECONDS = 120
const NOISE_TAKE_SECONDS = 18
const NOISE_MAKE_SECONDS = 12
const NOISE_LIFE_SECONDS = 420
/** The ticker channel conflates: one message a market in this time. */
const TICKER_SECONDS = 3

const US = 1_000_000

/**
 * The agents of one synthetic day, driven by a queue of what each does next.
 *
 * Once a minute the truth moves. The informed trade on it first in the leading bracket (the most
 * probable one) and seconds later in the others; makers see it later still, and again first in the
 * leader. So followers lag the leader by a few seconds. The rest is Poisson noise.
 */
export class MarketDay {
  readonly #options: MarketDayOptions
  readonly #prng: Prng
  readonly #queue = new EventQueue<Action>()
  readonly #books: readonly SimBook[]
  readonly #makers: readonly (readonly MarketMaker[])[]
  readonly #tape: readonly Tape[]
  readonly #out: VenueEvent[] = []
  #row: Float64Array
  #nowUs: number

  constructor(options: MarketDayOptions) {
    this.#options = options
    this.#prng = new Prng(`${options.seed}/agents`)
    this.#nowUs = options.midnightUs + options.fromMinute * US_PER_MINUTE
    this.#row = options.truth.at(options.fromMinute - 1)
    this.#tape = options.markets.map(() => newTape())
    this.#books = options.markets.map((market, index) => this.#openBook(market.ticker, index))
    this.#makers = this.#books.map((book) =>
      MAKERS.map((style) => new MarketMaker(style, book, this.#prng)),
    )
  }

  /** The day's events in time order, made as they are asked for. Call once. */
  *events(): Generator<VenueEvent> {
    const { midnightUs, toMinute } = this.#options
    const closeUs = midnightUs + toMinute * US_PER_MINUTE
    this.#open()
    yield* this.#drain()
    for (let next = this.#queue.pop(); next && next.timeUs < closeUs; next = this.#queue.pop()) {
      this.#nowUs = next.timeUs
      this.#act(next.item)
      yield* this.#drain()
    }
    this.#close(closeUs)
    yield* this.#drain()
  }

  *#drain(): Generator<VenueEvent> {
    for (const event of this.#out) yield event
    this.#out.length = 0
  }

  #open(): void {
    const { markets, fromMinute } = this.#options
    for (const [k, makers] of this.#makers.entries()) {
      for (const maker of makers) maker.requote(this.#row[k]!)
    }
    // The opening ladders are the snapshot, not changes of it.
    this.#out.length = 0
    for (const [k, { ticker }] of markets.entries()) {
      const [yes, no] = [this.#books[k]!.levels('yes'), this.#books[k]!.levels('no')]
      this.#out.push({ type: 'book-replaced', ...this.#at(ticker), yes, no })
      this.#in(1, { do: 'ticker', market: k })
      for (let m = 0; m < MAKERS.length; m++) this.#planIdleRequote(k, m)
    }
    this.#planNews(fromMinute)
    this.#planNoise('noise-take', NOISE_TAKE_SECONDS)
    this.#planNoise('noise-make', NOISE_MAKE_SECONDS)
  }

  #act(action: Action): void {
    switch (action.do) {
      case 'news':
        return this.#hearNews(action.minute)
      case 'requote':
        return this.#requote(action.market, action.maker)
      case 'idle-requote':
        this.#planIdleRequote(action.market, action.maker)
        return this.#requote(action.market, action.maker)
      case 'informed-check':
        return this.#tradeInformed(action.market)
      case 'noise-take':
        return this.#takeNoise()
      case 'noise-make':
        return this.#makeNoise()
      case 'noise-cancel':
        return this.#books[action.market]!.cancel(action.order)
      case 'ticker':
        return this.#sendTicker(action.market)
      default:
        return action satisfies never
    }
  }

  #hearNews(minute: number): void {
    this.#row = this.#options.truth.at(minute)
    const leader = this.#row.indexOf(Math.max(...this.#row))
    for (let k = 0; k < this.#books.length; k++) {
      const role = k === leader ? 'leader' : 'follower'
      this.#in(this.#between(INFORMED_DELAY[role]), { do: 'informed-check', market: k })
      for (let m = 0; m < MAKERS.length; m++) {
        this.#in(this.#between(MAKER_DELAY[role]), { do: 'requote', market: k, maker: m })
      }
    }
    if (minute + 1 < this.#options.toMinute) this.#planNews(minute + 1)
  }

  #requote(market: number, maker: number): void {
    this.#makers[market]![maker]!.requote(this.#row[market]!)
  }

  /** Buys whichever side is cheap by more than the fee and a margin. */
  #tradeInformed(market: number): void {
    const p = this.#row[market]!
    const book = this.#books[market]!
    const margin = 0.7 + 7 * p * (1 - p)
    const contracts = 5 + this.#prng.nextExponential(1 / 45)
    for (const side of ['yes', 'no'] as const) {
      const fairCents = 100 * (side === 'yes' ? p : 1 - p)
      const limit = Math.floor(fairCents - margin)
      if (limit >= 1) book.take(side, limit, this.#size(contracts))
    }
  }

  #takeNoise(): void {
    this.#planNoise('noise-take', NOISE_TAKE_SECONDS)
    const market = this.#pickMarket()
    const side = this.#pickSide()
    const ask = this.#books[market]!.ask(side)
    const fairCents = 100 * (side === 'yes' ? this.#row[market]! : 1 - this.#row[market]!)
    if (ask > 99 || ask > fairCents + 5) return
    const contracts = this.#prng.nextExponential(1 / 14)
    this.#books[market]!.take(side, ask, this.#size(contracts))
  }

  #makeNoise(): void {
    this.#planNoise('noise-make', NOISE_MAKE_SECONDS)
    const market = this.#pickMarket()
    const side = this.#pickSide()
    const book = this.#books[market]!
    const best = book.best(side)
    const spread = book.ask(side) - best
    const isImproving = spread >= 3 && this.#prng.nextFloat() < 0.3
    const cents = isImproving ? best + 1 : best - this.#prng.nextInt(6)
    const size = this.#size(this.#prng.nextExponential(1 / 35))
    const order = book.place(side, cents, size)
    const lifeSeconds = this.#prng.nextExponential(1 / NOISE_LIFE_SECONDS)
    if (order) this.#in(lifeSeconds, { do: 'noise-cancel', market, order })
  }

  #sendTicker(market: number): void {
    const { ticker } = this.#options.markets[market]!
    const book = this.#books[market]!
    const tape = this.#tape[market]!
    tape.isTickerPlanned = false
    tape.tickerDueUs = this.#nowUs + TICKER_SECONDS * US
    const top = topOf(book, tape)
    if (top === tape.tickerTop) return
    tape.tickerTop = top
    this.#out.push({
      type: 'ticker-changed',
      ...this.#at(ticker),
      lastPriceBps: tape.lastCents * 100,
      yesBidBps: book.best('yes') * 100,
      yesAskBps: book.ask('yes') * 100,
      yesBidCenti: book.bestCountCenti('yes'),
      yesAskCenti: book.bestCountCenti('no'),
      lastTradeCenti: tape.lastTradeCenti,
      volumeCenti: tape.volumeCenti,
      openInterestCenti: tape.openInterestCenti,
    })
  }

  #close(closeUs: number): void {
    const { markets, results, expirationValue } = this.#options
    this.#nowUs = closeUs
    for (const { ticker } of markets) {
      this.#out.push({ type: 'market-closed', ...this.#at(ticker) })
    }
    this.#nowUs += this.#options.determinedAfterSeconds * US
    for (const [k, { ticker }] of markets.entries()) {
      this.#books[k]!.clear()
      const result = results[k]!
      this.#out.push({ type: 'market-determined', ...this.#at(ticker), result, expirationValue })
    }
    this.#nowUs += this.#options.settledAfterSeconds * US
    for (const { ticker } of markets) {
      this.#out.push({ type: 'market-settled', ...this.#at(ticker) })
    }
  }

  #openBook(ticker: string, market: number): SimBook {
    return new SimBook({
      level: (side, cents, countDeltaCenti) => {
        const priceBps = cents * 100
        const change = { side, priceBps, countDeltaCenti }
        this.#out.push({ type: 'level-changed', ...this.#at(ticker), ...change })
        this.#planTicker(market)
      },
      trade: (takerSide, yesCents, countCenti) => {
        this.#print(market, yesCents, countCenti)
        this.#out.push({
          type: 'trade-printed',
          ...this.#at(ticker),
          tradeId: randomUuid(this.#prng),
          yesPriceBps: yesCents * 100,
          countCenti,
          takerSide,
        })
      },
    })
  }

  #print(market: number, yesCents: number, countCenti: number): void {
    const tape = this.#tape[market]!
    tape.lastCents = yesCents
    tape.lastTradeCenti = countCenti
    tape.volumeCenti += countCenti
    // Two openers add to the open interest, an opener and a closer leave it, two closers reduce it.
    const draw = this.#prng.nextFloat()
    if (draw < 0.55) tape.openInterestCenti += countCenti
    else if (draw > 0.85) tape.openInterestCenti = Math.max(0, tape.openInterestCenti - countCenti)
  }

  #at(marketTicker: string): { timeUs: number; venueTimeUs: number; marketTicker: string } {
    return { timeUs: this.#nowUs, venueTimeUs: this.#nowUs, marketTicker }
  }

  #in(seconds: number, action: Action): void {
    this.#queue.push(this.#nowUs + Math.max(1, Math.round(seconds * US)), action)
  }

  #planNews(minute: number): void {
    const completeUs = this.#options.midnightUs + (minute + 1) * US_PER_MINUTE
    const jitterUs = Math.round(this.#prng.nextFloat() * NEWS_JITTER_SECONDS * US)
    this.#queue.push(completeUs + jitterUs, { do: 'news', minute })
  }

  #planNoise(what: 'noise-take' | 'noise-make', meanSeconds: number): void {
    const minute = (this.#nowUs - this.#options.midnightUs) / US_PER_MINUTE
    this.#in(this.#prng.nextExponential(activity(minute) / meanSeconds), { do: what })
  }

  #planIdleRequote(market: number, maker: number): void {
    const seconds = this.#prng.nextExponential(1 / IDLE_REQUOTE_SECONDS)
    this.#in(seconds, { do: 'idle-requote', market, maker })
  }

  #planTicker(market: number): void {
    const tape = this.#tape[market]!
    if (tape.isTickerPlanned) return
    tape.isTickerPlanned = true
    const dueUs = Math.max(this.#nowUs + 50_000, tape.tickerDueUs)
    this.#queue.push(dueUs, { do: 'ticker', market })
  }

  #between([from, to]: readonly [number, number]): number {
    return from + (to - from) * this.#prng.nextFloat()
  }

  #pickSide(): BookSide {
    return this.#prng.nextFloat() < 0.5 ? 'yes' : 'no'
  }

  /** Noise goes where the outcome is open. */
  #pickMarket(): number {
    const weights = Array.from(this.#row, (p) => 0.03 + 4 * p * (1 - p))
    let left = this.#prng.nextFloat() * weights.reduce((sum, weight) => sum + weight, 0)
    const index = weights.findIndex((weight) => (left -= weight) < 0)
    return index < 0 ? weights.length - 1 : index
  }

  /** Whole contracts mostly; one order in six has hundredths. */
  #size(contracts: number): number {
    const isFractional = this.#prng.nextFloat() < 1 / 6
    return isFractional ? Math.max(1, Math.round(contracts * 100)) : 100 * Math.ceil(contracts)
  }
}

type Tape = {
  lastCents: number
  lastTradeCenti: number
  volumeCenti: number
  openInterestCenti: number
  isTickerPlanned: boolean
  tickerDueUs: number
  tickerTop: string
}

const newTape = (): Tape => ({
  lastCents: 0,
  lastTradeCenti: 0,
  volumeCenti: 0,
  openInterestCenti: 0,
  isTickerPlanned: false,
  tickerDueUs: 0,
  tickerTop: '',
})

/** How busy the noise is: quiet at dawn and at night, busiest from late morning to late afternoon. */
export function activity(minute: number): number {
  const hours = minute / 60
  return 0.35 + 1.5 * Math.exp(-0.5 * ((hours - 13) / 2.6) ** 2)
}

const topOf = (book: SimBook, tape: Tape): string =>
  [book.best('yes'), book.best('no'), tape.lastCents, tape.volumeCenti].join()
