import type { VenueFrame } from '@kwm/contracts'
import { parseFixed } from '@kwm/std'
import {
  isFields,
  isIndex,
  isText,
  isTicker,
  isTimeMs,
  priceFault,
  readCount,
  readPrice,
  refuse,
  unknownField,
} from './frame-fields.ts'
import type { Fields } from './frame-fields.ts'

const MONEY_DECIMALS = 6

// Sides under their older names are still sent; the canonical ones are read.
const FILL_FIELDS = new Set([
  ...['trade_id', 'order_id', 'client_order_id', 'market_ticker', 'market_id', 'exchange_index'],
  ...['is_taker', 'side', 'outcome_side', 'book_side', 'action', 'purchased_side'],
  ...['yes_price_dollars', 'no_price_dollars', 'count_fp', 'fee_cost', 'post_position_fp'],
  ...['ts', 'ts_ms', 'subaccount'],
])
const ORDER_FIELDS = new Set([
  ...['order_id', 'user_id', 'ticker', 'exchange_index', 'status', 'side', 'is_yes'],
  ...['outcome_side', 'book_side', 'yes_price_dollars', 'no_price_dollars', 'fill_count_fp'],
  ...['remaining_count_fp', 'initial_count_fp', 'taker_fill_cost_dollars'],
  ...['maker_fill_cost_dollars', 'taker_fees_dollars', 'maker_fees_dollars', 'client_order_id'],
  ...['order_group_id', 'self_trade_prevention_type', 'created_ts_ms', 'last_updated_ts_ms'],
  ...['expiration_ts_ms', 'last_update_reason', 'subaccount_number', 'created_time'],
  ...['last_updated_time', 'expiration_time', 'ts_ms'],
])
const POSITION_FIELDS = new Set([
  ...['user_id', 'market_ticker', 'market_id', 'position_fp', 'position_cost_dollars'],
  ...['realized_pnl_dollars', 'fees_paid_dollars', 'position_fee_cost_dollars', 'volume_fp'],
  ...['subaccount', 'exchange_index', 'ts_ms'],
])
const GROUP_FIELDS = new Set([
  ...[
    'event_type',
    'order_group_id',
    'contracts_limit_fp',
    'exchange_index',
    'subaccount',
    'ts_ms',
  ],
])

export function decodeFill(root: Fields): VenueFrame {
  const { sid, msg } = root
  const fault = headFault(root, FILL_FIELDS)
  if (fault) return fault
  if (!isIndex(sid) || !isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const { trade_id: tradeId, order_id: orderId, market_ticker: marketTicker, is_taker } = msg
  if (!isTicker(tradeId)) return refuse(root, 'missing-field', 'trade_id')
  if (!isTicker(orderId)) return refuse(root, 'missing-field', 'order_id')
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'market_ticker')
  if (typeof is_taker !== 'boolean') return refuse(root, 'missing-field', 'is_taker')
  const outcomeSide = readOutcome(msg)
  if (!outcomeSide) return refuse(root, 'bad-field', 'outcome_side')
  const yesPriceBps = readPrice(msg['yes_price_dollars'])
  if (yesPriceBps < 0) return refuse(root, priceFault(yesPriceBps), 'yes_price_dollars')
  const countCenti = readCount(msg['count_fp'])
  if (countCenti === undefined || countCenti <= 0) return refuse(root, 'bad-count', 'count_fp')
  const feeMicros = readMicros(msg['fee_cost'])
  if (feeMicros === undefined) return refuse(root, 'bad-field', 'fee_cost')
  const postPositionCenti = isPresent(msg['post_position_fp'])
    ? readCount(msg['post_position_fp'])
    : null
  if (postPositionCenti === undefined) return refuse(root, 'bad-count', 'post_position_fp')
  const common = { sid, seq: seqOf(root), venueTimeUs: timeOf(msg), tradeId, orderId, marketTicker }
  return {
    kind: 'fill',
    ...common,
    clientOrderId: textOf(msg['client_order_id']),
    exchangeIndex: indexOf(msg['exchange_index']),
    isTaker: is_taker,
    outcomeSide,
    yesPriceBps,
    countCenti,
    feeMicros,
    postPositionCenti,
    subaccount: indexOf(msg['subaccount']),
  }
}

export function decodeUserOrder(root: Fields): VenueFrame {
  const { sid, msg } = root
  const fault = headFault(root, ORDER_FIELDS)
  if (fault) return fault
  if (!isIndex(sid) || !isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const { order_id: orderId, ticker: marketTicker, status } = msg
  if (!isTicker(orderId)) return refuse(root, 'missing-field', 'order_id')
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'ticker')
  if (!isText(status)) return refuse(root, 'missing-field', 'status')
  const outcomeSide = readOutcome(msg)
  if (!outcomeSide) return refuse(root, 'bad-field', 'outcome_side')
  const price = isPresent(msg['yes_price_dollars']) ? readPrice(msg['yes_price_dollars']) : null
  if (price !== null && price < 0) return refuse(root, priceFault(price), 'yes_price_dollars')
  const fillCenti = readCount(msg['fill_count_fp'])
  if (fillCenti === undefined) return refuse(root, 'bad-count', 'fill_count_fp')
  const remainingCenti = readCount(msg['remaining_count_fp'])
  if (remainingCenti === undefined) return refuse(root, 'bad-count', 'remaining_count_fp')
  const initialCenti = readCount(msg['initial_count_fp'])
  if (initialCenti === undefined) return refuse(root, 'bad-count', 'initial_count_fp')
  const takerFees = readMicros(msg['taker_fees_dollars'] ?? '0')
  const makerFees = readMicros(msg['maker_fees_dollars'] ?? '0')
  if (takerFees === undefined) return refuse(root, 'bad-field', 'taker_fees_dollars')
  if (makerFees === undefined) return refuse(root, 'bad-field', 'maker_fees_dollars')
  const counts = { fillCenti, remainingCenti, initialCenti, feesMicros: takerFees + makerFees }
  const identity = { orderId, clientOrderId: textOf(msg['client_order_id']), marketTicker }
  return {
    kind: 'user-order',
    sid,
    seq: seqOf(root),
    venueTimeUs: msToUs(msg['last_updated_ts_ms'] ?? msg['ts_ms']),
    ...identity,
    exchangeIndex: indexOf(msg['exchange_index']),
    status,
    outcomeSide,
    yesPriceBps: price,
    ...counts,
    orderGroupId: textOf(msg['order_group_id']),
    expirationTimeUs: msToUs(msg['expiration_ts_ms']),
    lastUpdateReason: textOf(msg['last_update_reason']) ?? '',
    subaccount: indexOf(msg['subaccount_number']),
  }
}

export function decodePosition(root: Fields): VenueFrame {
  const { sid, msg } = root
  const fault = headFault(root, POSITION_FIELDS)
  if (fault) return fault
  if (!isIndex(sid) || !isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const { market_ticker: marketTicker } = msg
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'market_ticker')
  const positionCenti = readCount(msg['position_fp'])
  if (positionCenti === undefined) return refuse(root, 'bad-count', 'position_fp')
  const costMicros = readMicros(msg['position_cost_dollars'])
  if (costMicros === undefined) return refuse(root, 'bad-field', 'position_cost_dollars')
  const realizedPnlMicros = readMicros(msg['realized_pnl_dollars'])
  if (realizedPnlMicros === undefined) return refuse(root, 'bad-field', 'realized_pnl_dollars')
  const feesPaidMicros = readMicros(msg['fees_paid_dollars'])
  if (feesPaidMicros === undefined) return refuse(root, 'bad-field', 'fees_paid_dollars')
  const money = { costMicros, realizedPnlMicros, feesPaidMicros }
  return { kind: 'position', sid, seq: seqOf(root), marketTicker, positionCenti, ...money }
}

export function decodeOrderGroup(root: Fields): VenueFrame {
  const { sid, msg } = root
  const fault = headFault(root, GROUP_FIELDS)
  if (fault) return fault
  if (!isIndex(sid) || !isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const { event_type: eventType, order_group_id: orderGroupId } = msg
  if (!isText(eventType)) return refuse(root, 'missing-field', 'event_type')
  if (!isTicker(orderGroupId)) return refuse(root, 'missing-field', 'order_group_id')
  const limit = msg['contracts_limit_fp']
  const limitCenti = isPresent(limit) ? readCount(limit) : null
  if (limitCenti === undefined) return refuse(root, 'bad-count', 'contracts_limit_fp')
  const group = { eventType, orderGroupId, limitCenti }
  return { kind: 'order-group', sid, seq: seqOf(root), venueTimeUs: timeOf(msg), ...group }
}

/** What is wrong with the parts every frame has. */
function headFault(root: Fields, known: ReadonlySet<string>): VenueFrame | undefined {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, known)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  for (const field of ['ts_ms', 'last_updated_ts_ms', 'expiration_ts_ms']) {
    if (isPresent(msg[field]) && !isTimeMs(msg[field])) return refuse(root, 'bad-time', field)
  }
  return undefined
}

/** `outcome_side`; where an older payload lacks it, the deprecated words mean the same. */
function readOutcome(msg: Fields): 'yes' | 'no' | undefined {
  const side = msg['outcome_side'] ?? msg['purchased_side'] ?? msg['side']
  return side === 'yes' || side === 'no' ? side : undefined
}

const readMicros = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseFixed(value, MONEY_DECIMALS) : undefined

const isPresent = (value: unknown): boolean => value !== undefined && value !== null
const seqOf = ({ seq }: Fields): number | null => (isIndex(seq) ? seq : null)
const timeOf = (msg: Fields): number | null => msToUs(msg['ts_ms'])
const msToUs = (ms: unknown): number | null => (isTimeMs(ms) ? ms * 1_000 : null)
const textOf = (value: unknown): string | null => (isText(value) && value !== '' ? value : null)
const indexOf = (value: unknown): number => (isIndex(value) ? value : 0)
