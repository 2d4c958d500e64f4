import { countOf } from './order-bodies.ts'
import * as schemas from './order-schemas.ts'
import type { CreatedGroup, OrderGroup, OrderGroupDetail } from './order-schemas.ts'
import type { KalshiTransport, Request } from './transport.ts'
import type { WriteOutcome } from './write-outcome.ts'

export type OrderGroupRef = {
  readonly orderGroupId: string
  /** A group lives on one shard. */
  readonly exchangeIndex?: number
  readonly subaccount?: number
}

const GROUPS = '/portfolio/order_groups'

/**
 * The dead man's limit: when more than the limit of a group is matched within 15 seconds, the venue
 * cancels all its orders and takes no new ones until `reset`.
 */
export class KalshiOrderGroups {
  readonly #transport: KalshiTransport

  constructor(transport: KalshiTransport) {
    this.#transport = transport
  }

  async list(subaccount?: number, signal?: AbortSignal): Promise<readonly OrderGroup[]> {
    const request = { template: GROUPS, query: { subaccount }, signal }
    return (await this.#transport.json(request, schemas.groupsAnswer)).order_groups
  }

  find(group: OrderGroupRef, signal?: AbortSignal): Promise<OrderGroupDetail> {
    const params = { order_group_id: group.orderGroupId }
    const query = { subaccount: group.subaccount }
    const request = { template: `${GROUPS}/{order_group_id}`, params, query, signal }
    return this.#transport.json(request, schemas.groupAnswer)
  }

  create(
    limitCenti: number,
    of: Omit<OrderGroupRef, 'orderGroupId'> = {},
    signal?: AbortSignal,
  ): Promise<WriteOutcome<CreatedGroup>> {
    const body = {
      contracts_limit_fp: countOf('limitCenti', limitCenti),
      exchange_index: of.exchangeIndex,
      subaccount: of.subaccount,
    }
    const request = { method: 'POST', template: `${GROUPS}/create`, body, signal } as const
    return this.#transport.write(request, schemas.groupCreated)
  }

  setLimit(
    group: OrderGroupRef,
    limitCenti: number,
    signal?: AbortSignal,
  ): Promise<WriteOutcome<unknown>> {
    const body = { contracts_limit_fp: countOf('limitCenti', limitCenti) }
    return this.#write(group, '/limit', { body }, signal)
  }

  /** Take new orders again. Never repeated on its own: it lifts a stop. */
  reset(group: OrderGroupRef, signal?: AbortSignal): Promise<WriteOutcome<unknown>> {
    return this.#write(group, '/reset', { body: {} }, signal)
  }

  /** Cancel all orders of the group and take no new ones. Goes before other writes, like a cancel. */
  trigger(group: OrderGroupRef, signal?: AbortSignal): Promise<WriteOutcome<unknown>> {
    return this.#write(group, '/trigger', { lane: 'cancel', body: {} }, signal)
  }

  delete(group: OrderGroupRef, signal?: AbortSignal): Promise<WriteOutcome<unknown>> {
    return this.#write(group, '', { method: 'DELETE' }, signal)
  }

  #write(
    { orderGroupId, exchangeIndex, subaccount }: OrderGroupRef,
    what: string,
    more: Partial<Request>,
    signal: AbortSignal | undefined,
  ): Promise<WriteOutcome<unknown>> {
    const request: Request = {
      method: 'PUT',
      template: `${GROUPS}/{order_group_id}${what}`,
      params: { order_group_id: orderGroupId },
      query: { exchange_index: exchangeIndex, subaccount },
      ...{ signal, ...more },
    }
    return this.#transport.write(request, schemas.anyAnswer)
  }
}
