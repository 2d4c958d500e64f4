import { timestamp } from './event-table.ts'
import type { EventTables } from './event-table.ts'

const ORDER = ['step', 'client_order_id', 'event_ticker', 'market_ticker']

export const orderTables: EventTables<
  | 'risk.order-approved.v1'
  | 'risk.order-denied.v1'
  | 'exec.order-submitted.v1'
  | 'exec.order-accepted.v1'
  | 'exec.order-rejected.v1'
  | 'exec.cancel-requested.v1'
  | 'exec.order-canceled.v1'
  | 'exec.fill.v1'
  | 'exec.position.v1'
  | 'exec.settled.v1'
> = {
  'risk.order-approved.v1': {
    table: 'trade.approvals',
    columns: [
      ...['strategy', 'intent_id', 'client_order_id', 'event_ticker', 'market_ticker', 'side'],
      ...['price_bps', 'count_centi', 'is_post_only', 'ttl_us', 'worst_case_micros'],
    ],
    values: (d) => [
      d.strategy,
      d.intentId,
      d.clientOrderId,
      d.eventTicker,
      d.marketTicker,
      d.side,
      d.priceBps,
      d.countCenti,
      d.isPostOnly,
      d.ttlUs,
      d.worstCaseMicros,
    ],
  },
  'risk.order-denied.v1': {
    table: 'trade.denials',
    columns: [
      ...['strategy', 'intent_id', 'event_ticker', 'market_ticker', 'reason', 'value_micros'],
      'limit_micros',
    ],
    values: (d) => [
      d.strategy,
      d.intentId,
      d.eventTicker,
      d.marketTicker,
      d.reason,
      d.valueMicros,
      d.limitMicros,
    ],
  },
  'exec.order-submitted.v1': {
    table: 'trade.orders',
    columns: [
      ...[...ORDER, 'strategy', 'approval_id', 'mode', 'side', 'price_bps', 'count_centi'],
      ...['is_post_only', 'ttl_us', 'expire_time'],
    ],
    values: (d) => [
      'submitted',
      d.clientOrderId,
      d.eventTicker,
      d.marketTicker,
      d.strategy,
      d.approvalId,
      d.mode,
      d.side,
      d.priceBps,
      d.countCenti,
      d.isPostOnly,
      d.ttlUs,
      timestamp(d.expireTimeUs),
    ],
  },
  'exec.order-accepted.v1': {
    table: 'trade.orders',
    columns: [...ORDER, 'venue_order_id', 'remaining_centi', 'queue_ahead_centi'],
    values: (d) => [
      'accepted',
      d.clientOrderId,
      d.eventTicker,
      d.marketTicker,
      d.venueOrderId,
      d.remainingCenti,
      d.queueAheadCenti,
    ],
  },
  'exec.order-rejected.v1': {
    table: 'trade.orders',
    columns: [...ORDER, 'reason'],
    values: (d) => ['rejected', d.clientOrderId, d.eventTicker, d.marketTicker, d.reason],
  },
  'exec.cancel-requested.v1': {
    table: 'trade.orders',
    columns: [...ORDER, 'reason'],
    values: (d) => ['cancel-requested', d.clientOrderId, d.eventTicker, d.marketTicker, d.reason],
  },
  'exec.order-canceled.v1': {
    table: 'trade.orders',
    columns: [...ORDER, 'canceled_centi', 'reason'],
    values: (d) => [
      'canceled',
      d.clientOrderId,
      d.eventTicker,
      d.marketTicker,
      d.canceledCenti,
      d.reason,
    ],
  },
  'exec.fill.v1': {
    table: 'trade.fills',
    columns: [
      ...['client_order_id', 'fill_id', 'event_ticker', 'market_ticker', 'side', 'price_bps'],
      ...['count_centi', 'fee_micros', 'is_taker', 'remaining_centi', 'cause'],
    ],
    values: (d) => [
      d.clientOrderId,
      d.fillId,
      d.eventTicker,
      d.marketTicker,
      d.side,
      d.priceBps,
      d.countCenti,
      d.feeMicros,
      d.isTaker,
      d.remainingCenti,
      d.cause,
    ],
  },
  'exec.position.v1': {
    table: 'trade.positions',
    columns: [
      ...['event_ticker', 'market_ticker', 'position_centi', 'cost_micros', 'fees_micros'],
      'realized_pnl_micros',
    ],
    values: (d) => [
      d.eventTicker,
      d.marketTicker,
      d.positionCenti,
      d.costMicros,
      d.feesMicros,
      d.realizedPnlMicros,
    ],
  },
  'exec.settled.v1': {
    table: 'trade.settlements',
    columns: [
      ...['event_ticker', 'market_ticker', 'settlement_value_bps', 'position_centi'],
      ...['payout_micros', 'fees_micros', 'pnl_micros'],
    ],
    values: (d) => [
      d.eventTicker,
      d.marketTicker,
      d.settlementValueBps,
      d.positionCenti,
      d.payoutMicros,
      d.feesMicros,
      d.pnlMicros,
    ],
  },
}
