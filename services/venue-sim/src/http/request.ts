import type { Account, ClientOrder, RefusalCode } from '@kwm/sim'
import { Refusal } from '@kwm/sim'
import { parseFixed } from '@kwm/std'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { VenueSim } from '../service.ts'

export const PORTFOLIO = '/trade-api/v2/portfolio'

const STATUS: Partial<Record<RefusalCode, number>> = {
  not_found: 404,
  order_already_exists: 409,
}

/** An error as the venue words it: `{"error":{"code","message"}}`. */
export class VenueError extends Error {
  readonly statusCode: number
  readonly code: string

  constructor(statusCode: number, code: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.code = code
  }

  static of({ code, message }: Refusal): VenueError {
    return new VenueError(STATUS[code] ?? 400, code, message)
  }
}

/** What the venue granted, or its refusal thrown. */
export function granted<T>(answer: T | Refusal): T {
  if (answer instanceof Refusal) throw VenueError.of(answer)
  return answer
}

/** A request's part by its schema; a fault names the field. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new VenueError(400, 'invalid_parameters', z.prettifyError(result.error))
}

/** The account that signed the request. */
export const accountOf = (sim: VenueSim, request: FastifyRequest): Account =>
  sim.exchange.account(String(request.headers['kalshi-access-key']))

/** The order of that id, of whoever signed. */
export function orderOf(account: Account, orderId: string): ClientOrder {
  const order = account.orders.get(orderId)
  if (!order) throw new VenueError(404, 'not_found', `no order ${orderId}`)
  return order
}

const fixed = (decimals: number, what: string) =>
  z.string().transform((text, context) => {
    const value = parseFixed(text, decimals)
    if (value !== undefined && value >= 0) return value
    context.addIssue({ code: 'custom', message: `${what}, at most ${decimals} decimals` })
    return z.NEVER
  })
export const price = fixed(4, 'dollars as text')
export const count = fixed(2, 'contracts as text')
/** There are no subaccounts but the primary. */
export const subaccount = z.literal(0, 'only the primary subaccount, 0, exists').optional()
export const primaryOnly = z.object({
  subaccount: z.enum(['0'], 'only the primary subaccount, 0, exists').optional(),
})
