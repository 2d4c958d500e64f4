import type { BookSide } from './units.ts'

/**
 * Frames about our own account, and the settlement index. They are read off the socket like market
 * data; what becomes of them is up to whoever subscribed.
 */
export type AccountFrame = FillFrame | UserOrderFrame | PositionFrame | OrderGroupFrame

export type FillFrame = {
  readonly kind: 'fill'
  readonly sid: number
  readonly seq: number | null
  readonly venueTimeUs: number | null
  readonly tradeId: string
  readonly orderId: string
  readonly clientOrderId: string | null
  readonly marketTicker: string
  readonly exchangeIndex: number
  readonly isTaker: boolean
  /** What was bought: a sale of YES is a purchase of NO. */
  readonly outcomeSide: BookSide
  readonly yesPriceBps: number
  readonly countCenti: number
  /** Of this fill, in total: the fee to book. */
  readonly feeMicros: number
  /** Signed, negative for NO; null where not told. */
  readonly postPositionCenti: number | null
  readonly subaccount: number
}

export type UserOrderFrame = {
  readonly kind: 'user-order'
  readonly sid: number
  readonly seq: number | null
  readonly venueTimeUs: number | null
  readonly orderId: string
  readonly clientOrderId: string | null
  readonly marketTicker: string
  readonly exchangeIndex: number
  /** Open enumeration: resting, canceled, executed. */
  readonly status: string
  readonly outcomeSide: BookSide
  readonly yesPriceBps: number | null
  readonly fillCenti: number
  readonly remainingCenti: number
  readonly initialCenti: number
  readonly feesMicros: number
  readonly orderGroupId: string | null
  readonly expirationTimeUs: number | null
  /** Open enumeration: Amend, ExpiryCancel, Trade …, or empty. */
  readonly lastUpdateReason: string
  readonly subaccount: number
}

export type PositionFrame = {
  readonly kind: 'position'
  readonly sid: number
  readonly seq: number | null
  readonly marketTicker: string
  /** Signed, negative for NO. */
  readonly positionCenti: number
  readonly costMicros: number
  readonly realizedPnlMicros: number
  readonly feesPaidMicros: number
}

export type OrderGroupFrame = {
  readonly kind: 'order-group'
  readonly sid: number
  readonly seq: number | null
  readonly venueTimeUs: number | null
  /** Open enumeration: created, triggered, reset, deleted, limit_updated. */
  readonly eventType: string
  readonly orderGroupId: string
  readonly limitCenti: number | null
}

/** One second of a CF Benchmarks index. */
export type IndexValueFrame = {
  readonly kind: 'index-value'
  readonly sid: number
  readonly seq: number | null
  /** The second the value is of. */
  readonly venueTimeUs: number
  readonly index: string
  readonly valueMicros: number
  /** Mean of the trailing 60 s, without this second. */
  readonly average60sMicros: number | null
  /** Running settlement mean of the last minute before a quarter hour. */
  readonly settlementAverageMicros: number | null
  readonly settlementAverageCount: number | null
}

export type IndexListFrame = {
  readonly kind: 'index-list'
  readonly sid: number
  readonly seq: number | null
  readonly indexIds: readonly string[]
}
