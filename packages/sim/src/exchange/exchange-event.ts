import type { OutcomeSide } from '@kwm/model-venue'
import type { VenueEvent } from '../venue/venue-event.ts'
import type { Account } from './account.ts'
import type { ClientOrder } from './client-order.ts'
import type { Holding } from './holding.ts'
import type { OrderGroup } from './order-group.ts'

/** Whose order made a public change: only its owner is told which order that was. */
export type Cause = { readonly accountNo: number; readonly clientOrderId: string }

export type Fill = {
  readonly tradeId: string
  readonly order: ClientOrder
  readonly marketTicker: string
  readonly eventTicker: string
  readonly exchangeIndex: number
  readonly side: OutcomeSide
  readonly yesPriceBps: number
  readonly countCenti: number
  readonly isTaker: boolean
  readonly feeMicros: number
  readonly postPositionCenti: number
  readonly timeUs: number
}

export type Settlement = {
  readonly marketTicker: string
  readonly eventTicker: string
  readonly exchangeIndex: number
  readonly result: 'yes' | 'no'
  readonly signedCenti: number
  readonly costMicros: number
  readonly payoutMicros: number
  readonly feesMicros: number
  readonly timeUs: number
}

/** Cash moved between two shards. */
export type Transfer = {
  readonly transferId: string
  readonly fromIndex: number
  readonly toIndex: number
  readonly amountMicros: number
  readonly timeUs: number
}

export type GroupChange = 'created' | 'triggered' | 'reset' | 'deleted' | 'limit_updated'

/** What only the account itself is told. Orders and holdings are as they are at that moment. */
export type PrivateEvent =
  | { readonly type: 'filled'; readonly fill: Fill }
  | { readonly type: 'order-updated'; readonly order: ClientOrder }
  | { readonly type: 'position-changed'; readonly holding: Holding }
  | { readonly type: 'group-changed'; readonly group: OrderGroup; readonly change: GroupChange }

/** Called as things happen, in order. */
export type ExchangeObserver = {
  published(change: VenueEvent, cause: Cause | undefined): void
  told(account: Account, event: PrivateEvent, timeUs: number): void
}
