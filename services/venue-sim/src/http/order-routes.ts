import type { Account, AmendRequest, OrderRequest } from '@kwm/sim'
import { Refusal, amendedJson, contracts, msOf, nameJson, placedJson } from '@kwm/sim'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { VenueSim } from '../service.ts'
import {
  PORTFOLIO,
  accountOf,
  count,
  granted,
  parsed,
  price,
  primaryOnly,
  subaccount,
} from './request.ts'

const ORDERS = `${PORTFOLIO}/events/orders`
const BATCH_MAX = 100

const side = z.enum(['bid', 'ask'])
const exchangeIndex = z.int().min(-1).max(100).optional()
const seconds = z.int().min(0).max(10_000_000_000)

const createBody = z
  .object({
    ticker: z.string(),
    client_order_id: z.string().max(64).default(''),
    side,
    count,
    price,
    time_in_force: z.enum(['fill_or_kill', 'good_till_canceled', 'immediate_or_cancel']),
    self_trade_prevention_type: z.enum(['taker_at_cross', 'maker']),
    expiration_time: seconds.optional(),
    post_only: z.boolean().default(false),
    cancel_order_on_pause: z.boolean().default(false),
    reduce_only: z.boolean().default(false),
    order_group_id: z.string().optional(),
    subaccount,
    exchange_index: exchangeIndex,
  })
  .transform((body): OrderRequest => ({
    marketTicker: body.ticker,
    clientOrderId: body.client_order_id,
    side: body.side,
    countCenti: body.count,
    yesPriceBps: body.price,
    timeInForce: body.time_in_force,
    expirationUs: body.expiration_time && body.expiration_time * 1_000_000,
    isPostOnly: body.post_only,
    selfTrade: body.self_trade_prevention_type,
    cancelOnPause: body.cancel_order_on_pause,
    isReduceOnly: body.reduce_only,
    groupId: body.order_group_id === '' ? undefined : body.order_group_id,
    exchangeIndex: body.exchange_index,
  }))

const amendBody = z
  .object({
    ticker: z.string(),
    side,
    price,
    count,
    client_order_id: z.string().optional(),
    updated_client_order_id: z.string().max(64).optional(),
    expiration_time: seconds.optional(),
    exchange_index: exchangeIndex,
  })
  .transform((body): AmendRequest => ({
    marketTicker: body.ticker,
    side: body.side,
    yesPriceBps: body.price,
    countCenti: body.count,
    clientOrderId: body.client_order_id || undefined,
    updatedClientOrderId: body.updated_client_order_id || undefined,
    expirationUs:
      body.expiration_time === undefined ? undefined : body.expiration_time * 1_000_000 || null,
  }))

const decreaseBody = z
  .object({ reduce_by: count.nullish(), reduce_to: count.nullish() })
  .transform((body, context) => {
    const { reduce_by: by, reduce_to: to } = body
    if (typeof by === 'number' && typeof to !== 'number') return { by }
    if (typeof to === 'number' && typeof by !== 'number') return { to }
    context.addIssue({ code: 'custom', message: 'exactly one of reduce_by and reduce_to' })
    return z.NEVER
  })

const batchCreateBody = z.object({ orders: z.array(z.unknown()).min(1).max(BATCH_MAX) })
const batchCancelBody = z.object({
  orders: z
    .array(z.object({ order_id: z.string(), subaccount }))
    .min(1)
    .max(BATCH_MAX),
})

type ById = { Params: { id: string } }

/** The venue's V2 order entry. Prices and counts are decimal text; what is not is a 400. */
export function addOrderRoutes(scope: FastifyInstance, sim: VenueSim): void {
  const { exchange } = sim
  scope.post(ORDERS, (request, reply) => {
    const account = accountOf(sim, request)
    const placed = granted(exchange.place(account, parsed(createBody, request.body)))
    return acknowledge(sim, reply, placedJson(placed, exchange.nowUs))
  })
  scope.post(`${ORDERS}/batched`, (request, reply) => {
    const account = accountOf(sim, request)
    const { orders } = parsed(batchCreateBody, request.body)
    return acknowledge(sim, reply, { orders: orders.map((body) => placeOne(sim, account, body)) })
  })
  scope.post<ById>(`${ORDERS}/:id/amend`, (request) => {
    parsed(primaryOnly, request.query)
    const amendment = parsed(amendBody, request.body)
    const { id } = request.params
    return amendedJson(
      granted(exchange.amend(accountOf(sim, request), id, amendment)),
      exchange.nowUs,
    )
  })
  scope.post<ById>(`${ORDERS}/:id/decrease`, (request) => {
    parsed(primaryOnly, request.query)
    const change = parsed(decreaseBody, request.body)
    const result = granted(exchange.decrease(accountOf(sim, request), request.params.id, change))
    return {
      ...nameJson(result.order),
      remaining_count: contracts(result.remainingCenti),
      ts_ms: msOf(exchange.nowUs),
    }
  })
  scope.delete(`${ORDERS}/batched`, (request) => {
    const account = accountOf(sim, request)
    const { orders } = parsed(batchCancelBody, request.body)
    return { orders: orders.map(({ order_id: id }) => cancelOne(sim, account, id)) }
  })
  scope.delete<ById>(`${ORDERS}/:id`, (request) => {
    parsed(primaryOnly, request.query)
    const account = accountOf(sim, request)
    const order = account.orders.get(request.params.id)
    const reducedBy = granted(exchange.cancel(account, request.params.id))
    return {
      ...nameJson(order!),
      reduced_by: contracts(reducedBy),
      ts_ms: msOf(exchange.nowUs),
    }
  })
  scope.delete(ORDERS, (request, reply) => {
    exchange.cancelAll(accountOf(sim, request))
    return reply.code(204).send()
  })
}

/** 201, or nothing at all when the acknowledgement is to be lost: the order stands. */
function acknowledge(sim: VenueSim, reply: FastifyReply, body: object): FastifyReply {
  if (!sim.lostAcknowledgements.take()) return reply.code(201).send(body)
  reply.hijack()
  reply.raw.destroy()
  return reply
}

const ABSENT = { fill_count: null, remaining_count: null, ts_ms: null }

/** Each order of a batch has its own result or its own error. */
function placeOne(sim: VenueSim, account: Account, body: unknown): object {
  const request = createBody.safeParse(body)
  if (!request.success) {
    return { ...ABSENT, error: errorJson('invalid_parameters', z.prettifyError(request.error)) }
  }
  const placed = sim.exchange.place(account, request.data)
  if (!(placed instanceof Refusal)) return placedJson(placed, sim.exchange.nowUs)
  const { clientOrderId } = request.data
  const named = clientOrderId === '' ? {} : { client_order_id: clientOrderId }
  return { ...named, ...ABSENT, error: errorJson(placed.code, placed.message) }
}

function cancelOne(sim: VenueSim, account: Account, orderId: string): object {
  const order = account.orders.get(orderId)
  const reducedBy = sim.exchange.cancel(account, orderId)
  if (reducedBy instanceof Refusal) {
    const error = errorJson(reducedBy.code, reducedBy.message)
    return { order_id: orderId, reduced_by: contracts(0), ts_ms: null, error }
  }
  return {
    ...nameJson(order!),
    reduced_by: contracts(reducedBy),
    ts_ms: msOf(sim.exchange.nowUs),
  }
}

const errorJson = (code: string, message: string): object => ({ code, message })
