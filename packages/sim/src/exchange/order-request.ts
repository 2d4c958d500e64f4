import type { SelfTradePrevention } from '@kwm/model-venue'

export type TimeInForce = 'good_till_canceled' | 'immediate_or_cancel' | 'fill_or_kill'

/** An order as asked for; prices are of the YES leg, counts in 0.01 contract. */
export type OrderRequest = {
  readonly marketTicker: string
  /** '' when the client gave none. */
  readonly clientOrderId: string
  /** `ask` sells YES, which is to buy NO. */
  readonly side: 'bid' | 'ask'
  readonly countCenti: number
  readonly yesPriceBps: number
  readonly timeInForce: TimeInForce
  readonly expirationUs: number | undefined
  readonly isPostOnly: boolean
  readonly selfTrade: SelfTradePrevention
  readonly cancelOnPause: boolean
  /** Immediate-or-cancel only: no more than closes the position. */
  readonly isReduceOnly: boolean
  readonly groupId: string | undefined
  /** `undefined`: routed by ticker. */
  readonly exchangeIndex: number | undefined
}

export type AmendRequest = {
  readonly marketTicker: string
  readonly side: 'bid' | 'ask'
  readonly yesPriceBps: number
  /** What is filled already and what shall remain. */
  readonly countCenti: number
  readonly clientOrderId: string | undefined
  readonly updatedClientOrderId: string | undefined
  /** `undefined`: as it was; `null`: none any more. */
  readonly expirationUs: number | null | undefined
}

export type RefusalCode =
  | 'available_balance_too_low'
  | 'exchange_index_mismatch'
  | 'invalid_expiration_time'
  | 'invalid_order_size'
  | 'invalid_parameters'
  | 'invalid_price'
  | 'market_inactive'
  | 'market_not_found'
  | 'not_found'
  | 'order_already_exists'
  | 'order_group_not_found'
  | 'order_group_triggered'
  | 'order_side_mismatch'
  | 'order_ticker_mismatch'
  | 'too_many_order_groups'
  | 'too_many_orders'
  | 'trading_is_paused'

/** The venue's no. Nothing has happened. */
export class Refusal {
  readonly code: RefusalCode
  readonly message: string

  constructor(code: RefusalCode, message: string) {
    this.code = code
    this.message = message
  }
}
