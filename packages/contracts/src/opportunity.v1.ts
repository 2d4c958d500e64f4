import { z } from 'zod'
import { envelope } from './envelope.ts'
import { bookSide, eventTicker, marketTicker, priceBps, sizeCenti } from './units.ts'

/** One condition of a strategy: what was seen, what was asked for, and whether it passed. */
export const gate = z.strictObject({
  gate: z.string().min(1).max(64),
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  passed: z.boolean(),
})
export type Gate = z.infer<typeof gate>

/** No evaluation wants more orders: a leg for each bracket of the widest weather event, and room. */
export const WANTED_MAX = 16

/** An order as a strategy wanted it. */
export const wantedOrder = z.strictObject({
  marketTicker,
  side: bookSide,
  priceBps,
  countCenti: sizeCenti,
  fairBps: z.number(),
})
export type WantedOrder = z.infer<typeof wantedOrder>

/**
 * One evaluation of one strategy on one event, also when the answer is no. `reason` names the first
 * gate that failed, or `trade`.
 */
export const opportunityV1 = envelope({
  type: 'signal.opportunity.v1',
  data: z.strictObject({
    strategy: z.string().min(1).max(64),
    eventTicker,
    pmfId: z.string().min(1).max(200),
    decision: z.enum(['trade', 'no-trade']),
    reason: z.string().min(1).max(100),
    leaderTicker: marketTicker.nullable(),
    followerTicker: marketTicker.nullable(),
    /** Expected value of the trade, basis points of the payout a contract, after fees; null before it has a price. */
    evBps: z.number().nullable(),
    gates: z.array(gate).max(32),
    // Later additions: absent in what was written before.
    /** False: in shadow, evaluated and logged without an order. */
    isAllocated: z.boolean().optional(),
    /** What the strategy read, by `event.`, `leader.` and `follower.`. */
    inputs: z.record(z.string().max(64), z.number().nullable()).optional(),
    /** The orders it wanted, also in shadow. */
    wanted: z.array(wantedOrder).max(WANTED_MAX).optional(),
  }),
})
export type OpportunityV1 = z.infer<typeof opportunityV1>
