import type { Account, OrderGroup } from '@kwm/sim'
import { groupJson } from '@kwm/sim'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { VenueSim } from '../service.ts'
import {
  PORTFOLIO,
  VenueError,
  accountOf,
  count,
  granted,
  parsed,
  primaryOnly,
  subaccount,
} from './request.ts'

const GROUPS = `${PORTFOLIO}/order_groups`

const limitFields = {
  contracts_limit: z.int().min(1).max(10_000_000).optional(),
  contracts_limit_fp: count.nullish(),
}

/** Either form; both, where they agree. */
function limitOf(
  body: { contracts_limit?: number | undefined; contracts_limit_fp?: number | null | undefined },
  context: z.RefinementCtx,
): number {
  const whole = body.contracts_limit === undefined ? undefined : body.contracts_limit * 100
  const centi = body.contracts_limit_fp ?? whole
  if (centi !== undefined && centi > 0 && (whole ?? centi) === centi) return centi
  const message = 'contracts_limit or contracts_limit_fp, above 0; both must match'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
}

const createBody = z
  .object({ ...limitFields, subaccount, exchange_index: z.int().min(0).max(100).default(0) })
  .transform((body, context) => ({
    limitCenti: limitOf(body, context),
    exchangeIndex: body.exchange_index,
  }))
const limitBody = z.object(limitFields).transform(limitOf)

type ById = { Params: { id: string } }

export function addGroupRoutes(scope: FastifyInstance, sim: VenueSim): void {
  const { exchange } = sim
  scope.post(`${GROUPS}/create`, (request, reply) => {
    const { exchangeIndex, limitCenti } = parsed(createBody, request.body)
    const account = accountOf(sim, request)
    const { groupId } = granted(exchange.createGroup(account, exchangeIndex, limitCenti))
    const created = { order_group_id: groupId, subaccount: 0, exchange_index: exchangeIndex }
    return reply.code(201).send(created)
  })
  scope.get(GROUPS, (request) => {
    parsed(primaryOnly, request.query)
    const groups = [...accountOf(sim, request).groups.values()]
    return { order_groups: groups.map((group) => ({ id: group.groupId, ...groupJson(group) })) }
  })
  scope.get<ById>(`${GROUPS}/:id`, (request) => {
    const group = groupOf(accountOf(sim, request), request.params.id)
    return { ...groupJson(group), orders: [...group.orders].map(({ orderId }) => orderId) }
  })
  scope.delete<ById>(`${GROUPS}/:id`, (request) => {
    const account = accountOf(sim, request)
    exchange.deleteGroup(account, groupOf(account, request.params.id))
    return {}
  })
  scope.put<ById>(`${GROUPS}/:id/reset`, (request) => {
    const account = accountOf(sim, request)
    exchange.resetGroup(account, groupOf(account, request.params.id))
    return {}
  })
  scope.put<ById>(`${GROUPS}/:id/trigger`, (request) => {
    const account = accountOf(sim, request)
    exchange.triggerGroup(account, groupOf(account, request.params.id))
    return {}
  })
  scope.put<ById>(`${GROUPS}/:id/limit`, (request) => {
    const account = accountOf(sim, request)
    const group = groupOf(account, request.params.id)
    exchange.limitGroup(account, group, parsed(limitBody, request.body))
    return {}
  })
}

function groupOf(account: Account, groupId: string): OrderGroup {
  const group = account.groups.get(groupId)
  if (!group) throw new VenueError(404, 'order_group_not_found', `no order group ${groupId}`)
  return group
}
