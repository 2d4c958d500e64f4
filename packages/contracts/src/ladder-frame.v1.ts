import { z } from 'zod'
import { envelope } from './envelope.ts'
import { countCenti, eventTicker, marketTicker, quoteBps, seriesTicker, timeUs } from './units.ts'

/** Features of one bracket. Null means not defined, never 0. Probabilities in units of the $1 payout. */
export const ladderRow = z.strictObject({
  marketTicker,
  quoteState: z.enum(['two', 'bid-only', 'ask-only', 'empty', 'crossed', 'stale']),
  bidBps: quoteBps,
  askBps: quoteBps,
  bidCenti: countCenti,
  askCenti: countCenti,
  mid: z.number().nullable(),
  fairMid: z.number(),
  fairVar: z.number(),
  microprice: z.number().nullable(),
  queueImbalance: z.number().nullable(),
  depthImbalance: z.number().nullable(),
  /** Order-flow imbalance over the window, in contracts (Cont, Kukanov, Stoikov 2014). */
  ofi5s: z.number().nullable(),
  ofi60s: z.number().nullable(),
  /** Contracts bought less contracts sold by takers over the last 30 s. */
  signedFlow30s: z.number(),
  volume10min: z.number(),
  /** Local-quadratic derivative of the mid per second, and its standard error. */
  velocity: z.number().nullable(),
  velocitySe: z.number().nullable(),
  acceleration: z.number().nullable(),
  accelerationSe: z.number().nullable(),
  /** Acceleration less the mean of the active neighbours', and that over its standard error. */
  ras: z.number().nullable(),
  rasZ: z.number().nullable(),
  isActive: z.boolean(),
})
export type LadderRow = z.infer<typeof ladderRow>

/** The brackets of an event at one moment, lowest strike first: one frame for each tick or change. */
export const ladderFrameV1 = envelope({
  type: 'feature.ladder-frame.v1',
  data: z.strictObject({
    eventTicker,
    seriesTicker,
    closeTimeUs: timeUs,
    /** The middle of each bracket in strike units; open tails stand one unit beyond their edge. */
    centres: z.array(z.number()).max(256),
    rows: z.array(ladderRow).min(1).max(256),
    /** True: exactly one of the brackets pays, so their probabilities sum to one. */
    isPartition: z.boolean(),
    trigger: z.enum(['change', 'tick']),
  }),
})
export type LadderFrameV1 = z.infer<typeof ladderFrameV1>
