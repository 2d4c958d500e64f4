import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { OpenOrders, type OpenOrder } from '@kwm/model-orders'
import { scheduleFeeMicros } from '@kwm/model-venue'
import { RiskBooks, type RiskBooksSnapshot, type RiskMarket } from './risk-books.ts'
import type { DenialReason, RiskLimits } from './limits.ts'

export const riskInputTypes = [
  'md.market-listed.v1',
  'md.market-status.v1',
  'md.book-snapshot.v1',
  'md.book-stale.v1',
  'ops.tick.v1',
  'ops.halt-requested.v1',
  'ops.resume-requested.v1',
  'signal.order-intent.v1',
  'exec.order-accepted.v1',
  'exec.order-rejected.v1',
  'exec.order-canceled.v1',
  'exec.fill.v1',
  'exec.settled.v1',
  'exec.settlement-disputed.v1',
] as const
export const riskOutputTypes = [
  'risk.order-approved.v1',
  'risk.order-denied.v1',
  'risk.halted.v1',
  'risk.resumed.v1',
] as const
export type RiskInput = EventOf<(typeof riskInputTypes)[number]>

/** Control state: small, and replaced as a whole where it changes. */
export type RiskState = {
  readonly limits: RiskLimits
  /** Approved and not yet done: what may still cost us. */
  readonly orders: OpenOrders
  readonly books: RiskBooks
  halt: string | null
  tickUs: number
  /** The UTC day, and the realised profit net of fees when it began. */
  day: { readonly number: number; readonly startPnlMicros: number }
}

export type RiskSnapshot = {
  readonly v: 1
  readonly orders: readonly OpenOrder[]
  readonly books: RiskBooksSnapshot
  readonly halt: string | null
  readonly tickUs: number
  readonly day: RiskState['day']
}

/** Approves or denies; may halt; never creates an order (MODELS 8.7, 8.8). */
export const riskMachine = {
  initial: (limits: RiskLimits): RiskState => ({
    limits,
    orders: new OpenOrders(),
    books: new RiskBooks(),
    halt: null,
    tickUs: 0,
    day: { number: 0, startPnlMicros: 0 },
  }),
  step,
  snapshot: (state: RiskState): RiskSnapshot => ({
    v: 1,
    orders: state.orders.snapshot(),
    books: state.books.snapshot(),
    halt: state.halt,
    tickUs: state.tickUs,
    day: state.day,
  }),
  restore: (limits: RiskLimits, saved: RiskSnapshot): RiskState => ({
    limits,
    orders: new OpenOrders(saved.orders),
    books: new RiskBooks(saved.books),
    halt: saved.halt,
    tickUs: saved.tickUs,
    day: saved.day,
  }),
}

const DAY_US = 86_400_000_000

function step(state: RiskState, input: RiskInput): readonly Emission[] {
  const { orders, books } = state
  switch (input.type) {
    case 'md.market-listed.v1':
      books.list(input.data)
      return []
    case 'md.market-status.v1':
      books.setActive(input.data.marketTicker, input.data.status === 'active')
      return []
    case 'md.book-snapshot.v1':
      books.setFresh(input.data.marketTicker, true)
      return []
    case 'md.book-stale.v1':
      books.setFresh(input.data.marketTicker, false)
      return []
    case 'ops.tick.v1':
      return onTick(state, input.eventTimeUs)
    case 'ops.halt-requested.v1':
      return halt(state, input.data.reason, input.data.requestedBy)
    case 'ops.resume-requested.v1':
      return resume(state, input.data)
    case 'signal.order-intent.v1':
      return [decide(state, input)]
    case 'exec.order-accepted.v1':
      orders.apply(input.data.clientOrderId, {
        type: 'accepted',
        remainingCenti: input.data.remainingCenti,
      })
      return []
    case 'exec.order-rejected.v1':
      orders.apply(input.data.clientOrderId, { type: 'rejected' })
      return []
    case 'exec.order-canceled.v1':
      orders.apply(input.data.clientOrderId, { type: 'canceled' })
      return []
    case 'exec.fill.v1':
      orders.apply(input.data.clientOrderId, { type: 'fill', countCenti: input.data.countCenti })
      books.ledger.applyFill(input.data)
      return onLoss(state)
    case 'exec.settled.v1':
      books.settle(input.data)
      return onLoss(state)
    case 'exec.settlement-disputed.v1':
      return halt(state, `settlement-disputed: ${input.data.marketTicker}`, 'risk')
  }
}

function onTick(state: RiskState, nowUs: number): readonly Emission[] {
  state.tickUs = Math.max(state.tickUs, nowUs)
  const number = Math.floor(state.tickUs / DAY_US)
  if (number > state.day.number)
    state.day = { number, startPnlMicros: state.books.realizedMicros() }
  return []
}

function onLoss(state: RiskState): readonly Emission[] {
  const lossMicros = state.day.startPnlMicros - state.books.realizedMicros()
  if (lossMicros < state.limits.dailyLossMaxMicros) return []
  return halt(state, 'daily-loss', 'risk')
}

function halt(state: RiskState, reason: string, requestedBy: string): readonly Emission[] {
  if (state.halt !== null) return [] // A repeated halt is not news.
  state.halt = reason
  return [{ type: 'risk.halted.v1', data: { reason, requestedBy } }]
}

function resume(
  state: RiskState,
  { reason, requestedBy }: DataOf<'ops.resume-requested.v1'>,
): readonly Emission[] {
  if (state.halt === null) return []
  state.halt = null
  // The operator has seen the loss: the next halt is for a further one.
  state.day = { ...state.day, startPnlMicros: state.books.realizedMicros() }
  return [{ type: 'risk.resumed.v1', data: { reason, requestedBy } }]
}

type Verdict = {
  readonly reason: DenialReason | null
  readonly valueMicros: number | null
  readonly limitMicros: number | null
}

function decide(state: RiskState, intent: EventOf<'signal.order-intent.v1'>): Emission {
  const { eventTicker, marketTicker, side, priceBps, countCenti, strategy } = intent.data
  const clientOrderId = `o-${intent.id}`
  const order: OpenOrder = {
    ...{ eventTicker, marketTicker, side, priceBps, countCenti, clientOrderId },
    status: 'submitted',
    remainingCenti: countCenti,
    expireTimeUs: intent.eventTimeUs + intent.data.ttlUs,
  }
  const verdict = judge(state, intent, order)
  const who = { intentId: intent.id, eventTicker, marketTicker, strategy }
  if (verdict.reason !== null) {
    return { type: 'risk.order-denied.v1', data: { ...who, ...verdict, reason: verdict.reason } }
  }
  state.orders.open(order)
  const { isPostOnly, ttlUs } = intent.data
  const terms = { side, priceBps, countCenti, isPostOnly, ttlUs }
  const worstCaseMicros = verdict.valueMicros ?? 0
  return {
    type: 'risk.order-approved.v1',
    data: { ...who, ...terms, clientOrderId, worstCaseMicros },
  }
}

/** The first limit the order would break; else the worst case of its event with it. */
function judge(
  state: RiskState,
  intent: EventOf<'signal.order-intent.v1'>,
  order: OpenOrder,
): Verdict {
  const { limits, books, orders } = state
  const { eventTicker, marketTicker, priceBps, countCenti } = intent.data
  const market = books.market(marketTicker)
  const nowUs = Math.max(intent.eventTimeUs, state.tickUs)
  if (state.halt !== null) return no('halted')
  if (!market || market.listed.eventTicker !== eventTicker) return no('unknown-market')
  if (!market.listed.isTradable || !market.rates) return no('untradable-market')
  if (!market.isActive) return no('market-inactive')
  if (!market.isFresh) return no('book-stale')
  if (market.listed.closeTimeUs - nowUs < finalWindowUs(limits, market)) return no('final-window')
  if (nowUs - state.tickUs > limits.tickAgeMaxUs) return no('clock-stale')
  if (orders.size >= limits.openOrdersMax) return no('too-many-open-orders')
  const costMicros =
    priceBps * countCenti + scheduleFeeMicros(market.rates, 'maker', priceBps, countCenti)
  if (costMicros > limits.orderCostMaxMicros)
    return no('order-cost', costMicros, limits.orderCostMaxMicros)

  const open = [...orders.list(), order]
  const eventLossMicros = -books.worstCaseMicros(eventTicker, open)
  if (eventLossMicros > limits.eventWorstLossMaxMicros) {
    return no('event-worst-case', eventLossMicros, limits.eventWorstLossMaxMicros)
  }
  const accountLossMicros = books
    .tradedEvents(open)
    .map((event) => (event === eventTicker ? eventLossMicros : -books.worstCaseMicros(event, open)))
    .reduce((sum, lossMicros) => sum + Math.max(0, lossMicros), 0)
  if (accountLossMicros > limits.accountWorstLossMaxMicros) {
    return no('account-worst-case', accountLossMicros, limits.accountWorstLossMaxMicros)
  }
  return { reason: null, valueMicros: -eventLossMicros, limitMicros: null }
}

const SHORT_LIFE_US = 7_200_000_000

const finalWindowUs = (limits: RiskLimits, { listed }: RiskMarket): number =>
  listed.closeTimeUs - listed.openTimeUs <= SHORT_LIFE_US
    ? limits.finalWindowShortUs
    : limits.finalWindowUs

const no = (
  reason: DenialReason,
  valueMicros: number | null = null,
  limitMicros: number | null = null,
): Verdict => ({ reason, valueMicros, limitMicros })
