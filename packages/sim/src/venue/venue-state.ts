import type { BookSide, Level } from '@kwm/model-book'
import { OrderBook } from '@kwm/model-book'
import { RingBuffer, assert, unreachable } from '@kwm/std'
import { Candles } from './candles.ts'
import type {
  BookReplaced,
  LevelChanged,
  TickerChanged,
  TradePrinted,
  VenueEvent,
  VenueMarket,
} from './venue-event.ts'

/** `GET /markets/trades` answers from these. */
const TRADES_KEPT_MAX = 10_000

export type MarketStatus =
  | 'initialized'
  | 'inactive'
  | 'active'
  | 'closed'
  | 'determined'
  | 'finalized'

/** One market as the venue knows it now. */
export type MarketState = {
  readonly market: VenueMarket
  readonly book: OrderBook
  readonly candles: Candles
  /** The source has described its book. */
  isBookKnown: boolean
  /** Listed, but its strike is not announced yet. */
  isStrikeHidden: boolean
  status: MarketStatus
  lastPriceBps: number
  lastTradeCenti: number
  volumeCenti: number
  openInterestCenti: number
  result: '' | 'yes' | 'no'
  expirationValue: string
  settledTimeUs: number | null
  updatedTimeUs: number
}

/** The venue's books and market states: what the played changes have made of them so far. */
export class VenueState {
  readonly trades = new RingBuffer<TradePrinted>(TRADES_KEPT_MAX)
  readonly #markets = new Map<string, MarketState>()
  /** Soonest to open last. */
  readonly #unopened: MarketState[]
  #nowUs: number
  /** Recorded level changes that contradict the book. */
  inconsistentChanges = 0

  constructor(markets: readonly VenueMarket[], startTimeUs: number) {
    this.#nowUs = startTimeUs
    for (const market of markets) this.#markets.set(market.ticker, newState(market, startTimeUs))
    this.#unopened = [...this.#markets.values()]
      .filter(({ status }) => status === 'initialized')
      .sort((a, b) => b.market.openTimeUs - a.market.openTimeUs)
  }

  get nowUs(): number {
    return this.#nowUs
  }

  get markets(): IterableIterator<MarketState> {
    return this.#markets.values()
  }

  market(ticker: string): MarketState | undefined {
    return this.#markets.get(ticker)
  }

  /** Move the clock without an event: markets open on time. */
  advanceTo(timeUs: number): void {
    if (timeUs > this.#nowUs) this.#nowUs = timeUs
    let next = this.#unopened.at(-1)
    for (; next && next.market.openTimeUs <= this.#nowUs; next = this.#unopened.at(-1)) {
      if (next.status === 'initialized') next.status = 'active'
      this.#unopened.pop()
    }
  }

  /**
   * Apply one event and return what subscribers see of it: nothing, the event itself, or for a
   * replaced book the difference.
   */
  apply(event: VenueEvent): readonly VenueEvent[] {
    const state = this.#markets.get(event.marketTicker)
    assert(state !== undefined, `unknown market ${event.marketTicker}`)
    this.advanceTo(event.timeUs)
    state.updatedTimeUs = event.venueTimeUs
    if (state.status === 'initialized') state.status = 'active'
    switch (event.type) {
      case 'book-replaced':
        return this.#replaceBook(state, event)
      case 'level-changed':
        return this.#changeLevel(state, event) ? [event] : []
      case 'trade-printed':
        state.lastPriceBps = event.yesPriceBps
        state.lastTradeCenti = event.countCenti
        state.volumeCenti += event.countCenti
        this.trades.push(event)
        state.candles.onTrade(event.venueTimeUs, event.yesPriceBps, event.countCenti, state)
        return [event]
      case 'ticker-changed':
        state.lastPriceBps = event.lastPriceBps
        state.lastTradeCenti = event.lastTradeCenti
        state.volumeCenti = event.volumeCenti
        state.openInterestCenti = event.openInterestCenti
        return [event]
      case 'market-deactivated':
        state.status = 'inactive'
        return [event]
      case 'market-activated':
        state.status = 'active'
        return [event]
      case 'strike-announced':
        state.isStrikeHidden = false
        return [event]
      case 'market-closed':
        state.status = 'closed'
        return [event]
      case 'market-determined':
        state.status = 'determined'
        state.result = event.result
        state.expirationValue = event.expirationValue
        return [event]
      case 'market-settled':
        state.status = 'finalized'
        state.settledTimeUs = event.venueTimeUs
        return [event]
      default:
        return unreachable(event)
    }
  }

  #changeLevel(state: MarketState, event: LevelChanged): boolean {
    const { side, priceBps, countDeltaCenti } = event
    const result = state.book.applyDelta(side, priceBps, countDeltaCenti)
    if (result !== 'ok') this.inconsistentChanges++
    state.candles.onChange(event.venueTimeUs, state)
    return result === 'ok'
  }

  #replaceBook(state: MarketState, event: BookReplaced): readonly VenueEvent[] {
    // What goes comes before what is added, so that the book is not crossed on the way.
    const changes = [
      ...differences(state.book, 'yes', event.yes),
      ...differences(state.book, 'no', event.no),
    ].sort((a, b) => a.countDeltaCenti - b.countDeltaCenti)
    const isBook = state.book.applySnapshot(event.yes, event.no) === 'ok'
    assert(isBook, `${event.marketTicker}: a replaced book that is no book`)
    state.isBookKnown = true
    state.candles.onChange(event.venueTimeUs, state)
    const { timeUs, venueTimeUs, marketTicker } = event
    return changes.map((change) => ({
      type: 'level-changed',
      timeUs,
      venueTimeUs,
      marketTicker,
      ...change,
    }))
  }
}

/** The ticker as it stands: what `send_initial_snapshot` sends. */
export function tickerOf(state: MarketState, timeUs: number): TickerChanged {
  const { book } = state
  return {
    type: 'ticker-changed',
    timeUs,
    venueTimeUs: timeUs,
    marketTicker: state.market.ticker,
    lastPriceBps: state.lastPriceBps,
    yesBidBps: book.bestYesBidBps,
    yesAskBps: book.bestYesAskBps,
    yesBidCenti: book.bestYesBidCountCenti,
    yesAskCenti: book.bestYesAskCountCenti,
    lastTradeCenti: state.lastTradeCenti,
    volumeCenti: state.volumeCenti,
    openInterestCenti: state.openInterestCenti,
  }
}

function newState(market: VenueMarket, startTimeUs: number): MarketState {
  const book = new OrderBook()
  book.applySnapshot([], [])
  return {
    market,
    book,
    candles: new Candles(),
    isBookKnown: false,
    isStrikeHidden: false,
    status: market.openTimeUs <= startTimeUs ? 'active' : 'initialized',
    lastPriceBps: 0,
    lastTradeCenti: 0,
    volumeCenti: 0,
    openInterestCenti: 0,
    result: '',
    expirationValue: '',
    settledTimeUs: null,
    updatedTimeUs: startTimeUs,
  }
}

type Difference = Pick<LevelChanged, 'side' | 'priceBps' | 'countDeltaCenti'>

function differences(book: OrderBook, side: BookSide, wanted: readonly Level[]): Difference[] {
  const target = new Map(wanted)
  const changes: Difference[] = []
  for (const [priceBps, countCenti] of book.levels(side)) {
    const countDeltaCenti = (target.get(priceBps) ?? 0) - countCenti
    if (countDeltaCenti !== 0) changes.push({ side, priceBps, countDeltaCenti })
    target.delete(priceBps)
  }
  for (const [priceBps, countCenti] of target) {
    if (countCenti > 0) changes.push({ side, priceBps, countDeltaCenti: countCenti })
  }
  return changes
}
