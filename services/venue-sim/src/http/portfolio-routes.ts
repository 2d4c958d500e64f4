import type { Account, Holding, Transfer } from '@kwm/sim'
import {
  balanceJson,
  contracts,
  eventPositionJson,
  fillJson,
  moneyText,
  orderJson,
  positionJson,
  restingOf,
  settlementJson,
} from '@kwm/sim'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { page, pageQuery, within } from './page-query.ts'
import type { VenueSim } from '../service.ts'
import {
  PORTFOLIO,
  VenueError,
  accountOf,
  granted,
  orderOf,
  parsed,
  primaryOnly,
} from './request.ts'

const words = (max: number) =>
  z
    .string()
    .transform((text) => new Set(text.split(',')))
    .refine((set) => set.size <= max, `at most ${max}`)
const index = z.coerce.number().int().min(0).max(100)

const scoped = primaryOnly.extend({ exchange_index: index.optional() })
const ordersQuery = pageQuery.extend({
  ticker: z.string().optional(),
  event_ticker: words(10).optional(),
  status: z.enum(['resting', 'canceled', 'executed']).optional(),
  exchange_index: index.optional(),
})
const fillsQuery = pageQuery.extend({
  ticker: words(100).optional(),
  order_id: z.string().optional(),
  exchange_index: index.optional(),
})
const positionsQuery = pageQuery.extend({
  ticker: z.string().optional(),
  event_ticker: z.string().optional(),
  count_filter: words(2).optional(),
  settlement_status: z.enum(['unsettled', 'settled', 'all']).default('unsettled'),
  exchange_index: index.optional(),
})
const settlementsQuery = pageQuery.extend({
  ticker: z.string().optional(),
  event_ticker: z.string().optional(),
})
const queueQuery = primaryOnly.extend({
  market_tickers: words(1_000).optional(),
  event_ticker: z.string().optional(),
})
const transferBody = z.object({
  source: z.literal('event_contract'),
  destination: z.literal('event_contract'),
  /** In $0.0001. */
  amount: z.int().min(1).max(1_000_000_000_000),
  source_exchange_shard: z.int().min(0).max(100).default(0),
  destination_exchange_shard: z.int().min(0).max(100).default(0),
})

type ById = { Params: { id: string } }

/** What an account has and has done, newest first. */
export function addPortfolioRoutes(scope: FastifyInstance, sim: VenueSim): void {
  addOrderReads(scope, sim)
  addHistoricalReads(scope)
  addTransfers(scope, sim)
  scope.get(`${PORTFOLIO}/balance`, (request) => {
    const { exchange_index: exchangeIndex } = parsed(scoped, request.query)
    return balanceJson(accountOf(sim, request), exchangeIndex)
  })
  scope.get(`${PORTFOLIO}/positions`, (request) =>
    positions(accountOf(sim, request), parsed(positionsQuery, request.query)),
  )
  scope.get(`${PORTFOLIO}/fills`, (request) => {
    const query = parsed(fillsQuery, request.query)
    const { ticker, order_id: orderId, exchange_index: exchangeIndex } = query
    const fills = accountOf(sim, request).fills.toArray().toReversed()
    const wanted = fills.filter(
      (fill) =>
        (!ticker || ticker.has(fill.marketTicker)) &&
        (orderId === undefined || fill.order.orderId === orderId) &&
        (exchangeIndex === undefined || fill.exchangeIndex === exchangeIndex) &&
        within(query, fill.timeUs),
    )
    const { items, cursor } = page(wanted, query)
    return { fills: items.map(fillJson), cursor }
  })
  scope.get(`${PORTFOLIO}/settlements`, (request) => {
    const query = parsed(settlementsQuery, request.query)
    const { ticker, event_ticker: eventTicker } = query
    const wanted = accountOf(sim, request)
      .settlements.toArray()
      .toReversed()
      .filter(
        (settlement) =>
          (ticker === undefined || settlement.marketTicker === ticker) &&
          (eventTicker === undefined || settlement.eventTicker === eventTicker) &&
          within(query, settlement.timeUs),
      )
    const { items, cursor } = page(wanted, query)
    return { settlements: items.map(settlementJson), cursor }
  })
  scope.get(`${PORTFOLIO}/summary/total_resting_order_value`, (request) =>
    restingValue(accountOf(sim, request)),
  )
}

/** The cutoff lies at the start of the play, and no account did anything before it. */
function addHistoricalReads(scope: FastifyInstance): void {
  const nothing = {
    orders: { orders: [], cursor: '' },
    fills: { fills: [], cursor: '' },
    positions: { market_positions: [], event_positions: [], cursor: '' },
  }
  for (const [what, answer] of Object.entries(nothing)) {
    scope.get(`/trade-api/v2/historical/${what}`, ({ query }) => {
      parsed(pageQuery, query)
      return answer
    })
  }
}

function addOrderReads(scope: FastifyInstance, sim: VenueSim): void {
  scope.get(`${PORTFOLIO}/orders`, (request) => {
    const query = parsed(ordersQuery, request.query)
    const { ticker, status, event_ticker: eventTickers, exchange_index: exchangeIndex } = query
    const wanted = [...accountOf(sim, request).orders.values()].toReversed().filter((order) => {
      const { info } = order.holding.market
      return (
        (ticker === undefined || info.ticker === ticker) &&
        (!eventTickers || eventTickers.has(info.eventTicker)) &&
        (status === undefined || order.status === status) &&
        (exchangeIndex === undefined || info.exchangeIndex === exchangeIndex) &&
        within(query, order.createdUs)
      )
    })
    const { items, cursor } = page(wanted, query)
    return { orders: items.map(orderJson), cursor }
  })
  scope.get(`${PORTFOLIO}/orders/queue_positions`, (request) => {
    const query = parsed(queueQuery, request.query)
    const { market_tickers: tickers, event_ticker: eventTicker } = query
    const wanted = [...restingOf(accountOf(sim, request))].filter(({ holding }) => {
      const { info } = holding.market
      return (
        (!tickers || tickers.has(info.ticker)) &&
        (eventTicker === undefined || info.eventTicker === eventTicker)
      )
    })
    const queue_positions = wanted.map((order) => ({
      order_id: order.orderId,
      market_ticker: order.holding.market.info.ticker,
      queue_position_fp: contracts(sim.exchange.queuePosition(order)),
    }))
    return { queue_positions }
  })
  scope.get<ById>(`${PORTFOLIO}/orders/:id`, (request) => ({
    order: orderJson(orderOf(accountOf(sim, request), request.params.id)),
  }))
  scope.get<ById>(`${PORTFOLIO}/orders/:id/queue_position`, (request) => {
    const order = orderOf(accountOf(sim, request), request.params.id)
    if (!order.isQueued) throw new VenueError(404, 'not_found', 'the order is not resting')
    return { queue_position_fp: contracts(sim.exchange.queuePosition(order)) }
  })
}

function addTransfers(scope: FastifyInstance, sim: VenueSim): void {
  const TRANSFERS = `${PORTFOLIO}/intra_exchange_instance_transfers`
  scope.post(`${PORTFOLIO}/intra_exchange_instance_transfer`, (request) => {
    const body = parsed(transferBody, request.body)
    const { source_exchange_shard: from, destination_exchange_shard: to } = body
    const account = accountOf(sim, request)
    const transfer = granted(sim.exchange.transfer(account, from, to, body.amount * 100))
    return { transfer_id: transfer.transferId }
  })
  scope.get(TRANSFERS, (request) => {
    const query = parsed(pageQuery, request.query)
    const { items, cursor } = page(accountOf(sim, request).transfers.toArray().toReversed(), query)
    return { transfers: items.map(transferJson), cursor }
  })
  scope.get<ById>(`${TRANSFERS}/:id`, (request) => {
    const { transfers } = accountOf(sim, request)
    const transfer = transfers.toArray().find(({ transferId }) => transferId === request.params.id)
    if (!transfer) throw new VenueError(404, 'not_found', `no transfer ${request.params.id}`)
    return { transfer: transferJson(transfer) }
  })
}

const transferJson = (transfer: Transfer) => ({
  transfer_id: transfer.transferId,
  source: 'event_contract',
  destination: 'event_contract',
  source_exchange_shard: transfer.fromIndex,
  destination_exchange_shard: transfer.toIndex,
  amount: moneyText(transfer.amountMicros),
  status: 'complete',
  created_ts: Math.floor(transfer.timeUs / 1_000_000),
})

function positions(account: Account, query: z.infer<typeof positionsQuery>): object {
  const { ticker, event_ticker: wantedEvent, count_filter: filter } = query
  const wanted = [...account.holdings.values()].filter((holding) => {
    const { info, isPaid } = holding.market
    if (holding.volumeCenti === 0) return false
    if (ticker !== undefined && info.ticker !== ticker) return false
    if (wantedEvent !== undefined && info.eventTicker !== wantedEvent) return false
    if (query.exchange_index !== undefined && info.exchangeIndex !== query.exchange_index) {
      return false
    }
    if (query.settlement_status !== 'all' && isPaid !== (query.settlement_status === 'settled')) {
      return false
    }
    return (
      !filter || (filter.has('position') && holding.signedCenti !== 0) || filter.has('total_traded')
    )
  })
  const { items, cursor } = page(wanted, query)
  const byEvent = new Map<string, Holding[]>()
  for (const holding of items) {
    const { eventTicker } = holding.market.info
    const together = byEvent.get(eventTicker)
    if (together) together.push(holding)
    else byEvent.set(eventTicker, [holding])
  }
  return {
    market_positions: items.map(positionJson),
    event_positions: [...byEvent].map(([event, holdings]) => eventPositionJson(event, holdings)),
    cursor,
  }
}

/** What all resting orders would cost, by shard. */
function restingValue(account: Account): object {
  const byShard = new Map<number, number>([...account.shards.keys()].map((shard) => [shard, 0]))
  for (const { market, restingMicros } of account.holdings.values()) {
    const { exchangeIndex } = market.info
    byShard.set(exchangeIndex, (byShard.get(exchangeIndex) ?? 0) + restingMicros)
  }
  const total = [...byShard.values()].reduce((sum, micros) => sum + micros, 0)
  return {
    total_resting_order_value: Math.floor(total / 10_000),
    resting_order_value_breakdown: [...byShard].map(([shard, micros]) => ({
      exchange_index: shard,
      balance: moneyText(micros),
    })),
  }
}
