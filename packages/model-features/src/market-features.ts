import type { DataOf, LadderRow } from '@kwm/contracts'
import { bookFeatures, OrderBook, type OrderBookSnapshot } from '@kwm/model-book'
import { LocalQuadratic, type LocalQuadraticSnapshot } from '@kwm/quant'
import { OrderFlowImbalance, type OrderFlowImbalanceSnapshot } from './order-flow-imbalance.ts'
import { TradeFlow, type TradeFlowSnapshot } from './trade-flow.ts'

export type FeaturesConfig = {
  /** Half-life of the local quadratic on mids. */
  readonly kinematicsHalfLifeUs: number
  /** At most one frame of an event in this much event time; what changes meanwhile waits for the next. */
  readonly frameIntervalUs: number
  /** A frame on a tick this long after the last one, although no quote has changed. */
  readonly refreshUs: number
  /** A bracket is active when two-sided, no wider than this, */
  readonly activeSpreadMaxBps: number
  /** changed within this time, */
  readonly activeChangeUs: number
  /** and traded at least this much in ten minutes. */
  readonly activeVolumeMinCenti: number
}

export type MarketFeaturesSnapshot = {
  readonly book: OrderBookSnapshot
  readonly ofi: OrderFlowImbalanceSnapshot
  readonly flow: TradeFlowSnapshot
  readonly kinematics: LocalQuadraticSnapshot
  readonly changedUs: number
}

type Row = Omit<LadderRow, 'ras' | 'rasZ'>

const OFI_WINDOWS_US = [5_000_000, 60_000_000]
const FLOW_WINDOWS_US = [30_000_000, 600_000_000]
const CENTI = 100

/** Everything kept of one market: its book, flows and the kinematics of its mid. */
export class MarketFeatures {
  readonly marketTicker: string
  readonly #config: FeaturesConfig
  #book = new OrderBook()
  #ofi = new OrderFlowImbalance({ levels: 1, windowsUs: OFI_WINDOWS_US })
  #flow = new TradeFlow({ windowsUs: FLOW_WINDOWS_US })
  #kinematics: LocalQuadratic
  #changedUs = 0
  readonly #top = new Float64Array(4)
  readonly #newTop = new Float64Array(4)

  constructor(marketTicker: string, config: FeaturesConfig) {
    this.marketTicker = marketTicker
    this.#config = config
    this.#kinematics = new LocalQuadratic({ halfLifeUs: config.kinematicsHalfLifeUs })
  }

  static restore(
    ticker: string,
    config: FeaturesConfig,
    saved: MarketFeaturesSnapshot,
  ): MarketFeatures {
    const market = new MarketFeatures(ticker, config)
    market.#book = OrderBook.restore(saved.book)
    market.#ofi = OrderFlowImbalance.restore(saved.ofi)
    market.#flow = TradeFlow.restore(saved.flow)
    market.#kinematics = LocalQuadratic.restore(saved.kinematics)
    market.#changedUs = saved.changedUs
    market.#book.readQuotes(market.#top)
    return market
  }

  /** True when the best quotes are new. */
  onSnapshot(timeUs: number, { yes, no }: DataOf<'md.book-snapshot.v1'>): boolean {
    this.#book.applySnapshot(yes, no)
    this.#ofi.resync(timeUs, this.#book)
    this.#onTop(timeUs)
    return true
  }

  /** True when the best quotes changed. A delta the book refuses leaves it stale, never wrong. */
  onDelta(timeUs: number, delta: DataOf<'md.book-delta.v1'>): boolean {
    const result = this.#book.applyDelta(delta.side, delta.priceBps, delta.countDeltaCenti)
    if (result === 'stale') return false
    if (result === 'negative-level') return this.onStale(result)
    this.#ofi.update(timeUs, this.#book)
    return this.#onTop(timeUs)
  }

  /** True when the book was fresh before. */
  onStale(reason: string): boolean {
    const wasFresh = !this.#book.isStale
    this.#book.markStale(reason)
    this.#ofi.disconnect()
    return wasFresh
  }

  onTrade(timeUs: number, trade: DataOf<'md.trade.v1'>): void {
    const { takerSide, yesPriceBps, countCenti, isBlock } = trade
    this.#flow.push({ eventTimeUs: timeUs, takerSide, yesPriceBps, countCenti, isBlock })
  }

  /** Time has passed: windows move on, and a quote that still stands is one more point. */
  onTick(timeUs: number): void {
    this.#ofi.advance(timeUs)
    this.#flow.advance(timeUs)
    this.#addMid(timeUs)
  }

  row(timeUs: number): Row {
    this.#ofi.advance(timeUs)
    this.#flow.advance(timeUs)
    const book = bookFeatures(this.#book)
    const isFresh = !this.#book.isStale
    const isUsable = isFresh && book.quoteState !== 'crossed'
    const ofi = isUsable ? [this.#ofi.window(0), this.#ofi.window(1)] : []
    const recent = this.#flow.window(0)
    const long = this.#flow.window(1)
    const volumeCenti = long.buyCenti + long.sellCenti
    const motion = isUsable ? this.#kinematics.estimate() : null
    return {
      marketTicker: this.marketTicker,
      quoteState: isFresh ? QUOTE_STATES[book.quoteState] : 'stale',
      bidBps: book.bestYesBidBps,
      askBps: book.bestYesAskBps,
      bidCenti: book.bidCountCenti,
      askCenti: book.askCountCenti,
      mid: isUsable ? book.mid : null,
      fairMid: book.fairMid,
      fairVar: book.fairVar,
      microprice: isUsable ? book.microprice : null,
      queueImbalance: isUsable ? book.queueImbalance : null,
      depthImbalance: isUsable ? book.depthImbalance : null,
      ofi5s: ofi[0] ? ofi[0].ofiCenti / CENTI : null,
      ofi60s: ofi[1] ? ofi[1].ofiCenti / CENTI : null,
      signedFlow30s: recent.signedCenti / CENTI,
      volume10min: volumeCenti / CENTI,
      velocity: motion?.velocity ?? null,
      velocitySe: motion?.seVelocity ?? null,
      acceleration: motion?.acceleration ?? null,
      accelerationSe: motion?.seAcceleration ?? null,
      isActive:
        isFresh &&
        book.quoteState === 'two' &&
        book.spreadBps <= this.#config.activeSpreadMaxBps &&
        timeUs - this.#changedUs <= this.#config.activeChangeUs &&
        volumeCenti >= this.#config.activeVolumeMinCenti,
    }
  }

  snapshot(): MarketFeaturesSnapshot {
    return {
      book: this.#book.snapshot(),
      ofi: this.#ofi.snapshot(),
      flow: this.#flow.snapshot(),
      kinematics: this.#kinematics.snapshot(),
      changedUs: this.#changedUs,
    }
  }

  #onTop(timeUs: number): boolean {
    const before = this.#top
    const after = this.#newTop
    this.#book.readQuotes(after)
    const isPriceNew = after[0] !== before[0] || after[2] !== before[2]
    const isNew = isPriceNew || after[1] !== before[1] || after[3] !== before[3]
    this.#changedUs = Math.max(this.#changedUs, timeUs)
    if (!isNew) return false
    before.set(after)
    if (isPriceNew) this.#addMid(timeUs)
    return true
  }

  #addMid(timeUs: number): void {
    if (this.#book.isStale || this.#book.quoteState !== 'two') return
    this.#kinematics.add(timeUs, (this.#book.bestYesBidBps + this.#book.bestYesAskBps) / 20_000)
  }
}

const QUOTE_STATES = {
  two: 'two',
  bidOnly: 'bid-only',
  askOnly: 'ask-only',
  empty: 'empty',
  crossed: 'crossed',
} as const
