import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { OrderBook, type OrderBookSnapshot } from '@kwm/model-book'
import type { FeeRates, MakerFeePolicy, PriceGrid, QueueModel } from '@kwm/model-venue'
import {
  chargeFill,
  feeRates,
  isOnGrid,
  oppositeSide,
  PAYOUT_BPS,
  priceGrid,
  priceOfSide,
  tradeFeeMicros,
} from '@kwm/model-venue'
import type { PaperOrder } from './paper-order.ts'
import { activated, afterDepth, newPaperOrder, reachedByPrint, remainingOf } from './paper-order.ts'

export const paperVenueInputTypes = [
  'md.market-listed.v1',
  'md.market-status.v1',
  'md.book-snapshot.v1',
  'md.book-delta.v1',
  'md.book-stale.v1',
  'md.trade.v1',
  'ops.tick.v1',
  'exec.order-submitted.v1',
  'exec.cancel-requested.v1',
] as const
export const paperVenueOutputTypes = [
  'exec.order-accepted.v1',
  'exec.order-rejected.v1',
  'exec.order-canceled.v1',
  'exec.fill.v1',
] as const
export type PaperVenueInput = EventOf<(typeof paperVenueInputTypes)[number]>

export type PaperVenueConfig = {
  /** From our decision to resting in the book, and from asking for a cancel to its effect. */
  readonly latencyUs: number
  readonly queueModel: QueueModel
  readonly makerFeePolicy: MakerFeePolicy
  /** What balances are rounded to: 100 for a direct member, 10,000 through a broker. */
  readonly balancePrecisionMicros: number
}

type Listed = DataOf<'md.market-listed.v1'>
type PaperMarket = {
  readonly grid: PriceGrid | null
  readonly rates: FeeRates | null
  isOpen: boolean
}

export type PaperVenueState = {
  readonly config: PaperVenueConfig
  readonly books: Map<string, OrderBook>
  readonly markets: Map<string, PaperMarket>
  /** Live orders, oldest first. */
  orders: readonly PaperOrder[]
  nowUs: number
}

export type PaperVenueSnapshot = {
  readonly v: 1
  readonly nowUs: number
  readonly orders: readonly PaperOrder[]
  readonly books: readonly (readonly [string, OrderBookSnapshot])[]
  readonly markets: readonly (readonly [string, PaperMarket])[]
}

/**
 * The paper venue: post-only orders resting beside the real book, filled by real prints and the real
 * book moving through them, after waiting their turn (MODELS 8.6, L2 replay and prints).
 *
 * It is a machine of its own, so its fills are on the tape before anyone acts on them, and a replay
 * repeats them. Our orders are not in the real book: what others would have done about them is unknown.
 */
export const paperVenueMachine = {
  initial: (config: PaperVenueConfig): PaperVenueState => ({
    config,
    books: new Map(),
    markets: new Map(),
    orders: [],
    nowUs: 0,
  }),
  step,
  snapshot: (state: PaperVenueState): PaperVenueSnapshot => ({
    v: 1,
    nowUs: state.nowUs,
    orders: state.orders,
    books: [...state.books].map(([ticker, book]) => [ticker, book.snapshot()] as const),
    markets: [...state.markets].map(([ticker, market]) => [ticker, { ...market }] as const),
  }),
  restore: (config: PaperVenueConfig, snapshot: PaperVenueSnapshot): PaperVenueState => ({
    config,
    nowUs: snapshot.nowUs,
    orders: snapshot.orders,
    books: new Map(snapshot.books.map(([ticker, book]) => [ticker, OrderBook.restore(book)])),
    markets: new Map(snapshot.markets.map(([ticker, market]) => [ticker, { ...market }])),
  }),
}

function step(state: PaperVenueState, event: PaperVenueInput): readonly Emission[] {
  const outputs: Emission[] = []
  state.nowUs = Math.max(state.nowUs, event.eventTimeUs)
  if (state.orders.length > 0) advance(state, outputs)
  switch (event.type) {
    case 'md.market-listed.v1':
      list(state, event.data)
      break
    case 'md.market-status.v1':
      onMarketStatus(state, event.data, outputs)
      break
    case 'md.book-snapshot.v1':
      bookOf(state, event.data.marketTicker).applySnapshot(event.data.yes, event.data.no)
      onBookChange(state, event.data.marketTicker, outputs)
      break
    case 'md.book-delta.v1': {
      const { marketTicker, side, priceBps, countDeltaCenti } = event.data
      const result = bookOf(state, marketTicker).applyDelta(side, priceBps, countDeltaCenti)
      if (result === 'ok' && state.orders.length > 0) onBookChange(state, marketTicker, outputs)
      break
    }
    case 'md.book-stale.v1':
      bookOf(state, event.data.marketTicker).markStale(event.data.reason)
      break
    case 'md.trade.v1':
      if (state.orders.length > 0) onTrade(state, event.data, outputs)
      break
    case 'ops.tick.v1':
      break // Time alone: `advance` has seen it.
    case 'exec.order-submitted.v1': {
      const order = newPaperOrder(event.data, state.nowUs + state.config.latencyUs)
      state.orders = [...state.orders, order]
      break
    }
    case 'exec.cancel-requested.v1':
      onCancelRequested(state, event.data)
      break
  }
  return outputs
}

function list(state: PaperVenueState, listed: Listed): void {
  const grid = priceGrid(listed.priceRanges)
  const rates = feeRates(listed, state.config.makerFeePolicy)
  state.markets.set(listed.marketTicker, {
    grid: grid.ok ? grid.grid : null,
    rates: rates.ok ? rates.rates : null,
    isOpen: state.markets.get(listed.marketTicker)?.isOpen ?? isOpenStatus(listed.status),
  })
}

/** Orders become active, and cancels take effect, when their time has come. */
function advance(state: PaperVenueState, outputs: Emission[]): void {
  keepOrders(state, (order) => {
    if (order.cancelAtUs !== null && order.cancelAtUs <= state.nowUs) {
      outputs.push(canceled(order, order.cancelReason))
      return undefined
    }
    if (order.queue !== null || order.activeAtUs > state.nowUs) return order
    const reason = refusal(state, order)
    const { eventTicker, marketTicker, clientOrderId } = order
    if (reason) {
      const data = { eventTicker, marketTicker, clientOrderId, reason }
      outputs.push({ type: 'exec.order-rejected.v1', data })
      return undefined
    }
    const levelCenti = bookOf(state, marketTicker).countAt(order.side, order.priceBps)
    const data = {
      eventTicker,
      marketTicker,
      clientOrderId,
      venueOrderId: `paper-${clientOrderId}`,
      remainingCenti: order.countCenti,
      queueAheadCenti: levelCenti,
    }
    outputs.push({ type: 'exec.order-accepted.v1', data })
    return activated(order, levelCenti)
  })
}

function refusal(state: PaperVenueState, order: PaperOrder): string | undefined {
  const market = state.markets.get(order.marketTicker)
  const book = bookOf(state, order.marketTicker)
  if (!market) return 'unknown-market'
  if (!market.isOpen) return 'market-inactive'
  if (!market.grid || !isOnGrid(market.grid, priceOfSide(order.side, order.priceBps)))
    return 'off-grid-price'
  if (!market.rates) return 'fee-type-unsupported'
  if (!order.isPostOnly) return 'post-only-required'
  if (book.isStale) return 'book-stale'
  if (isCrossing(book, order)) return 'post-only-cross'
  return undefined
}

/** The other side quotes at or through our price. */
const isCrossing = (book: OrderBook, order: PaperOrder): boolean =>
  PAYOUT_BPS - book.bestBidBps(oppositeSide(order.side)) <= order.priceBps

function onBookChange(state: PaperVenueState, marketTicker: string, outputs: Emission[]): void {
  const book = bookOf(state, marketTicker)
  keepOrders(state, (order) => {
    if (order.marketTicker !== marketTicker || order.queue === null) return order
    if (isCrossing(book, order)) return fill(state, order, remainingOf(order), 'book', outputs)
    const levelCenti = book.countAt(order.side, order.priceBps)
    if (levelCenti === order.queue.levelCenti && order.queue.tradedSinceDepthCenti === 0)
      return order
    return afterDepth(order, levelCenti, state.config.queueModel)
  })
}

function onTrade(state: PaperVenueState, trade: DataOf<'md.trade.v1'>, outputs: Emission[]): void {
  // A late print was over before orders of now were there.
  if (trade.isBlock || trade.isLate) return
  let leftCenti = trade.countCenti
  keepOrders(state, (order) => {
    if (order.marketTicker !== trade.marketTicker) return order
    const reach = reachedByPrint(order, trade, leftCenti, state.config.queueModel)
    if (reach.filledCenti === 0) return reach.order
    leftCenti -= reach.filledCenti
    return fill(state, reach.order, reach.filledCenti, 'print', outputs)
  })
}

function fill(
  state: PaperVenueState,
  order: PaperOrder,
  countCenti: number,
  cause: 'print' | 'book',
  outputs: Emission[],
): PaperOrder | undefined {
  const { eventTicker, marketTicker, clientOrderId, side, priceBps } = order
  const rates = state.markets.get(marketTicker)!.rates!
  const tradeFee = tradeFeeMicros(rates, 'maker', priceBps, countCenti)
  const rounding = { precisionMicros: state.config.balancePrecisionMicros, netFeeFloor: true }
  const bought = { direction: 'buy', priceBps, countCenti, tradeFeeMicros: tradeFee } as const
  const { accumulator, row } = chargeFill(order.fees, bought, rounding)
  const next: PaperOrder = {
    ...order,
    filledCenti: order.filledCenti + countCenti,
    fillCount: order.fillCount + 1,
    fees: accumulator,
  }
  const data = {
    eventTicker,
    marketTicker,
    clientOrderId,
    fillId: `${clientOrderId}-${next.fillCount}`,
    side,
    priceBps,
    countCenti,
    feeMicros: row.netFeeMicros,
    isTaker: false,
    remainingCenti: remainingOf(next),
    cause,
  }
  outputs.push({ type: 'exec.fill.v1', data })
  return remainingOf(next) > 0 ? next : undefined
}

function onCancelRequested(
  state: PaperVenueState,
  { clientOrderId, reason }: DataOf<'exec.cancel-requested.v1'>,
): void {
  keepOrders(state, (order) =>
    order.clientOrderId === clientOrderId && order.cancelAtUs === null
      ? { ...order, cancelAtUs: state.nowUs + state.config.latencyUs, cancelReason: reason }
      : order,
  )
}

function onMarketStatus(
  state: PaperVenueState,
  { marketTicker, status }: DataOf<'md.market-status.v1'>,
  outputs: Emission[],
): void {
  const isOpen = isOpenStatus(status)
  const market = state.markets.get(marketTicker)
  if (market) market.isOpen = isOpen
  if (isOpen) return
  keepOrders(state, (order) => {
    if (order.marketTicker !== marketTicker) return order
    outputs.push(canceled(order, 'market-inactive'))
    return undefined
  })
}

const isOpenStatus = (status: string): boolean => status === 'active' || status === 'open'

const canceled = (order: PaperOrder, reason: string): Emission => ({
  type: 'exec.order-canceled.v1',
  data: {
    eventTicker: order.eventTicker,
    marketTicker: order.marketTicker,
    clientOrderId: order.clientOrderId,
    canceledCenti: remainingOf(order),
    reason,
  },
})

function keepOrders(
  state: PaperVenueState,
  next: (order: PaperOrder) => PaperOrder | undefined,
): void {
  state.orders = state.orders.map(next).filter((order) => order !== undefined)
}

function bookOf(state: PaperVenueState, marketTicker: string): OrderBook {
  let book = state.books.get(marketTicker)
  if (!book) state.books.set(marketTicker, (book = new OrderBook()))
  return book
}
