import type { EventOf } from '@kwm/contracts'
import { ORDERS_MAX, STAGES_MAX } from './limits.ts'
import { RevisedMap } from './revised-map.ts'
import type { OrderState, OrderView } from './view.ts'

export type OrderEvent = EventOf<
  | 'signal.order-intent.v1'
  | 'risk.order-approved.v1'
  | 'risk.order-denied.v1'
  | 'exec.order-submitted.v1'
  | 'exec.order-accepted.v1'
  | 'exec.order-rejected.v1'
  | 'exec.order-canceled.v1'
  | 'exec.cancel-requested.v1'
  | 'exec.fill.v1'
>
type Describe = (event: OrderEvent) => { readonly label: string; readonly isSynthetic: boolean }
type Change = Partial<OrderView> & { readonly state: OrderState }

/** Orders from intent to end. An order is known by its intent; later events know the client id. */
export class OrderBoard {
  readonly #keyOfClientId = new Map<string, string>()
  readonly #orders: RevisedMap<OrderView>
  readonly #describe: Describe

  constructor(describe: Describe) {
    this.#describe = describe
    this.#orders = new RevisedMap({
      max: ORDERS_MAX,
      isOver: isEnded,
      onForget: (_, order) => {
        if (order.clientOrderId !== null) this.#keyOfClientId.delete(order.clientOrderId)
      },
    })
  }

  apply(event: OrderEvent, seq: number): void {
    const key = this.#keyOf(event)
    const before = this.#orders.get(key) ?? this.#begin(key, event)
    const { reason = '', ...change } = changeOf(event, before)
    const stage = {
      stage: stageName(event),
      id: event.id,
      timeUs: event.eventTimeUs,
      detail: detailOf(event),
    }
    const after: OrderView = {
      ...before,
      ...change,
      // What ended it is worth more than what came after.
      reason: reason === '' ? before.reason : reason,
      updatedUs: event.eventTimeUs,
      stages: [...before.stages, stage].slice(-STAGES_MAX),
    }
    this.#orders.set(key, after, seq)
    if (after.clientOrderId !== null) this.#keyOfClientId.set(after.clientOrderId, key)
  }

  since(seq: number): OrderView[] {
    return this.#orders.since(seq)
  }

  get size(): number {
    return this.#orders.size
  }

  #keyOf(event: OrderEvent): string {
    if (event.type === 'signal.order-intent.v1') return event.id
    if ('intentId' in event.data) return event.data.intentId
    // Unknown when the tape was joined midway: the client id then names the order.
    return this.#keyOfClientId.get(event.data.clientOrderId) ?? event.data.clientOrderId
  }

  #begin(key: string, event: OrderEvent): OrderView {
    const { eventTicker, marketTicker } = event.data
    const terms = 'priceBps' in event.data ? event.data : undefined
    return {
      key,
      clientOrderId: 'clientOrderId' in event.data ? event.data.clientOrderId : null,
      pmfId: 'pmfId' in event.data ? event.data.pmfId : null,
      strategy: 'strategy' in event.data ? event.data.strategy : '',
      eventTicker,
      marketTicker,
      ...this.#describe(event),
      side: terms?.side ?? 'yes',
      priceBps: terms?.priceBps ?? 0,
      countCenti: terms?.countCenti ?? 0,
      filledCenti: 0,
      remainingCenti: terms?.countCenti ?? 0,
      feesMicros: 0,
      evBps: 'evBps' in event.data ? event.data.evBps : null,
      isPostOnly: 'isPostOnly' in event.data ? event.data.isPostOnly : false,
      state: 'intent',
      reason: '',
      timeUs: event.eventTimeUs,
      updatedUs: event.eventTimeUs,
      stages: [],
    }
  }
}

const ENDED: ReadonlySet<OrderState> = new Set(['denied', 'filled', 'canceled', 'rejected'])
export const isEnded = (order: OrderView): boolean => ENDED.has(order.state)

function changeOf(event: OrderEvent, order: OrderView): Change {
  switch (event.type) {
    case 'signal.order-intent.v1':
      return { state: 'intent', reason: event.data.reason }
    case 'risk.order-approved.v1':
      return { state: 'approved', clientOrderId: event.data.clientOrderId }
    case 'risk.order-denied.v1':
      return { state: 'denied', reason: event.data.reason }
    case 'exec.order-submitted.v1':
      return { state: 'submitted', countCenti: event.data.countCenti }
    case 'exec.order-accepted.v1':
      return { state: keep(order, 'resting'), remainingCenti: event.data.remainingCenti }
    case 'exec.order-rejected.v1':
      return { state: 'rejected', reason: event.data.reason, remainingCenti: 0 }
    case 'exec.cancel-requested.v1':
      return { state: keep(order, 'canceling'), reason: event.data.reason }
    case 'exec.order-canceled.v1':
      return { state: keep(order, 'canceled'), reason: event.data.reason, remainingCenti: 0 }
    case 'exec.fill.v1': {
      const { countCenti, feeMicros, remainingCenti } = event.data
      const filledCenti = order.filledCenti + countCenti
      const feesMicros = order.feesMicros + feeMicros
      const state = remainingCenti === 0 ? 'filled' : keep(order, 'resting')
      return { state, filledCenti, feesMicros, remainingCenti, reason: '' }
    }
  }
}

/** What ended an order stays; a cancel under way is not undone by a partial fill. */
const keep = (order: OrderView, next: OrderState): OrderState =>
  isEnded(order) || (order.state === 'canceling' && next === 'resting') ? order.state : next

const stageName = (event: OrderEvent): string => event.type.split('.')[1]!

function detailOf(event: OrderEvent): string {
  switch (event.type) {
    case 'exec.fill.v1':
      return `${event.data.countCenti / 100} @ ${event.data.priceBps / 100}¢ (${event.data.cause})`
    case 'exec.order-accepted.v1':
      return event.data.venueOrderId
    case 'exec.order-submitted.v1':
      return event.data.mode
    default:
      return 'reason' in event.data ? event.data.reason : ''
  }
}
