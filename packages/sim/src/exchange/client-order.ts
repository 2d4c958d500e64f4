import type { FeeAccumulator, OutcomeSide, SelfTradePrevention } from '@kwm/model-venue'
import { RestingBid, newFeeAccumulator, priceOfSide } from '@kwm/model-venue'
import type { Holding } from './holding.ts'
import type { OrderGroup } from './order-group.ts'
import type { OrderRequest } from './order-request.ts'

export type OrderStatus = 'resting' | 'canceled' | 'executed'

/** Why an order changed last, in the venue's words. */
export type UpdateReason =
  | ''
  | 'Decrease'
  | 'Amend'
  | 'SelfTradeCancel'
  | 'ExpiryCancel'
  | 'CloseCancel'
  | 'HaltCancel'
  | 'Trade'
  | 'PostOnlyCrossCancel'
  | 'ReduceOnlyCancel'

export type OrderIdentity = {
  readonly orderId: string
  readonly holding: Holding
  readonly group: OrderGroup | undefined
  readonly createdUs: number
}

/** One order of one account, from its acceptance on. It is its own place in the queue. */
export class ClientOrder extends RestingBid {
  readonly orderId: string
  readonly holding: Holding
  readonly group: OrderGroup | undefined
  readonly createdUs: number
  readonly isPostOnly: boolean
  readonly cancelOnPause: boolean
  readonly selfTrade: SelfTradePrevention
  clientOrderId: string
  initialCenti: number
  filledCenti = 0
  status: OrderStatus = 'resting'
  lastReason: UpdateReason = ''
  updatedUs: number
  expirationUs: number | undefined
  /** Sum of YES price × count over its fills. */
  filledYesMicros = 0
  takerCostMicros = 0
  makerCostMicros = 0
  takerFeesMicros = 0
  makerFeesMicros = 0
  feeAccumulator: FeeAccumulator = newFeeAccumulator

  constructor(identity: OrderIdentity, request: OrderRequest, countCenti: number) {
    const { holding } = identity
    const side: OutcomeSide = request.side === 'bid' ? 'yes' : 'no'
    super(holding.account.accountNo, side, priceOfSide(side, request.yesPriceBps), countCenti)
    this.orderId = identity.orderId
    this.holding = holding
    this.group = identity.group
    this.createdUs = identity.createdUs
    this.updatedUs = identity.createdUs
    this.isPostOnly = request.isPostOnly
    this.cancelOnPause = request.cancelOnPause
    this.selfTrade = request.selfTrade
    this.clientOrderId = request.clientOrderId
    this.expirationUs = request.expirationUs
    this.initialCenti = countCenti
  }

  get limitBps(): number {
    return this.priceBps
  }

  get yesPriceBps(): number {
    return priceOfSide(this.side, this.priceBps)
  }

  get feesMicros(): number {
    return this.takerFeesMicros + this.makerFeesMicros
  }
}
