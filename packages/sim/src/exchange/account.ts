import { RingBuffer } from '@kwm/std'
import type { ClientOrder } from './client-order.ts'
import type { Fill, Settlement, Transfer } from './exchange-event.ts'
import type { ExchangeMarket } from './exchange-market.ts'
import { Holding } from './holding.ts'
import type { OrderGroup } from './order-group.ts'

const FILLS_KEPT_MAX = 200_000
const SETTLEMENTS_KEPT_MAX = 10_000
const TRANSFERS_KEPT_MAX = 10_000
/** Orders that are over; beyond it the oldest are forgotten, and so is their client order id. */
const FINISHED_KEPT_MAX = 500_000

/** Cash of one exchange shard; each has its own. */
export type ShardCash = { cashMicros: number; reservedMicros: number }

/** Whoever signs with one key: cash by shard, holdings by market, orders, fills. */
export class Account {
  readonly accountNo: number
  readonly keyId: string
  readonly userId: string
  readonly holdings = new Map<string, Holding>()
  readonly orders = new Map<string, ClientOrder>()
  readonly ordersByClientId = new Map<string, ClientOrder>()
  readonly groups = new Map<string, OrderGroup>()
  readonly fills = new RingBuffer<Fill>(FILLS_KEPT_MAX)
  readonly settlements = new RingBuffer<Settlement>(SETTLEMENTS_KEPT_MAX)
  readonly transfers = new RingBuffer<Transfer>(TRANSFERS_KEPT_MAX)
  openOrders = 0
  updatedUs: number
  readonly #shards = new Map<number, ShardCash>()
  readonly #finished: ClientOrder[] = []
  #forgotten = 0

  constructor(accountNo: number, keyId: string, userId: string, nowUs: number) {
    this.accountNo = accountNo
    this.keyId = keyId
    this.userId = userId
    this.updatedUs = nowUs
  }

  get shards(): ReadonlyMap<number, ShardCash> {
    return this.#shards
  }

  shard(exchangeIndex: number): ShardCash {
    let shard = this.#shards.get(exchangeIndex)
    if (!shard) {
      shard = { cashMicros: 0, reservedMicros: 0 }
      this.#shards.set(exchangeIndex, shard)
    }
    return shard
  }

  availableMicros(exchangeIndex: number): number {
    const shard = this.#shards.get(exchangeIndex)
    return shard ? shard.cashMicros - shard.reservedMicros : 0
  }

  holding(market: ExchangeMarket): Holding {
    const { ticker } = market.info
    let holding = this.holdings.get(ticker)
    if (!holding) {
      holding = new Holding(this, market)
      this.holdings.set(ticker, holding)
      market.holdings.push(holding)
    }
    return holding
  }

  /** After anything that changes what rests or what is held in that market. */
  reserve(holding: Holding): void {
    const required = holding.requiredMicros()
    this.shard(holding.market.info.exchangeIndex).reservedMicros +=
      required - holding.reservedMicros
    holding.reservedMicros = required
  }

  accepted(order: ClientOrder): void {
    this.orders.set(order.orderId, order)
    if (order.clientOrderId !== '') this.ordersByClientId.set(order.clientOrderId, order)
    this.openOrders++
  }

  finished(order: ClientOrder): void {
    this.openOrders--
    this.#finished.push(order)
    if (this.#finished.length - this.#forgotten <= FINISHED_KEPT_MAX) return
    const oldest = this.#finished[this.#forgotten++]!
    this.orders.delete(oldest.orderId)
    this.ordersByClientId.delete(oldest.clientOrderId)
    if (this.#forgotten < FINISHED_KEPT_MAX) return
    this.#finished.splice(0, this.#forgotten)
    this.#forgotten = 0
  }
}
