import type { DataOf } from '@kwm/contracts'
import { bookFeatures, FEATURE_LEVELS, OrderBook, type OrderBookSnapshot } from '@kwm/model-book'
import {
  SlidingRange,
  TrailingQuantile,
  type SlidingRangeSnapshot,
  type TrailingQuantileSnapshot,
} from '@kwm/quant'
import { BookChurn, type BookChurnSnapshot } from './book-churn.ts'
import { ChangeWatch, type ChangeWatchSnapshot } from './change-watch.ts'
import type { FeaturesConfig } from './features-config.ts'
import { blankRow, type LadderRowDraft } from './ladder-row.ts'
import { MidMotion, type MidMotionSnapshot } from './mid-motion.ts'
import {
  integratedOrderFlow,
  OrderFlowImbalance,
  type OrderFlowImbalanceSnapshot,
} from './order-flow-imbalance.ts'
import { closeLocation, TradeFlow, type TradeFlowSnapshot } from './trade-flow.ts'
import { TradeIntensity, type Intensity, type TradeIntensitySnapshot } from './trade-intensity.ts'

export type MarketFeaturesSnapshot = {
  readonly book: OrderBookSnapshot
  readonly ofi: OrderFlowImbalanceSnapshot
  readonly churn: BookChurnSnapshot
  readonly flow: TradeFlowSnapshot
  readonly range: SlidingRangeSnapshot
  readonly motion: MidMotionSnapshot
  readonly watch: ChangeWatchSnapshot
  readonly intensity: TradeIntensitySnapshot
  readonly bursts: TrailingQuantileSnapshot
  readonly changedUs: number
  readonly quotedUs: number
}

const OFI_WINDOWS_US = [5_000_000, 15_000_000, 60_000_000]
const FLOW_WINDOWS_US = [10_000_000, 30_000_000, 300_000_000, 600_000_000]
const [FLOW_10S, FLOW_30S, FLOW_300S, FLOW_10MIN] = [0, 1, 2, 3] as const
const RANGE_WINDOW_US = 300_000_000
/** ln(intensity / baseline), seconds of six hours by the quarter. */
const BURSTS = { low: -1, high: 7, bins: 64, sliceUs: 900_000_000, slices: 24 } as const
const SPIKE_QUANTILE = 0.95
const SPIKE_EVENTS_MIN = 4
const CENTI = 100
/** Half a cent at 50 cents, in log-odds. */
const LOG_ODDS_FLOOR = 0.02

/** Everything kept of one market: its book, flows, intensities and the kinematics of its mid. */
export class MarketFeatures {
  readonly marketTicker: string
  readonly #config: FeaturesConfig
  #book = new OrderBook()
  #ofi = new OrderFlowImbalance({ windowsUs: OFI_WINDOWS_US })
  #churn = new BookChurn()
  #flow = new TradeFlow({ windowsUs: FLOW_WINDOWS_US })
  #range = new SlidingRange(RANGE_WINDOW_US)
  #motion: MidMotion
  #watch = new ChangeWatch(LOG_ODDS_FLOOR)
  #bursts = new TrailingQuantile(BURSTS)
  #changedUs = 0
  #quotedUs = 0
  readonly #top = new Float64Array(4)
  readonly #newTop = new Float64Array(4)
  intensity: TradeIntensity

  constructor(marketTicker: string, config: FeaturesConfig) {
    this.marketTicker = marketTicker
    this.#config = config
    this.#motion = new MidMotion(config)
    this.intensity = new TradeIntensity(config.tradeIntensity)
  }

  static restore(
    ticker: string,
    config: FeaturesConfig,
    saved: MarketFeaturesSnapshot,
  ): MarketFeatures {
    const market = new MarketFeatures(ticker, config)
    market.#book = OrderBook.restore(saved.book)
    market.#ofi = OrderFlowImbalance.restore(saved.ofi)
    market.#churn = BookChurn.restore(saved.churn)
    market.#flow = TradeFlow.restore(saved.flow)
    market.#range = SlidingRange.restore(saved.range)
    market.#motion = MidMotion.restore(config, saved.motion)
    market.#watch = ChangeWatch.restore(LOG_ODDS_FLOOR, saved.watch)
    market.intensity = TradeIntensity.restore(config.tradeIntensity, saved.intensity)
    market.#bursts = TrailingQuantile.restore(saved.bursts)
    market.#changedUs = saved.changedUs
    market.#quotedUs = saved.quotedUs
    market.#book.readQuotes(market.#top)
    return market
  }

  /** True when the best quotes are new. */
  onSnapshot(timeUs: number, { yes, no }: DataOf<'md.book-snapshot.v1'>): boolean {
    this.#book.applySnapshot(yes, no)
    this.#ofi.resync(timeUs, this.#book)
    this.#churn.resync(timeUs, this.#book)
    this.#onTop(timeUs)
    return true
  }

  /** True when the best quotes changed. A delta the book refuses leaves it stale, never wrong. */
  onDelta(timeUs: number, delta: DataOf<'md.book-delta.v1'>): boolean {
    const { side, priceBps, countDeltaCenti } = delta
    const result = this.#book.applyDelta(side, priceBps, countDeltaCenti)
    if (result === 'stale') return false
    if (result === 'negative-level') return this.onStale(result)
    this.#ofi.update(timeUs, this.#book)
    this.#churn.onDelta(timeUs, this.#book, side, priceBps, countDeltaCenti)
    return this.#onTop(timeUs)
  }

  /** True when the book was fresh before. */
  onStale(reason: string): boolean {
    const wasFresh = !this.#book.isStale
    this.#book.markStale(reason)
    this.#ofi.disconnect()
    this.#churn.disconnect()
    return wasFresh
  }

  onTrade(timeUs: number, trade: DataOf<'md.trade.v1'>): void {
    const { takerSide, yesPriceBps, countCenti, isBlock } = trade
    const isNew = this.#flow.push({
      eventTimeUs: timeUs,
      ...{ takerSide, yesPriceBps, countCenti, isBlock },
    })
    if (isBlock) return
    this.#range.push(timeUs, yesPriceBps)
    this.#churn.onPrint(timeUs, takerSide, yesPriceBps, countCenti)
    if (isNew) this.intensity.onEvent(timeUs, takerSide)
  }

  /** Time has passed: windows move on, and a quote that still stands is one more point. */
  onTick(timeUs: number): void {
    this.#advance(timeUs)
    this.#motion.onTick(timeUs, this.#usableBook)
    this.#watch.onSecond(timeUs, Math.log(this.mid / (1 - this.mid)))
  }

  /** One intensity a second makes the trailing distribution that a spike is held against. */
  onIntensity(timeUs: number, intensity: Intensity): void {
    const burst = burstOf(intensity)
    if (burst !== null) this.#bursts.add(timeUs, burst)
  }

  /** Two-sided, fresh and not crossed: the mid as a probability, else NaN. */
  get mid(): number {
    const book = this.#usableBook
    return book?.quoteState === 'two' ? (book.bestYesBidBps + book.bestYesAskBps) / 20_000 : NaN
  }

  /** The middle of the fair interval, NaN where the book is stale or crossed. */
  get fairMid(): number {
    const book = this.#usableBook
    return book ? (book.bestYesBidBps + book.bestYesAskBps) / 20_000 : NaN
  }

  /** All that the market says of itself; what neighbours and the weather add is still null. */
  row(timeUs: number): LadderRowDraft {
    this.#advance(timeUs)
    const row = blankRow(this.marketTicker)
    this.#fillBook(row)
    this.#fillTrades(row)
    if (this.#usableBook) {
      this.#fillOrderFlow(row)
      this.#motion.fill(row)
    }
    row.cusum = this.#watch.cusum(timeUs)
    row.focus = this.#watch.focus(timeUs)
    row.focusStatistic = this.#watch.focusStatistic
    row.quoteAgeMs = this.#quotedUs === 0 ? null : (timeUs - this.#quotedUs) / 1_000
    row.isActive =
      row.quoteState === 'two' &&
      row.spreadBps! <= this.#config.activeSpreadMaxBps &&
      timeUs - this.#changedUs <= this.#config.activeChangeUs &&
      row.hasVolume === true
    return row
  }

  fillIntensity(row: LadderRowDraft, intensity: Intensity): void {
    const { buy, sell } = intensity
    row.hawkesBuy = buy
    row.hawkesSell = sell
    row.buyShare = buy + sell > 0 ? buy / (buy + sell) : null
    row.burst = burstOf(intensity)
    const usual = this.#bursts.quantile(SPIKE_QUANTILE)
    if (row.burst === null || usual === null) return
    row.isSpike = row.burst > usual && this.#flow.aggressiveEventCount(FLOW_30S) >= SPIKE_EVENTS_MIN
  }

  snapshot(): MarketFeaturesSnapshot {
    return {
      book: this.#book.snapshot(),
      ofi: this.#ofi.snapshot(),
      churn: this.#churn.snapshot(),
      flow: this.#flow.snapshot(),
      range: this.#range.snapshot(),
      motion: this.#motion.snapshot(),
      watch: this.#watch.snapshot(),
      intensity: this.intensity.snapshot(),
      bursts: this.#bursts.snapshot(),
      changedUs: this.#changedUs,
      quotedUs: this.#quotedUs,
    }
  }

  get #usableBook(): OrderBook | undefined {
    const book = this.#book
    return book.isStale || book.quoteState === 'crossed' ? undefined : book
  }

  #advance(timeUs: number): void {
    this.#ofi.advance(timeUs)
    this.#churn.advance(timeUs)
    this.#flow.advance(timeUs)
    this.#range.advance(timeUs)
    this.intensity.advance(timeUs)
    this.#bursts.advance(timeUs)
  }

  #fillBook(row: LadderRowDraft): void {
    const book = bookFeatures(this.#book)
    row.quoteState = this.#book.isStale ? 'stale' : QUOTE_STATES[book.quoteState]
    row.bidBps = book.bestYesBidBps
    row.askBps = book.bestYesAskBps
    row.bidCenti = book.bidCountCenti
    row.askCenti = book.askCountCenti
    row.fairMid = book.fairMid
    row.fairVar = book.fairVar
    if (!this.#usableBook) return
    row.spreadBps = book.quoteState === 'two' ? book.spreadBps : null
    row.mid = book.mid
    row.microprice = book.microprice
    row.queueImbalance = book.queueImbalance
    row.depthImbalance = book.depthImbalance
    row.depthImbalanceWeighted = book.depthImbalanceWeighted
    row.bidSlope = book.bidDepthSlope
    row.askSlope = book.askDepthSlope
    row.bidDepth = depthCurve(this.#book, 'yes')
    row.askDepth = depthCurve(this.#book, 'no')
  }

  #fillOrderFlow(row: LadderRowDraft): void {
    const ofi = this.#ofi
    row.ofi5s = ofi.ofiCenti(0) / CENTI
    row.ofi15s = ofi.ofiCenti(1) / CENTI
    row.ofi60s = ofi.ofiCenti(2) / CENTI
    row.ofiNorm5s = normalised(ofi, 0)
    row.ofiNorm15s = normalised(ofi, 1)
    row.ofiNorm60s = normalised(ofi, 2)
    row.ofiLevels5s = levelsOf(ofi, 0)
    row.ofiLevels15s = levelsOf(ofi, 1)
    row.ofiLevels60s = levelsOf(ofi, 2)
    const { ofiLoadings } = this.#config
    row.ofiIntegrated5s = integrated(ofi, 0, row.ofiLevels5s, ofiLoadings)
    row.ofiIntegrated15s = integrated(ofi, 1, row.ofiLevels15s, ofiLoadings)
    row.ofiIntegrated60s = integrated(ofi, 2, row.ofiLevels60s, ofiLoadings)
    row.churnRate60s = this.#churn.churnRate
    row.cancelRatio60s = this.#churn.cancelRatio
    row.emptyBooks60s = this.#churn.emptyCount
  }

  #fillTrades(row: LadderRowDraft): void {
    const flow = this.#flow
    const volumeCenti = flow.volumeCenti(FLOW_10MIN)
    row.volume10min = volumeCenti / CENTI
    row.hasVolume = volumeCenti >= this.#config.activeVolumeMinCenti
    row.signedFlow10s = flow.signedCenti(FLOW_10S) / CENTI
    row.signedFlow30s = flow.signedCenti(FLOW_30S) / CENTI
    row.signedFlow300s = flow.signedCenti(FLOW_300S) / CENTI
    row.flowImbalance10s = imbalance(flow, FLOW_10S)
    row.flowImbalance30s = imbalance(flow, FLOW_30S)
    row.flowImbalance300s = imbalance(flow, FLOW_300S)
    row.vwap30s = flow.vwap(FLOW_30S)
    row.vwap300s = flow.vwap(FLOW_300S)
    const { high, low, last } = this.#range
    row.closeLocation300s = closeLocation(high, low, last)
  }

  #onTop(timeUs: number): boolean {
    const before = this.#top
    const after = this.#newTop
    this.#book.readQuotes(after)
    const isPriceNew = after[0] !== before[0] || after[2] !== before[2]
    const isNew = isPriceNew || after[1] !== before[1] || after[3] !== before[3]
    this.#changedUs = Math.max(this.#changedUs, timeUs)
    if (!isNew) return false
    this.#quotedUs = timeUs
    before.set(after)
    this.#motion.onQuotes(timeUs, this.#usableBook, isPriceNew)
    return true
  }
}

const QUOTE_STATES = {
  two: 'two',
  bidOnly: 'bid-only',
  askOnly: 'ask-only',
  empty: 'empty',
  crossed: 'crossed',
} as const

/** Contracts at the best level, the best two and so on. */
function depthCurve(book: OrderBook, side: 'yes' | 'no'): number[] {
  const curve: number[] = []
  let centi = 0
  let priceBps = book.bestBidBps(side)
  for (let i = 0; i < FEATURE_LEVELS && priceBps > 0; i++) {
    centi += book.countAt(side, priceBps)
    curve.push(centi / CENTI)
    priceBps = book.nextBelowBps(side, priceBps)
  }
  return curve
}

const levelsOf = (ofi: OrderFlowImbalance, w: number): number[] => {
  const levels: number[] = []
  for (let m = 0; m < ofi.levels; m++) levels.push(ofi.ofiCenti(w, m) / CENTI)
  return levels
}

function normalised(ofi: OrderFlowImbalance, w: number): number | null {
  const depthCenti = ofi.averageDepthCenti(w)
  return depthCenti === null || depthCenti === 0 ? null : ofi.ofiCenti(w) / depthCenti
}

function integrated(
  ofi: OrderFlowImbalance,
  w: number,
  levels: readonly number[],
  loadings: readonly number[],
): number | null {
  const depthCenti = ofi.meanDepthCenti(w)
  return depthCenti === null ? null : integratedOrderFlow(levels, depthCenti / CENTI, loadings)
}

function imbalance(flow: TradeFlow, w: number): number | null {
  const volumeCenti = flow.volumeCenti(w)
  return volumeCenti > 0 ? flow.signedCenti(w) / volumeCenti : null
}

function burstOf({ buy, sell, baseline }: Intensity): number | null {
  return baseline > 0 && buy + sell > 0 ? Math.log((buy + sell) / baseline) : null
}
