import type { z } from 'zod'
import * as account from '../src/rest/account-schemas.ts'
import * as exchange from '../src/rest/exchange-schemas.ts'
import * as history from '../src/rest/history-schemas.ts'
import * as markets from '../src/rest/market-schemas.ts'
import * as orders from '../src/rest/order-schemas.ts'
import * as s from './samples.ts'

export type Answer = {
  /** As the venue's description has it. */
  readonly call: string
  readonly schema: z.ZodType
  readonly sample: unknown
}
const T = '2026-11-20T12:00:00Z'
const answer = (call: string, schema: z.ZodType, sample: unknown): Answer => ({
  call,
  schema,
  sample,
})
const feeChange = { id: 'f', series_ticker: 'S', scheduled_ts: T }
const hours = [{ open_time: '00:00', close_time: '24:00' }]
const week = {
  start_time: T,
  end_time: '0001-01-01T00:00:00Z',
  monday: hours,
  tuesday: hours,
  wednesday: hours,
  thursday: [...hours, ...hours],
  friday: hours,
  saturday: hours,
  sunday: null,
}
const schedule = {
  standard_hours: [week],
  maintenance_windows: [{ start_datetime: T, end_datetime: T }],
}
const status = { exchange_active: true, trading_active: true }
const shard = {
  ...status,
  exchange_index: 2,
  description: 'crypto',
  intra_exchange_transfers_active: true,
}
const point = { t: 1_795_132_800_000, v: 71.25, status: 'normal', contributors: 5 }
const created = { order_group_id: 'g', subaccount: 0, exchange_index: 0 }
const fault = { code: 'x', message: 'y' }
const queued = { order_id: 'o', market_ticker: 'T', queue_position_fp: '12.00' }
const page = (key: string, item: unknown) => ({ [key]: [item], cursor: 'c' })
const amended = { order_id: 'o', remaining_count: '1.00', fill_count: null, ts_ms: 1 }
const liveData = { type: 'crypto', details: { a: 1 }, is_historical: false }

const positions = {
  market_positions: [s.positionJson('T')],
  event_positions: [
    {
      event_ticker: 'E',
      total_cost_dollars: '1.000000',
      total_cost_shares_fp: '1.00',
      event_exposure_dollars: '1.000000',
      realized_pnl_dollars: '0.000000',
      fees_paid_dollars: '0.000000',
    },
  ],
  cursor: '',
}

/** Every answer the client reads. */
export const ANSWERS: readonly Answer[] = [
  answer('GET /exchange/status', markets.exchangeStatus, {
    ...status,
    exchange_index_statuses: [shard],
  }),
  answer('GET /exchange/schedule', exchange.scheduleAnswer, { schedule }),
  answer('GET /exchange/user_data_timestamp', exchange.userDataAnswer, { as_of_time: T }),
  answer('GET /historical/cutoff', history.cutoffAnswer, s.cutoffJson),
  answer('GET /live_data/weather/{city}', exchange.weatherIndexAnswer, {
    city: 'miami',
    units: 'fahrenheit',
    timeseries: [point, { t: 1_795_132_860_000, status: 'incomplete' }],
  }),
  answer('GET /live_data/events/{event_ticker}', exchange.eventLiveDataAnswer, {
    live_data: liveData,
  }),
  answer('GET /series/{series_ticker}', markets.seriesAnswer, { series: s.seriesJson }),
  answer('GET /series', markets.seriesListAnswer, { series: [s.seriesJson] }),
  answer('GET /series/fee_changes', markets.seriesFeeChangesAnswer, {
    series_fee_change_arr: [{ ...feeChange, fee_type: 'quadratic', fee_multiplier: 1 }],
  }),
  answer('GET /events/fee_changes', markets.eventFeeChangesAnswer, {
    event_fee_changes: [
      { ...feeChange, event_ticker: 'E', fee_type_override: null, fee_multiplier_override: null },
    ],
    cursor: '',
  }),
  answer('GET /events/{event_ticker}', markets.eventAnswer, {
    event: { ...s.eventJson, markets: [s.marketJson('A')] },
    markets: [],
  }),
  answer('GET /events', markets.eventsAnswer, page('events', s.eventJson)),
  answer('GET /markets/{ticker}', markets.marketAnswer, { market: s.marketJson('A') }),
  answer('GET /markets', markets.marketsAnswer, page('markets', s.marketJson('A'))),
  answer('GET /historical/markets', markets.marketsAnswer, page('markets', s.marketJson('A'))),
  answer('GET /markets/{ticker}/orderbook', markets.orderbookAnswer, { orderbook_fp: s.bookJson }),
  answer('GET /markets/orderbooks', markets.orderbooksAnswer, {
    orderbooks: [{ ticker: 'A', orderbook_fp: s.bookJson }],
  }),
  answer('GET /markets/trades', history.tradesAnswer, page('trades', s.tradeJson('t', T))),
  answer('GET /historical/trades', history.tradesAnswer, page('trades', s.tradeJson('t', T))),
  answer('GET /series/{series_ticker}/markets/{ticker}/candlesticks', history.candlesAnswer, {
    ticker: 'T',
    candlesticks: [s.candleJson(1_795_132_800)],
  }),
  answer('GET /historical/markets/{ticker}/candlesticks', history.oldCandlesAnswer, {
    ticker: 'T',
    candlesticks: [s.oldCandleJson(1_795_132_800)],
  }),
  answer('GET /markets/candlesticks', history.batchCandlesAnswer, {
    markets: [{ market_ticker: 'T', candlesticks: [s.candleJson(1_795_132_800)] }],
  }),
  answer('GET /series/{series_ticker}/events/{ticker}/candlesticks', history.eventCandlesAnswer, {
    market_tickers: ['T'],
    market_candlesticks: [[s.candleJson(1_795_132_800)]],
    adjusted_end_ts: 1_795_132_800,
  }),
  answer('GET /account/limits', account.limitsAnswer, s.limitsJson),
  answer('GET /account/endpoint_costs', account.costsAnswer, s.costsJson),
  answer('GET /portfolio/balance', account.balanceAnswer, s.balanceJson),
  answer('GET /portfolio/positions', account.positionsAnswer, positions),
  answer('GET /historical/positions', account.positionsAnswer, positions),
  answer('GET /portfolio/fills', account.fillsAnswer, page('fills', s.fillJson('f', T))),
  answer('GET /historical/fills', account.fillsAnswer, page('fills', s.fillJson('f', T))),
  answer(
    'GET /portfolio/settlements',
    account.settlementsAnswer,
    page('settlements', s.settlementJson),
  ),
  answer('GET /portfolio/orders', orders.ordersAnswer, page('orders', s.orderJson('o'))),
  answer('GET /historical/orders', orders.ordersAnswer, page('orders', s.orderJson('o'))),
  answer('GET /portfolio/orders/{order_id}', orders.orderAnswer, { order: s.orderJson('o') }),
  answer('GET /portfolio/orders/queue_positions', orders.queuePositionsAnswer, {
    queue_positions: [queued],
  }),
  answer('POST /portfolio/events/orders', orders.placed, s.ackJson('c')),
  answer('POST /portfolio/events/orders/batched', orders.batchPlaced, {
    orders: [s.ackJson('c'), { error: fault }],
  }),
  answer('DELETE /portfolio/events/orders/{order_id}', orders.canceled, s.cancelJson('o')),
  answer('DELETE /portfolio/events/orders/batched', orders.batchCanceled, {
    orders: [s.cancelJson('o'), { order_id: 'o', reduced_by: '0.00', error: fault }],
  }),
  answer('POST /portfolio/events/orders/{order_id}/amend', orders.amended, amended),
  answer('POST /portfolio/events/orders/{order_id}/decrease', orders.decreased, amended),
  answer('POST /portfolio/order_groups/create', orders.groupCreated, created),
  answer('GET /portfolio/order_groups', orders.groupsAnswer, {
    order_groups: [{ id: 'g', contracts_limit_fp: '5.00', is_auto_cancel_enabled: true }],
  }),
  answer('GET /portfolio/order_groups/{order_group_id}', orders.groupAnswer, {
    is_auto_cancel_enabled: true,
    orders: ['o'],
  }),
]
