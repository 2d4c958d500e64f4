// Answers in the venue's shapes, of invented values.

export const marketJson = (ticker: string, more: object = {}) => ({
  ticker,
  event_ticker: 'KXHIGHNY-26NOV20',
  market_type: 'binary',
  status: 'active',
  yes_sub_title: '48° to 49°',
  no_sub_title: '48° to 49°',
  created_time: '2026-11-19T09:30:29.593795Z',
  updated_time: '2026-11-19T15:00:00Z',
  open_time: '2026-11-19T15:00:00Z',
  close_time: '2026-11-21T05:00:00Z',
  latest_expiration_time: '2026-11-28T05:00:00Z',
  settlement_timer_seconds: 300,
  yes_bid_dollars: '0.4200',
  yes_ask_dollars: '0.430',
  no_bid_dollars: '0.570000',
  no_ask_dollars: '0.5800',
  yes_bid_size_fp: '13.00',
  yes_ask_size_fp: '0.05',
  last_price_dollars: '0.4200',
  volume_fp: '1575916.05',
  volume_24h_fp: '737032.57',
  open_interest_fp: '522100.53',
  result: '',
  expiration_value: '',
  can_close_early: true,
  strike_type: 'between',
  floor_strike: 48,
  cap_strike: 49,
  rules_primary: 'If the maximum temperature ...',
  rules_secondary: '',
  price_level_structure: 'linear_cent',
  price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0100' }],
  exchange_index: 0,
  a_field_of_tomorrow: {},
  ...more,
})
export const seriesJson = {
  ticker: 'KXHIGHNY',
  title: 'NYC high',
  category: 'Climate',
  frequency: 'daily',
  tags: null,
  settlement_sources: [{ name: 'The Weather Company', url: 'https://example.test' }],
  contract_url: '',
  contract_terms_url: '',
  fee_type: 'quadratic',
  fee_multiplier: 0.5,
  additional_prohibitions: null,
}
export const eventJson = {
  event_ticker: 'KXHIGHNY-26NOV20',
  series_ticker: 'KXHIGHNY',
  title: 'Highest temperature',
  sub_title: 'Nov 20',
  collateral_return_type: 'MECNET',
  mutually_exclusive: true,
  settlement_sources: null,
  strike_date: '0001-01-01T00:00:00Z',
}
export const bookJson = {
  yes_dollars: [
    ['0.0100', '200.00'],
    ['0.4200', '13.00'],
  ],
  no_dollars: [['0.5600', '17.5']],
}
export const tradeJson = (id: string, createdTime: string, more: object = {}) => ({
  trade_id: id,
  ticker: 'T',
  count_fp: '2.50',
  yes_price_dollars: '0.4200',
  no_price_dollars: '0.5800',
  taker_outcome_side: 'no',
  taker_book_side: 'ask',
  created_time: createdTime,
  is_block_trade: false,
  ...more,
})
const ohlc = (o: string, l: string, h: string, c: string) => ({
  open_dollars: o,
  low_dollars: l,
  high_dollars: h,
  close_dollars: c,
})
const nothing = { open_dollars: null, low_dollars: null, high_dollars: null, close_dollars: null }
export const candleJson = (endSeconds: number) => ({
  end_period_ts: endSeconds,
  yes_bid: ohlc('0.4100', '0.4100', '0.4200', '0.4200'),
  yes_ask: ohlc('0.4300', '0.4300', '0.4400', '1.0000'),
  price: { ...nothing, mean_dollars: null, previous_dollars: '0.4200' },
  volume_fp: '0.00',
  open_interest_fp: '120.00',
})
const flat = (o: string) => ({ open: o, low: o, high: o, close: o })
export const oldCandleJson = (endSeconds: number) => ({
  end_period_ts: endSeconds,
  yes_bid: flat('0.4100'),
  yes_ask: flat('0.4300'),
  price: { ...flat('0.4200'), mean: '0.421375', previous: null },
  volume: '7.00',
  open_interest: '120.00',
})
export const orderJson = (id: string, more: object = {}) => ({
  order_id: id,
  user_id: 'u',
  client_order_id: `c-${id}`,
  ticker: 'KXHIGHNY-26NOV20-B48.5',
  outcome_side: 'no',
  book_side: 'ask',
  type: 'limit',
  status: 'resting',
  yes_price_dollars: '0.4200',
  no_price_dollars: '0.5800',
  fill_count_fp: '1.00',
  remaining_count_fp: '9.00',
  initial_count_fp: '10.00',
  taker_fill_cost_dollars: '0.580000',
  maker_fill_cost_dollars: '0.000000',
  taker_fees_dollars: '0.017052',
  maker_fees_dollars: '0.000000',
  created_time: '2026-11-20T12:00:00.123456Z',
  last_update_time: null,
  ...more,
})
export const fillJson = (id: string, createdTime: string, more: object = {}) => ({
  fill_id: id,
  trade_id: id,
  order_id: 'o1',
  ticker: 'T',
  market_ticker: 'T',
  exchange_index: 2,
  outcome_side: 'yes',
  book_side: 'bid',
  count_fp: '10.00',
  yes_price_dollars: '0.4200',
  no_price_dollars: '0.5800',
  is_taker: true,
  fee_cost: '0.017052',
  created_time: createdTime,
  ...more,
})
export const positionJson = (ticker: string, positionFp = '-12.50') => ({
  ticker,
  exchange_index: 0,
  total_traded_dollars: '12.340000',
  position_fp: positionFp,
  market_exposure_dollars: '5.000000',
  realized_pnl_dollars: '-1.250001',
  fees_paid_dollars: '0.100000',
  last_updated_ts: '2026-11-20T12:00:00Z',
})
export const settlementJson = {
  ticker: 'T',
  exchange_index: 0,
  event_ticker: 'E',
  market_result: 'no',
  yes_count_fp: '0.00',
  yes_total_cost_dollars: '0.000000',
  no_count_fp: '5.00',
  no_total_cost_dollars: '2.900000',
  revenue: 500,
  settled_time: '2026-11-20T12:00:00Z',
  fee_cost: '0.080000',
  value: 0,
}
export const balanceJson = {
  balance: 12_345,
  balance_dollars: '123.4567',
  portfolio_value: 500,
  updated_ts: 1_795_132_800,
  balance_breakdown: [{ exchange_index: 2, balance: '10.0000' }],
}
export const limitsJson = {
  usage_tier: 'advanced',
  read: { refill_rate: 300, bucket_capacity: 600 },
  write: { refill_rate: 300, bucket_capacity: 600 },
  grants: [],
}
export const costsJson = {
  default_cost: 10,
  endpoint_costs: [
    { method: 'delete', path: '/trade-api/v2/portfolio/events/orders/:order_id', cost: 2 },
    { method: 'DELETE', path: '/portfolio/events/orders/batched', cost: 2 },
    { method: 'GET', path: '/markets/{market}', cost: 50 },
  ],
}
export const ackJson = (clientOrderId: string) => ({
  order_id: `o-${clientOrderId}`,
  client_order_id: clientOrderId,
  fill_count: '1.00',
  remaining_count: '9.00',
  average_fill_price: '0.420000',
  average_fee_paid: '0.017052',
  ts_ms: 1_795_132_800_000,
})
export const cancelJson = (orderId: string) => ({
  order_id: orderId,
  reduced_by: '9.00',
  ts_ms: 1_795_132_800_001,
})
export const cutoffJson = {
  market_settled_ts: '2026-09-20T00:00:00Z',
  trades_created_ts: '2026-09-20T00:00:00Z',
  orders_updated_ts: '2026-11-07T00:00:00Z',
  market_positions_last_updated_ts: '2026-09-20T00:00:00Z',
}
