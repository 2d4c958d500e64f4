import type { DataOf } from '@kwm/contracts'
import { FEATURE_LEVELS, OrderBook, type OrderBookSnapshot } from '@kwm/model-book'
import { linearCentGrid, priceGrid, tickAt, type PriceGrid } from '@kwm/model-venue'
import {
  SlidingRange,
  TrailingQuantile,
  type SlidingRangeSnapshot,
  type TrailingQuantileSnapshot,
} from '@kwm/quant'
import { BookChurn, type BookChurnSnapshot } from './book-churn.ts'
import { ChangeWatch, type ChangeWatchSnapshot } from './change-watch.ts'
import type { FeaturesConfig } from './features-config.ts'
import type { IntensityKernel } from './intensity-kernel.ts'
import { blankRow, nextRow, type LadderRowDraft } from './ladder-row.ts'
import {
  fillBook,
  fillChurn,
  fillOrderFlow,
  fillTradeFlow,
  FLOW_30S,
  ROW_FLOW_WINDOWS_US,
  ROW_OFI_WINDOWS_US,
} from './market-row.ts'
import { MidMotion, type MidMotionSnapshot } from './mid-motion.ts'
import {
  OFI_LEVELS,
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
  readonly grid: PriceGrid
}

const RANGE_WINDOW_US = 300_000_000
/** ln(intensity / baseline), seconds of six hours by the quarter. */
const BURSTS = { low: -1, high: 7, bins: 64, sliceUs: 900_000_000, slices: 24 } as const
const SPIKE_QUANTILE = 0.95
const SPIKE_EVENTS_MIN = 4
/** Half a cent at 50 cents, in log-odds. */
const LOG_ODDS_FLOOR = 0.02
/** Where the change counts of what a row is made of are remembered. */
const [SEEN_OFI, SEEN_FLOW, SEEN_CHURN, SEEN_MOTION] = [0, 3, 7, 8] as const
const SEEN = 9

/** Everything kept of one market: its book, flows, intensities and the kinematics of its mid. */
export class MarketFeatures {
  readonly marketTicker: string
  readonly #config: FeaturesConfig
  #book = new OrderBook()
  #ofi = new OrderFlowImbalance({ windowsUs: ROW_OFI_WINDOWS_US })
  #churn = new BookChurn()
  #flow = new TradeFlow({ windowsUs: ROW_FLOW_WINDOWS_US })
  #range = new SlidingRange(RANGE_WINDOW_US)
  #motion: MidMotion
  #watch = new ChangeWatch(LOG_ODDS_FLOOR)
  #bursts = new TrailingQuantile(BURSTS)
  #changedUs = 0
  #quotedUs = 0
  #grid: PriceGrid = linearCentGrid
  readonly #top = new Float64Array(4)
  /** The best quotes of the book, and those of them that the order flow follows. */
  readonly #quotes = new Float64Array(4 * FEATURE_LEVELS)
  readonly #ofiQuotes = this.#quotes.subarray(0, 4 * OFI_LEVELS)
  intensity: TradeIntensity
  /** The last row: what the market said of itself there holds until it changes. */
  #row: LadderRowDraft
  #isRowUsable = false
  #isBookNew = true
  readonly #seen = new Float64Array(SEEN).fill(-1)

  constructor(marketTicker: string, config: FeaturesConfig, kernel: IntensityKernel) {
    this.marketTicker = marketTicker
    this.#config = config
    this.#motion = new MidMotion(config)
    this.#row = blankRow(marketTicker)
    this.intensity = new TradeIntensity(kernel)
  }

  static restore(
    ticker: string,
    config: FeaturesConfig,
    kernel: IntensityKernel,
    saved: MarketFeaturesSnapshot,
  ): MarketFeatures {
    const market = new MarketFeatures(ticker, config, kernel)
    market.#book = OrderBook.restore(saved.book)
    market.#ofi = OrderFlowImbalance.restore(saved.ofi)
    market.#churn = BookChurn.restore(saved.churn)
    market.#flow = TradeFlow.restore(saved.flow)
    market.#range = SlidingRange.restore(saved.range)
    market.#motion = MidMotion.restore(config, saved.motion)
    market.#watch = ChangeWatch.restore(LOG_ODDS_FLOOR, saved.watch)
    market.intensity = TradeIntensity.restore(kernel, saved.intensity)
    market.#bursts = TrailingQuantile.restore(saved.bursts)
    market.#changedUs = saved.changedUs
    market.#quotedUs = saved.quotedUs
    market.#grid = saved.grid
    market.#book.readQuotes(market.#quotes)
    market.#top.set(market.#quotes.subarray(0, 4))
    return market
  }

  /** The terms of the market; ranges that are no grid leave it at whole cents. */
  onListed({ priceRanges }: DataOf<'md.market-listed.v1'>): void {
    const result = priceGrid(priceRanges)
    this.#grid = result.ok ? result.grid : linearCentGrid
  }

  /** True when the best quotes are new. */
  onSnapshot(timeUs: number, { yes, no }: DataOf<'md.book-snapshot.v1'>): boolean {
    this.#isBookNew = true
    this.#book.applySnapshot(yes, no)
    this.#book.readQuotes(this.#quotes)
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
    this.#isBookNew = true
    this.#book.readQuotes(this.#quotes)
    this.#ofi.updateQuotes(timeUs, this.#ofiQuotes)
    this.#churn.onDelta(timeUs, this.#book, side, priceBps, countDeltaCenti)
    return this.#onTop(timeUs)
  }

  /** True when the book was fresh before. */
  onStale(reason: string): boolean {
    const wasFresh = !this.#book.isStale
    this.#isBookNew = true
    this.#book.markStale(reason)
    this.#ofi.disconnect()
    this.#churn.disconnect()
    this.#motion.disconnect()
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
    this.#motion.onTick(timeUs, this.#usableBook, this.#tickBps())
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
    const row = this.#refreshed()
    const { high, low, last } = this.#range
    row.closeLocation300s = closeLocation(high, low, last)
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
      grid: this.#grid,
    }
  }

  #tickBps(): number {
    const grid = this.#grid
    if (grid.length === 1) return grid[0]!.stepBps
    return tickAt(grid, (this.#book.bestYesBidBps + this.#book.bestYesAskBps) / 2)
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

  /** The row that comes after the last one: what has changed since is worked out again. */
  #refreshed(): LadderRowDraft {
    const isUsable = this.#usableBook !== undefined
    if (isUsable !== this.#isRowUsable) {
      this.#row = blankRow(this.marketTicker)
      this.#isRowUsable = isUsable
      this.#isBookNew = true
      this.#seen.fill(-1)
    }
    const row = nextRow(this.#row)
    this.#row = row
    const { ofiLoadings, activeVolumeMinCenti } = this.#config
    if (this.#isBookNew) fillBook(row, this.#book, this.#quotes, isUsable)
    this.#isBookNew = false
    for (let w = 0; w < ROW_FLOW_WINDOWS_US.length; w++) {
      if (this.#isSeen(SEEN_FLOW + w, this.#flow.changes(w))) continue
      fillTradeFlow(row, this.#flow, w, activeVolumeMinCenti)
    }
    if (!isUsable) return row
    for (let w = 0; w < ROW_OFI_WINDOWS_US.length; w++) {
      if (this.#isSeen(SEEN_OFI + w, this.#ofi.changes(w))) continue
      fillOrderFlow(row, this.#ofi, w, ofiLoadings)
    }
    if (!this.#isSeen(SEEN_CHURN, this.#churn.changes)) fillChurn(row, this.#churn)
    if (!this.#isSeen(SEEN_MOTION, this.#motion.changes)) this.#motion.fill(row)
    return row
  }

  #isSeen(which: number, changes: number): boolean {
    const isSeen = this.#seen[which] === changes
    this.#seen[which] = changes
    return isSeen
  }

  #onTop(timeUs: number): boolean {
    const before = this.#top
    const after = this.#quotes
    const isPriceNew = after[0] !== before[0] || after[2] !== before[2]
    const isNew = isPriceNew || after[1] !== before[1] || after[3] !== before[3]
    this.#changedUs = Math.max(this.#changedUs, timeUs)
    if (!isNew) return false
    this.#quotedUs = timeUs
    for (let i = 0; i < before.length; i++) before[i] = after[i]!
    this.#motion.onQuotes(timeUs, this.#usableBook, isPriceNew, this.#tickBps())
    return true
  }
}

function burstOf({ buy, sell, baseline }: Intensity): number | null {
  return baseline > 0 && buy + sell > 0 ? Math.log((buy + sell) / baseline) : null
}
