import type { z } from 'zod'
import * as schemas from './account-schemas.ts'
import type {
  AccountBalance,
  AccountFill,
  AccountPosition,
  AccountSettlement,
} from './account-schemas.ts'
import { CutoffCache } from './cutoff.ts'
import { userDataAnswer } from './exchange-schemas.ts'
import type { HistoricalCutoff } from './history-schemas.ts'
import * as orders from './order-schemas.ts'
import type { AccountOrder, QueuePositionOf } from './order-schemas.ts'
import { allItems, pages } from './pages.ts'
import type { RateBudget } from './rate-budget.ts'
import type { KalshiTransport, Request } from './transport.ts'

type Scope = { readonly exchangeIndex?: number; readonly subaccount?: number }
/** Both ends inclusive; from the beginning, and to now, where left out. */
type Window = { readonly fromUs?: number; readonly toUs?: number }

export type OrdersFilter = Scope &
  Window & {
    readonly marketTicker?: string
    readonly status?: 'resting' | 'canceled' | 'executed'
  }
export type FillsFilter = Scope &
  Window & { readonly marketTicker?: string; readonly orderId?: string }
export type PositionsFilter = Scope & {
  readonly marketTicker?: string
  readonly eventTicker?: string
  /** Default `unsettled`; the others read the historical side as well. */
  readonly settlementStatus?: 'unsettled' | 'settled' | 'all'
}
export type SettlementsFilter = Window & {
  readonly marketTicker?: string
  readonly eventTicker?: string
  readonly subaccount?: number
}

export type FoundOrder =
  | { readonly outcome: 'found'; readonly order: AccountOrder }
  /** The venue's reads of the account are complete up to `asOfUs`: conclusive if that is after the write. */
  | { readonly outcome: 'absent'; readonly asOfUs: number }

const PAGE_SIZE = 1_000
/** By so much the clocks of the venue and ours may differ. */
const CLOCKS_DIFFER_US = 60e6

type Listing<P, Item> = Window & {
  readonly live: Request
  readonly historical: Request
  readonly schema: z.ZodType<P>
  readonly itemsOf: (page: P) => readonly Item[]
  readonly keyOf: (item: Item) => string
  readonly timeOf: (item: Item) => number | null
  /** Null: all of it is on the live side. */
  readonly cutoffOf: ((cutoff: HistoricalCutoff) => number) | null
  /** The historical side has fewer filters than the live one. */
  readonly isWanted: (item: Item) => boolean
}

/** What the account behind a key may spend, has, did and has resting: from both sides of the cutoff. */
export class KalshiAccount {
  readonly #transport: KalshiTransport
  readonly #cutoffs: CutoffCache

  constructor(transport: KalshiTransport) {
    this.#transport = transport
    this.#cutoffs = new CutoffCache(transport)
  }

  /** Ask the venue what this key may spend, and keep to it. Returns the tier. */
  async configure(budget: RateBudget, signal?: AbortSignal): Promise<string> {
    const [limits, costs] = await Promise.all([
      this.#transport.json({ template: '/account/limits', signal }, schemas.limitsAnswer),
      this.#transport.json({ template: '/account/endpoint_costs', signal }, schemas.costsAnswer),
    ])
    budget.configure(limits, costs.endpoint_costs, costs.default_cost)
    return limits.usage_tier
  }

  balance(of: Scope = {}, signal?: AbortSignal): Promise<AccountBalance> {
    const request = { template: '/portfolio/balance', query: scopeQuery(of), signal }
    return this.#transport.json(request, schemas.balanceAnswer)
  }

  async order(orderId: string, signal?: AbortSignal): Promise<AccountOrder> {
    const params = { order_id: orderId }
    const request = { template: '/portfolio/orders/{order_id}', params, signal }
    return (await this.#transport.json(request, orders.orderAnswer)).order
  }

  /** Those that rest, and those of the window: which of its times the venue goes by is not documented. */
  orders(filter: OrdersFilter = {}, signal?: AbortSignal): Promise<readonly AccountOrder[]> {
    const { marketTicker: ticker, status } = filter
    const query = { ticker, status, ...scopeQuery(filter), ...windowQuery(filter) }
    const max_ts = windowQuery(filter).max_ts
    return this.#list({
      live: { template: '/portfolio/orders', query, signal },
      historical: { template: '/historical/orders', query: { ticker, max_ts }, signal },
      schema: orders.ordersAnswer,
      itemsOf: (page) => page.orders,
      keyOf: ({ orderId }) => orderId,
      timeOf: (order) => order.updatedTimeUs ?? order.createdTimeUs,
      cutoffOf: status === 'resting' ? null : ({ ordersUpdatedUs }) => ordersUpdatedUs,
      isWanted: (order) =>
        (status === undefined || order.status === status) && isOfScope(order, filter),
      fromUs: filter.fromUs ?? 0,
    })
  }

  /**
   * The order of a write whose answer was lost or said `duplicate`. The venue has no look-up by client
   * order id, so the orders of its market since it was sent are read.
   */
  async findOrder(
    lost: {
      readonly clientOrderId: string
      readonly marketTicker: string
      readonly sentTimeUs: number
    },
    signal?: AbortSignal,
  ): Promise<FoundOrder> {
    const { clientOrderId, marketTicker, sentTimeUs } = lost
    const template = '/exchange/user_data_timestamp'
    const { as_of_time: asOfUs } = await this.#transport.json({ template, signal }, userDataAnswer)
    const fromUs = Math.max(0, sentTimeUs - CLOCKS_DIFFER_US)
    const all = await this.orders({ marketTicker, fromUs }, signal)
    const order = all.find((one) => one.clientOrderId === clientOrderId)
    return order ? { outcome: 'found', order } : { outcome: 'absent', asOfUs }
  }

  async fills(filter: FillsFilter = {}, signal?: AbortSignal): Promise<readonly AccountFill[]> {
    const { marketTicker: ticker, orderId: order_id, fromUs = 0, toUs = Infinity } = filter
    const query = { ticker, order_id, ...scopeQuery(filter), ...windowQuery(filter) }
    const max_ts = windowQuery(filter).max_ts
    const found = await this.#list({
      live: { template: '/portfolio/fills', query, signal },
      historical: { template: '/historical/fills', query: { ticker, max_ts }, signal },
      schema: schemas.fillsAnswer,
      itemsOf: (page) => page.fills,
      keyOf: ({ fillId }) => fillId,
      timeOf: ({ fillTimeUs }) => fillTimeUs,
      cutoffOf: ({ tradesCreatedUs }) => tradesCreatedUs,
      isWanted: (fill) =>
        (order_id === undefined || fill.orderId === order_id) && isOfScope(fill, filter),
      fromUs,
    })
    return found.filter(({ fillTimeUs }) => fillTimeUs >= fromUs && fillTimeUs <= toUs)
  }

  async positions(
    filter: PositionsFilter = {},
    signal?: AbortSignal,
  ): Promise<readonly AccountPosition[]> {
    const { marketTicker: ticker, eventTicker: event_ticker, settlementStatus } = filter
    const query = { ticker, event_ticker, limit: PAGE_SIZE }
    const live = { ...query, ...scopeQuery(filter), settlement_status: settlementStatus }
    const read = (template: string, asked: NonNullable<Request['query']>) =>
      allItems(
        this.#transport,
        { template, query: asked, signal },
        schemas.positionsAnswer,
        (page) => page.market_positions,
      )
    const found = await read('/portfolio/positions', live)
    if ((settlementStatus ?? 'unsettled') === 'unsettled') return found
    const keyOf = (one: AccountPosition) => `${one.exchangeIndex ?? 0}/${one.marketTicker}`
    const seen = new Set(found.map(keyOf))
    const old = await read('/historical/positions', query)
    return [...found, ...old.filter((one) => !seen.has(keyOf(one)))]
  }

  async settlements(
    filter: SettlementsFilter = {},
    signal?: AbortSignal,
  ): Promise<readonly AccountSettlement[]> {
    const { marketTicker, eventTicker, subaccount, fromUs = 0, toUs = Infinity } = filter
    const names = { ticker: marketTicker, event_ticker: eventTicker, subaccount }
    const query = { ...names, ...windowQuery(filter), limit: PAGE_SIZE }
    const request = { template: '/portfolio/settlements', query, signal }
    const found = await allItems(
      ...([this.#transport, request, schemas.settlementsAnswer] as const),
      (page) => page.settlements,
    )
    return found.filter(({ settledTimeUs: us }) => us >= fromUs && us <= toUs)
  }

  async queuePositions(
    of: { readonly marketTickers?: readonly string[]; readonly eventTicker?: string },
    signal?: AbortSignal,
  ): Promise<readonly QueuePositionOf[]> {
    const query = { market_tickers: of.marketTickers?.join(','), event_ticker: of.eventTicker }
    const request = { template: '/portfolio/orders/queue_positions', query, signal }
    return (await this.#transport.json(request, orders.queuePositionsAnswer)).queue_positions
  }

  /**
   * The live side first: what crosses the cutoff as we read then turns up on the other side, and is
   * known by its key if it was there already.
   */
  async #list<P extends { readonly cursor?: string | null | undefined }, Item>(
    listing: Listing<P, Item>,
  ): Promise<readonly Item[]> {
    const { schema, itemsOf, keyOf, timeOf, cutoffOf, isWanted, fromUs = 0 } = listing
    const { signal } = listing.live
    const found = new Map<string, Item>()
    for await (const { page } of pages(this.#transport, paged(listing.live), schema)) {
      for (const item of itemsOf(page)) found.set(keyOf(item), item)
    }
    const isLive = !cutoffOf || (await this.#cutoffs.isLive(fromUs, cutoffOf, signal))
    if (isLive) return [...found.values()]
    for await (const { page } of pages(this.#transport, paged(listing.historical), schema)) {
      const items = itemsOf(page)
      for (const item of items) {
        const key = keyOf(item)
        if (!found.has(key) && isWanted(item)) found.set(key, item)
      }
      // Newest first, and without a lower end: a whole page before ours is the end.
      const isBefore = items.length > 0 && items.every((item) => (timeOf(item) ?? fromUs) < fromUs)
      if (isBefore) break
    }
    return [...found.values()]
  }
}

const paged = (request: Request): Request => ({
  ...request,
  query: { ...request.query, limit: PAGE_SIZE },
})

const scopeQuery = ({ exchangeIndex, subaccount }: Scope) => ({
  exchange_index: exchangeIndex,
  subaccount,
})

const isOfScope = (
  item: { readonly exchangeIndex: number | null; readonly subaccount: number | null },
  { exchangeIndex, subaccount }: Scope,
): boolean =>
  (exchangeIndex === undefined || (item.exchangeIndex ?? 0) === exchangeIndex) &&
  (subaccount === undefined || (item.subaccount ?? 0) === subaccount)

/**
 * The venue filters by the second and does not say whether its ends are inclusive: a second wider
 * on each side, and cut to measure by us.
 */
const windowQuery = ({ fromUs, toUs }: Window) => ({
  min_ts: fromUs === undefined ? undefined : Math.max(0, Math.floor(fromUs / 1e6) - 1),
  max_ts: toUs === undefined ? undefined : Math.ceil(toUs / 1e6) + 1,
})
