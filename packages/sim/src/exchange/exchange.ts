import type { FeeRates } from '@kwm/model-venue'
import { feeMultiplierMilli, feeRates } from '@kwm/model-venue'
import { Prng, assert } from '@kwm/std'
import { EventQueue } from '../market/event-queue.ts'
import type { VenueEvent, VenueSeries } from '../venue/venue-event.ts'
import type { VenueState } from '../venue/venue-state.ts'
import { Account } from './account.ts'
import type { ClientOrder, UpdateReason } from './client-order.ts'
import type { ExchangeObserver, Transfer } from './exchange-event.ts'
import type { ExchangeMarket } from './exchange-market.ts'
import { Floor } from './floor.ts'
import { Flow, settleRemoval } from './flow.ts'
import type { OrderResult } from './order-entry.ts'
import { OrderEntry } from './order-entry.ts'
import { OrderGroup } from './order-group.ts'
import type { AmendRequest, OrderRequest } from './order-request.ts'
import { Refusal } from './order-request.ts'

const ACCOUNTS_MAX = 1_000
const GROUPS_MAX = 100_000
/** Due times kept before the stale ones are looked for. */
const DUE_MIN = 10_000

export type ExchangeOptions = {
  readonly seed: string
  readonly series: VenueSeries
  /** What every account opens with, on each shard that has markets and on shard 0. */
  readonly openingCashMicros: number
}

/** What becomes due: an order's expiry, a market's close. */
type Due = { readonly order: ClientOrder } | { readonly market: ExchangeMarket }

/**
 * The venue with orders: members place, amend and cancel against the flow and each other. Everything
 * that happens is told to the observer in order, and the published book is `state`'s: the flow's
 * levels less what clients took, and the clients' own bids.
 *
 * Deterministic: time comes with the flow's events and `advanceTo`, identity from the seed.
 */
export class Exchange {
  readonly state: VenueState
  readonly #floor: Floor
  readonly #flow: Flow
  readonly #entry: OrderEntry
  readonly #options: ExchangeOptions
  readonly #accounts = new Map<string, Account>()
  readonly #due = new EventQueue<Due>()
  #dueMax = DUE_MIN

  constructor(state: VenueState, options: ExchangeOptions, observer: ExchangeObserver) {
    this.state = state
    this.#options = options
    const rates = ratesOf(options.series)
    this.#floor = new Floor(state, () => rates, new Prng(`exchange ${options.seed}`), observer)
    this.#flow = new Flow(this.#floor)
    this.#entry = new OrderEntry(this.#floor, (order) => this.#schedule(order))
    for (const market of this.#floor.markets.values()) {
      this.#due.push(market.info.closeTimeUs, { market })
    }
  }

  get nowUs(): number {
    return this.#floor.nowUs
  }

  get inconsistentChanges(): number {
    return this.#flow.inconsistentChanges
  }

  get accounts(): ReadonlyMap<string, Account> {
    return this.#accounts
  }

  get markets(): ReadonlyMap<string, ExchangeMarket> {
    return this.#floor.markets
  }

  /** All cash paid as fees so far. */
  get feesMicros(): number {
    return this.#floor.feesMicros
  }

  /** The account of a key, opened when it is first seen. */
  account(keyId: string): Account {
    let account = this.#accounts.get(keyId)
    if (account) return account
    assert(this.#accounts.size < ACCOUNTS_MAX, `more than ${ACCOUNTS_MAX} accounts`)
    const number = this.#accounts.size + 1
    account = new Account(number, keyId, this.#floor.newId(), this.nowUs)
    const shards = new Set([0])
    for (const { info } of this.#floor.markets.values()) shards.add(info.exchangeIndex)
    for (const shard of shards) account.shard(shard).cashMicros = this.#options.openingCashMicros
    this.#accounts.set(keyId, account)
    return account
  }

  /** Time passes: orders expire and markets close. */
  advanceTo(timeUs: number): void {
    while (this.#due.nextUs <= timeUs) {
      const due = this.#due.pop()!
      this.#floor.nowUs = Math.max(this.#floor.nowUs, due.timeUs)
      if ('market' in due.item) this.#cancelAllIn(due.item.market, 'CloseCancel')
      else this.#expire(due.item.order, due.timeUs)
    }
    this.#floor.nowUs = Math.max(this.#floor.nowUs, timeUs)
    this.state.advanceTo(this.#floor.nowUs)
  }

  /** What the source says happened. */
  play(event: VenueEvent): void {
    this.advanceTo(event.timeUs)
    const market = this.#floor.markets.get(event.marketTicker)
    assert(market !== undefined, `unknown market ${event.marketTicker}`)
    this.#flow.apply(market, event)
    if (event.type === 'market-closed') this.#cancelAllIn(market, 'CloseCancel')
    if (event.type === 'market-settled') this.#settle(market)
  }

  place(account: Account, request: OrderRequest): OrderResult | Refusal {
    return this.#entry.place(account, request)
  }

  amend(account: Account, orderId: string, request: AmendRequest): OrderResult | Refusal {
    const order = account.orders.get(orderId)
    return order ? this.#entry.amend(order, request) : unknownOrder(orderId)
  }

  decrease(
    account: Account,
    orderId: string,
    change: { readonly by: number } | { readonly to: number },
  ): OrderResult | Refusal {
    const order = account.orders.get(orderId)
    if (!order) return unknownOrder(orderId)
    return this.#entry.decrease(
      order,
      'to' in change ? change.to : order.remainingCenti - change.by,
    )
  }

  /** By how much it was reduced. */
  cancel(account: Account, orderId: string): number | Refusal {
    const order = account.orders.get(orderId)
    return order ? this.#entry.cancel(order) : unknownOrder(orderId)
  }

  cancelAll(account: Account): void {
    for (const order of restingOf(account)) this.#entry.cancel(order)
  }

  /** What trades before the order does. */
  queuePosition(order: ClientOrder): number {
    const { market } = order.holding
    settleRemoval(market)
    return market.book.aheadCenti(order)
  }

  /** Trading stops for now: cancels only. Orders that asked for it are cancelled. */
  pauseTrading(ticker: string): boolean {
    const market = this.#floor.markets.get(ticker)
    if (market?.state.status !== 'active') return false
    this.#floor.publish({ type: 'market-deactivated', ...this.#floor.at(market) })
    this.#cancelAllIn(market, 'HaltCancel', ({ cancelOnPause }) => cancelOnPause)
    return true
  }

  /** Trading again; what still rested is cancelled. */
  resumeTrading(ticker: string): boolean {
    const market = this.#floor.markets.get(ticker)
    if (market?.state.status !== 'inactive') return false
    this.#cancelAllIn(market, 'HaltCancel')
    this.#floor.publish({ type: 'market-activated', ...this.#floor.at(market) })
    return true
  }

  createGroup(account: Account, exchangeIndex: number, limitCenti: number): OrderGroup | Refusal {
    if (account.groups.size >= GROUPS_MAX) {
      return new Refusal('too_many_order_groups', `at most ${GROUPS_MAX} order groups`)
    }
    const group = new OrderGroup(this.#floor.newId(), exchangeIndex, limitCenti)
    account.groups.set(group.groupId, group)
    this.#floor.tellGroup(account, group, 'created')
    return group
  }

  deleteGroup(account: Account, group: OrderGroup): void {
    this.#cancelGroup(group)
    account.groups.delete(group.groupId)
    this.#floor.tellGroup(account, group, 'deleted')
  }

  resetGroup(account: Account, group: OrderGroup): void {
    group.reset()
    this.#floor.tellGroup(account, group, 'reset')
  }

  triggerGroup(account: Account, group: OrderGroup): void {
    const markets = [...group.orders].map(({ holding }) => holding.market)
    for (const market of markets) settleRemoval(market)
    this.#floor.trigger(account, group)
    for (const market of markets) this.#floor.publishTicker(market)
  }

  /** A new limit that is passed already triggers. */
  limitGroup(account: Account, group: OrderGroup, limitCenti: number): void {
    group.limitCenti = limitCenti
    this.#floor.tellGroup(account, group, 'limit_updated')
    if (group.isOverLimit(this.nowUs)) this.triggerGroup(account, group)
  }

  /** Free cash from one shard to another, at once. */
  transfer(
    account: Account,
    fromIndex: number,
    toIndex: number,
    amountMicros: number,
  ): Transfer | Refusal {
    if (amountMicros > account.availableMicros(fromIndex)) {
      return new Refusal(
        'available_balance_too_low',
        `shard ${fromIndex} lacks that much free cash`,
      )
    }
    account.shard(fromIndex).cashMicros -= amountMicros
    account.shard(toIndex).cashMicros += amountMicros
    account.updatedUs = this.nowUs
    const transfer = {
      transferId: this.#floor.newId(),
      ...{ fromIndex, toIndex, amountMicros },
      timeUs: this.nowUs,
    }
    account.transfers.push(transfer)
    return transfer
  }

  /** What expires after the close is cancelled by the close. */
  #schedule(order: ClientOrder): void {
    const { expirationUs } = order
    if (expirationUs === undefined || expirationUs >= order.holding.market.info.closeTimeUs) return
    this.#due.push(expirationUs, { order })
    if (this.#due.size > this.#dueMax) this.#forgetStale()
  }

  /** Times that were amended away and orders that are over would pile up until they came due. */
  #forgetStale(): void {
    const live: { readonly timeUs: number; readonly item: Due }[] = []
    for (let due = this.#due.pop(); due; due = this.#due.pop()) {
      const { timeUs, item } = due
      const isLive =
        'market' in item || (item.order.status === 'resting' && item.order.expirationUs === timeUs)
      if (isLive) live.push(due)
    }
    for (const { timeUs, item } of live) this.#due.push(timeUs, item)
    this.#dueMax = Math.max(DUE_MIN, 2 * this.#due.size)
  }

  /** Unless it was amended to another time. */
  #expire(order: ClientOrder, dueUs: number): void {
    if (!order.isQueued || order.expirationUs !== dueUs) return
    const { market } = order.holding
    settleRemoval(market)
    this.#floor.cancel(order, 'ExpiryCancel')
    this.#floor.publishTicker(market)
  }

  #cancelGroup(group: OrderGroup): void {
    for (const order of [...group.orders]) this.#entry.cancel(order)
  }

  #cancelAllIn(
    market: ExchangeMarket,
    reason: UpdateReason,
    isMeant: (order: ClientOrder) => boolean = () => true,
  ): void {
    settleRemoval(market)
    for (const { resting } of market.holdings) {
      for (const order of [...resting.yes, ...resting.no]) {
        if (isMeant(order)) this.#floor.cancel(order, reason)
      }
    }
    this.#floor.publishTicker(market)
  }

  /** A dollar for each contract on the right side. */
  #settle(market: ExchangeMarket): void {
    const { result } = market.state
    if (result === '' || market.isPaid) return
    market.isPaid = true
    this.#cancelAllIn(market, 'CloseCancel')
    const yesValueBps = result === 'yes' ? 10_000 : 0
    for (const holding of market.holdings) {
      if (holding.signedCenti === 0) continue
      const { account, signedCenti, openCostMicros: costMicros, feesMicros } = holding
      const { ticker: marketTicker, eventTicker, exchangeIndex } = market.info
      const timeUs = this.nowUs
      const payoutMicros = holding.settle(yesValueBps, timeUs)
      account.shard(exchangeIndex).cashMicros += payoutMicros
      account.updatedUs = timeUs
      const what = { marketTicker, eventTicker, exchangeIndex, result, signedCenti }
      account.settlements.push({ ...what, costMicros, payoutMicros, feesMicros, timeUs })
      this.#floor.observer.told(account, { type: 'position-changed', holding }, timeUs)
    }
    const outside = market.outsideSignedCenti
    market.outsideCashMicros +=
      Math.abs(outside) * (outside > 0 ? yesValueBps : 10_000 - yesValueBps)
    market.held(outside, 0)
    market.outsideSignedCenti = 0
  }
}

export function* restingOf(account: Account): Generator<ClientOrder> {
  for (const { resting } of account.holdings.values()) {
    yield* [...resting.yes]
    yield* [...resting.no]
  }
}

const unknownOrder = (orderId: string): Refusal => new Refusal('not_found', `no order ${orderId}`)

function ratesOf(series: VenueSeries): FeeRates {
  const milli = feeMultiplierMilli(series.feeMultiplier)
  assert(milli !== undefined, `fee multiplier of ${series.ticker}: ${series.feeMultiplier}`)
  const result = feeRates({ feeType: series.feeType, feeMultiplierMilli: milli }, 'series')
  assert(result.ok, `the fees of ${series.ticker} are not known: ${series.feeType}`)
  return result.rates
}
