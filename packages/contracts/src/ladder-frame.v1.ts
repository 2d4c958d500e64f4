import { z } from 'zod'
import { envelope } from './envelope.ts'
import {
  countCenti,
  eventTicker,
  marketTicker,
  probability,
  quoteBps,
  seriesTicker,
  timeUs,
} from './units.ts'

const measured = z.number().nullable().optional()
/** By level, best first. */
const byLevel = z.array(z.number()).max(16).nullable().optional()
/** Which way an alarm went that is still fresh; 0 in control. */
const alarm = z.literal([-1, 0, 1]).nullable().optional()

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
  // Later additions: absent in what was written before.
  spreadBps: measured,
  /** Over five levels weighted by e^(-i/2). */
  depthImbalanceWeighted: measured,
  /** Contracts at the best level, the best two, and so on: as many as there are levels. */
  bidDepth: byLevel,
  askDepth: byLevel,
  /** How fast depth grows away from the mid, contracts a cent. */
  bidSlope: measured,
  askSlope: measured,
  ofi15s: measured,
  /** OFI over the mean depth at the best prices. */
  ofiNorm5s: measured,
  ofiNorm15s: measured,
  ofiNorm60s: measured,
  /** OFI at the three best prices, in contracts. */
  ofiLevels5s: byLevel,
  ofiLevels15s: byLevel,
  ofiLevels60s: byLevel,
  /** The three over the mean depth, weighed into one (Cont, Cucuringu, Zhang 2023). */
  ofiIntegrated5s: measured,
  ofiIntegrated15s: measured,
  ofiIntegrated60s: measured,
  /** (Adds + cancels) a second over the mean depth, five levels, 60 s. */
  churnRate60s: measured,
  /** Cancelled contracts over added ones and one. */
  cancelRatio60s: measured,
  /** How often a side of the book has run empty in 60 s. */
  emptyBooks60s: measured,
  signedFlow10s: measured,
  signedFlow300s: measured,
  /** (Bought - sold) / (bought + sold) by takers; null without a print. */
  flowImbalance10s: measured,
  flowImbalance30s: measured,
  flowImbalance300s: measured,
  /** Mean price by count; null without a print. */
  vwap30s: measured,
  vwap300s: measured,
  /** Where the last print lies within the range of 300 s, 0 low to 1 high. */
  closeLocation300s: measured,
  velocityT: measured,
  accelerationT: measured,
  /** Kinematics of the microprice: where the book leans before the mid moves. */
  bookVelocity: measured,
  bookVelocitySe: measured,
  /** Book velocity less mid velocity over their joint error. */
  bookDivergenceT: measured,
  /** Own less the largest active neighbour's acceleration. */
  accelSpread: measured,
  /** Own less the mean of the active neighbours'. */
  midGap: measured,
  velocityGap: measured,
  ofiNormGap: measured,
  /** With the next bracket up, of changes over the lag: slow correlation, */
  correlationUp: measured,
  /** z of the fast less the slow correlation (Fisher), */
  correlationShiftUp: measured,
  /** correlation with the neighbour's later change less with its earlier one: above 0 this leads, */
  leadLagUp: measured,
  /** the neighbour's recent change less what this one's implies, */
  pairGapUp: measured,
  /** and that over its standard deviation. */
  pairGapUpZ: measured,
  cusum: alarm,
  focus: alarm,
  focusStatistic: measured,
  /** Aggressive events a second: buys, sells (MODELS 4). */
  hawkesBuy: measured,
  hawkesSell: measured,
  /** buy / (buy + sell) in [0, 1]. */
  buyShare: measured,
  /** ln(intensity / baseline). */
  burst: measured,
  /** A burst beyond its own usual, with prints behind it. */
  isSpike: z.boolean().nullable().optional(),
  /** Enough was traded in ten minutes for what was traded to mean something. */
  hasVolume: z.boolean().nullable().optional(),
  /** Since the best quotes last changed. */
  quoteAgeMs: measured,
  weatherP: probability.nullable().optional(),
  /** How far the certain running high is below the bracket, and below its end; 0 or less: there. */
  degreesToEnter: measured,
  degreesToLeave: measured,
  isDead: z.boolean().nullable().optional(),
})
export type LadderRow = z.infer<typeof ladderRow>

/** What holds for the whole event at one moment. Null means not defined, never 0. */
export const ladderEvent = z.strictObject({
  /** Centre of mass of the fair mids, in strike units, and its motion per second. */
  mu: z.number().nullable(),
  muVelocity: z.number().nullable(),
  muVelocitySe: z.number().nullable(),
  muAcceleration: z.number().nullable(),
  muAccelerationSe: z.number().nullable(),
  muCusum: z.literal([-1, 0, 1]).nullable(),
  muFocus: z.literal([-1, 0, 1]).nullable(),
  /** From the newest weather PMF; null when there is none or it is old. */
  hardLowerF: z.int().nullable(),
  hazard15min: probability.nullable(),
  hazard60min: probability.nullable(),
  probabilityOfNewHigh: probability.nullable(),
  weatherAgeMs: z.number().nullable(),
  /** Hours of the station's standard time, 0 to 24; null where its offset is not known. */
  localHour: z.number().nullable(),
  minutesToClose: z.number(),
})
export type LadderEvent = z.infer<typeof ladderEvent>

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
    /** Absent in what was written before. */
    event: ladderEvent.optional(),
  }),
})
export type LadderFrameV1 = z.infer<typeof ladderFrameV1>
