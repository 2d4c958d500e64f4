import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { OpenOrders, type OpenOrder } from '@kwm/model-orders'
import { Ledger, type LedgerSnapshot, type Position } from '@kwm/model-positions'

export const execInputTypes = [
  'md.market-listed.v1',
  'md.market-status.v1',
  'md.book-stale.v1',
  'ops.tick.v1',
  'risk.order-approved.v1',
  'risk.halted.v1',
  'exec.order-accepted.v1',
  'exec.order-rejected.v1',
  'exec.order-canceled.v1',
  'exec.fill.v1',
] as const
export const execOutputTypes = [
  'exec.order-submitted.v1',
  'exec.cancel-requested.v1',
  'exec.position.v1',
  'exec.settled.v1',
  'exec.settlement-disputed.v1',
] as const

export type ExecInput = EventOf<(typeof execInputTypes)[number]>
export type ExecConfig = { readonly mode: DataOf<'ops.mode-changed.v1'>['mode'] }
export type ExecState = {
  readonly config: ExecConfig
  readonly orders: OpenOrders
  readonly ledger: Ledger
  readonly eventOfMarket: Map<string, string>
}
export type ExecSnapshot = {
  readonly v: 1
  readonly orders: readonly OpenOrder[]
  readonly ledger: LedgerSnapshot
  readonly eventOfMarket: readonly (readonly [string, string])[]
}

/**
 * Orders on their way to the venue and what came of them: submits what risk approved, asks for
 * cancels (expired, halted, book not to be believed, market closed), keeps the ledger.
 */
export const execMachine = {
  initial: (config: ExecConfig): ExecState => ({
    config,
    orders: new OpenOrders(),
    ledger: new Ledger(),
    eventOfMarket: new Map(),
  }),
  step,
  snapshot: ({ orders, ledger, eventOfMarket }: ExecState): ExecSnapshot => ({
    v: 1,
    orders: orders.snapshot(),
    ledger: ledger.snapshot(),
    eventOfMarket: [...eventOfMarket],
  }),
  restore: (config: ExecConfig, snapshot: ExecSnapshot): ExecState => ({
    config,
    orders: new OpenOrders(snapshot.orders),
    ledger: new Ledger(snapshot.ledger),
    eventOfMarket: new Map(snapshot.eventOfMarket),
  }),
}

function step(state: ExecState, event: ExecInput): readonly Emission[] {
  const { orders } = state
  switch (event.type) {
    case 'md.market-listed.v1':
      state.eventOfMarket.set(event.data.marketTicker, event.data.eventTicker)
      return []
    case 'md.market-status.v1':
      return onMarketStatus(state, event.data)
    case 'md.book-stale.v1':
      return cancelAll(orders.ofMarket(event.data.marketTicker), state, 'book-stale')
    case 'ops.tick.v1': {
      const expired = orders.list().filter((order) => order.expireTimeUs <= event.eventTimeUs)
      return cancelAll(expired, state, 'expired')
    }
    case 'risk.order-approved.v1':
      return submit(state, event)
    case 'risk.halted.v1':
      return cancelAll(orders.list(), state, 'halted')
    case 'exec.order-accepted.v1':
      orders.apply(event.data.clientOrderId, {
        type: 'accepted',
        remainingCenti: event.data.remainingCenti,
      })
      return []
    case 'exec.order-rejected.v1':
      orders.apply(event.data.clientOrderId, { type: 'rejected' })
      return []
    case 'exec.order-canceled.v1':
      orders.apply(event.data.clientOrderId, { type: 'canceled' })
      return []
    case 'exec.fill.v1':
      return onFill(state, event.data)
  }
}

function submit(state: ExecState, event: EventOf<'risk.order-approved.v1'>): readonly Emission[] {
  const { eventTicker, marketTicker, side, priceBps, countCenti } = event.data
  const { isPostOnly, ttlUs, clientOrderId, strategy } = event.data
  if (state.orders.get(clientOrderId)) return [] // A repeated approval is not a second order.
  const expireTimeUs = event.eventTimeUs + ttlUs
  const terms = { eventTicker, marketTicker, side, priceBps, countCenti }
  state.orders.open({
    ...terms,
    clientOrderId,
    status: 'submitted',
    remainingCenti: countCenti,
    expireTimeUs,
  })
  const { mode } = state.config
  const approvalId = event.id
  const data = {
    ...terms,
    isPostOnly,
    ttlUs,
    clientOrderId,
    approvalId,
    strategy,
    mode,
    expireTimeUs,
  }
  return [{ type: 'exec.order-submitted.v1', data }]
}

function cancelAll(
  orders: readonly OpenOrder[],
  state: ExecState,
  reason: string,
): readonly Emission[] {
  return orders
    .filter((order) => order.status !== 'canceling')
    .map(({ clientOrderId, eventTicker, marketTicker }) => {
      state.orders.apply(clientOrderId, { type: 'cancel-requested' })
      const data = { eventTicker, marketTicker, clientOrderId, reason }
      return { type: 'exec.cancel-requested.v1', data }
    })
}

function onFill(state: ExecState, fill: DataOf<'exec.fill.v1'>): readonly Emission[] {
  const { eventTicker, clientOrderId, marketTicker, side, priceBps, countCenti, feeMicros } = fill
  state.orders.apply(clientOrderId, { type: 'fill', countCenti })
  const position = state.ledger.applyFill({ marketTicker, side, priceBps, countCenti, feeMicros })
  return [positionEmission(eventTicker, position)]
}

function onMarketStatus(
  state: ExecState,
  { marketTicker, status, result, settlementValueBps }: DataOf<'md.market-status.v1'>,
): readonly Emission[] {
  if (result === null) {
    const isOver = status === 'closed' || status === 'settled' || status === 'finalized'
    return isOver ? cancelAll(state.orders.ofMarket(marketTicker), state, 'market-closed') : []
  }
  if (result === 'scalar' && settlementValueBps === null) return [] // Wait for the value.
  const valueBps = settlementValueBps ?? (result === 'yes' ? 10_000 : 0)
  const wasTouched = state.ledger.positions().some((p) => p.marketTicker === marketTicker)
  const outcome = state.ledger.applySettlement({ marketTicker, result, valueBps })
  const eventTicker = state.eventOfMarket.get(marketTicker) ?? marketTicker
  if (outcome.kind === 'conflicting') {
    const values = { bookedValueBps: outcome.settledYesValueBps, disputedValueBps: valueBps }
    return [{ type: 'exec.settlement-disputed.v1', data: { eventTicker, marketTicker, ...values } }]
  }
  if (outcome.kind !== 'settled' || !wasTouched) return []
  const { position, positionCenti, payoutMicros } = outcome
  const { feesMicros, cashMicros } = position
  const settled = { eventTicker, marketTicker, settlementValueBps: valueBps, positionCenti }
  return [
    {
      type: 'exec.settled.v1',
      data: { ...settled, payoutMicros, feesMicros, pnlMicros: cashMicros },
    },
    positionEmission(eventTicker, position),
  ]
}

function positionEmission(eventTicker: string, position: Position): Emission {
  const { marketTicker, positionCenti, costMicros, feesMicros, realizedPnlMicros } = position
  const data = {
    eventTicker,
    marketTicker,
    positionCenti,
    costMicros,
    feesMicros,
    realizedPnlMicros,
  }
  return { type: 'exec.position.v1', data }
}
