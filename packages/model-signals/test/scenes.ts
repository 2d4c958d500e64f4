import type { LadderEvent, LadderRow } from '@kwm/contracts'
import { LEADER, NOW_US, TICKERS, type Row, type Scene } from './desk.ts'

const RELEASE_US = Date.parse('2026-11-20T17:52:00Z') * 1_000
const all = (more: Row): Row[] => TICKERS.map(() => more)
const unknown: Partial<Scene> = { terms: { rates: null } }
const soon: Partial<Scene> = { lastIntentUs: NOW_US - 1 }
const infeasible: Partial<Scene> = { pmf: { isFeasible: false } }
const apart: Partial<Scene> = { frame: { isPartition: false } }

export type Trade = {
  readonly scene: Scene
  readonly side: 'yes' | 'no'
  readonly marketTicker: string
  /** One-sided books it can trade on, and why. */
  readonly tradesOn?: LadderRow['quoteState']
}

/** It trades here, */
type Case = Trade & {
  /** there the other way, */
  readonly mirrored: Trade
  /** and one change to the first makes the named gate refuse. */
  readonly gates: Readonly<Record<string, Partial<Scene>>>
  /** Inputs it can do without, and why. */
  readonly optional?: readonly string[]
}

const FALLING: Row = { ...LEADER, velocity: -0.002, acceleration: -0.001, rasZ: -4 }
const BOOK: Row = {
  ...{ bookDivergenceT: 5, bookVelocity: 0.002, ofiNorm15s: 1 },
  ...{ queueImbalance: 0.8, microprice: 0.435 },
}
const FALLING_BOOK: Row = {
  ...{ bookDivergenceT: -5, bookVelocity: -0.002, ofiNorm15s: -1 },
  ...{ queueImbalance: 0.2, microprice: 0.405 },
}
const PAIR: Row = { pairGapUp: -0.08, pairGapUpZ: -4, leadLagUp: 0.2, correlationUp: -0.6 }
const CHEAP: Row = { bidBps: 2_600, askBps: 3_000, mid: 0.28 }
const COHERENT: Row = { bidBps: 3_100, askBps: 3_500, mid: 0.33 }
const TAIL: Row = { bidBps: 2_800, askBps: 3_200, mid: 0.3, volume10min: 10 }
const WEATHER: Row[] = [{ weatherP: 0.2 }, { weatherP: 0.55 }, { weatherP: 0.25 }]
const MOTION: Partial<LadderEvent> = {
  ...{ muVelocity: 0.01, muVelocitySe: 0.001, muAcceleration: 0.001, muAccelerationSe: 0.001 },
}

/** By strategy. */
export const cases: Readonly<Record<string, Case>> = {
  'leader-follower': {
    scene: { rows: [LEADER, {}] },
    ...{ side: 'no', marketTicker: TICKERS[1]! },
    gates: {
      'pmf-feasible': infeasible,
      'exclusive-brackets': apart,
      'leader-velocity': { rows: [{ ...LEADER, velocity: 0.0001 }] },
      'leader-acceleration': { rows: [{ ...LEADER, acceleration: 0 }] },
      'relative-acceleration': { rows: [{ ...LEADER, rasZ: 0 }] },
      follower: { rows: [LEADER, { quoteState: 'bid-only' }] },
      'follower-spread': { rows: [LEADER, { askBps: 4_700 }] },
      'follower-lag': { rows: [LEADER, { velocity: 0.01 }] },
      cooldown: soon,
      quotable: unknown,
      edge: { rows: [LEADER, { bidBps: 3_600, askBps: 3_800 }] },
    },
    mirrored: {
      scene: { rows: [FALLING, { bidBps: 3_800, askBps: 4_200 }] },
      ...{ side: 'yes', marketTicker: TICKERS[1]! },
    },
    // Thresholds are those of a quiet day; no trades are no chance to be filled.
    optional: ['event.hazard15min'],
  },
  migration: {
    scene: { event: MOTION },
    ...{ side: 'yes', marketTicker: TICKERS[2]! },
    mirrored: {
      scene: { event: { ...MOTION, muVelocity: -0.01, muAcceleration: -0.001 } },
      side: 'yes',
      marketTicker: TICKERS[0]!,
    },
    gates: {
      'pmf-feasible': infeasible,
      'exclusive-brackets': apart,
      velocity: { event: { ...MOTION, muVelocity: 0.001 } },
      acceleration: { event: { ...MOTION, muAcceleration: -0.001 } },
      move: { event: { ...MOTION, muVelocity: 0.0003, muVelocitySe: 0.00001 } },
      'two-sided': { rows: [{}, {}, { quoteState: 'ask-only' }] },
      spread: { rows: [{}, {}, { spreadBps: 700 }] },
      cooldown: soon,
      quotable: unknown,
      edge: { rows: [{}, {}, { bidBps: 4_500, askBps: 4_700 }] },
    },
    optional: ['event.mu'],
  },
  'ensemble-edge': {
    scene: { rows: WEATHER },
    ...{ side: 'no', marketTicker: TICKERS[0]! },
    mirrored: {
      scene: { rows: [{ weatherP: 0.78 }, { weatherP: 0.11 }, { weatherP: 0.11 }] },
      side: 'yes',
      marketTicker: TICKERS[0]!,
    },
    gates: {
      'weather-fresh': { event: { weatherAgeMs: 700_000 } },
      'exclusive-brackets': apart,
      'weather-complete': { rows: [{ weatherP: null }, ...WEATHER.slice(1)] },
      'two-sided': { rows: all({ quoteState: 'bid-only', weatherP: 0.3 }) },
      divergence: { rows: [{ weatherP: 0.005 }, { weatherP: 0.7 }, { weatherP: 0.295 }] },
      spread: { rows: WEATHER.map((row) => ({ ...row, spreadBps: 1_100 })) },
      cooldown: soon,
      quotable: unknown,
      edge: { rows: all({ weatherP: 0.42 }) },
    },
    optional: ['event.hardLowerF', 'event.probabilityOfNewHigh', 'row.isDead'],
  },
  'book-velocity': {
    scene: { rows: [{}, BOOK] },
    ...{ side: 'yes', marketTicker: TICKERS[1]! },
    mirrored: { scene: { rows: [{}, FALLING_BOOK] }, side: 'no', marketTicker: TICKERS[1]! },
    gates: {
      'pmf-feasible': infeasible,
      active: { rows: all({ isActive: false }) },
      divergence: { rows: [{}, { ...BOOK, bookDivergenceT: 2 }] },
      'order-flow': { rows: [{}, { ...BOOK, ofiNorm15s: -1 }] },
      'book-velocity': { rows: [{}, { ...BOOK, bookVelocity: -0.001 }] },
      queue: { rows: [{}, { ...BOOK, queueImbalance: 0.4 }] },
      spread: { rows: [{}, { ...BOOK, spreadBps: 500 }] },
      cooldown: soon,
      quotable: unknown,
      edge: { rows: [{}, { ...BOOK, bidBps: 4_500, askBps: 4_700 }] },
    },
  },
  'correlation-divergence': {
    scene: { rows: [PAIR] },
    ...{ side: 'yes', marketTicker: TICKERS[1]! },
    mirrored: {
      scene: { rows: [{ ...PAIR, pairGapUp: 0.08, pairGapUpZ: 4 }] },
      side: 'no',
      marketTicker: TICKERS[1]!,
    },
    gates: {
      'pmf-feasible': infeasible,
      pair: { rows: all({ ...PAIR, isActive: false }) },
      correlation: { rows: [{ ...PAIR, correlationUp: 0.1 }] },
      gap: { rows: [{ ...PAIR, pairGapUpZ: 1 }] },
      'correlation-shift': { rows: [{ ...PAIR, correlationShiftUp: 5 }] },
      lead: { rows: [{ ...PAIR, leadLagUp: 0.01 }] },
      spread: { rows: [PAIR, { spreadBps: 700 }] },
      cooldown: soon,
      quotable: unknown,
      edge: { rows: [PAIR, { bidBps: 4_500, askBps: 4_700 }] },
    },
  },
  coherence: {
    scene: { rows: all(CHEAP), pmf: { isFeasible: false } },
    ...{ side: 'yes', marketTicker: TICKERS[0]! },
    mirrored: {
      scene: { pmf: { isFeasible: false } },
      side: 'no',
      marketTicker: TICKERS[0]!,
      tradesOn: 'bid-only',
    },
    gates: {
      'books-fresh': { rows: [{ ...CHEAP, quoteState: 'stale' }, CHEAP, CHEAP] },
      'terms-known': unknown,
      incoherent: { rows: all(COHERENT) },
      'buy-all': { rows: all({ ...CHEAP, askBps: 3_200 }) },
      legs: { params: { legsMax: 2 } },
      cooldown: soon,
    },
    optional: ['event.hardLowerF', 'row.isDead'],
    // Buying every bracket takes asks alone, selling every one bids.
    tradesOn: 'ask-only',
  },
  'market-making': {
    scene: { rows: [TAIL, {}, TAIL] },
    ...{ side: 'yes', marketTicker: TICKERS[1]! },
    mirrored: {
      scene: { rows: [{ ...TAIL, volume10min: 6_000 }, { volume10min: 10 }, TAIL] },
      side: 'yes',
      marketTicker: TICKERS[0]!,
    },
    gates: {
      'pmf-feasible': infeasible,
      'exclusive-brackets': apart,
      'hazard-known': { event: { hazard15min: null } },
      'release-window': { nowUs: RELEASE_US, event: { weatherAgeMs: 61_000 } },
      'centre-quiet': { event: { muCusum: 1 } },
      room: { rows: all({ spreadBps: 100 }) },
      edge: { params: { halfSpreadMinBps: 100 } },
      cooldown: soon,
    },
    // An alarm that is still being learnt is none; the age counts in the minutes of release only.
    optional: [
      ...['event.muCusum', 'event.muFocus', 'event.weatherAgeMs'],
      ...['row.cusum', 'row.focus', 'row.isSpike', 'row.isDead'],
    ],
  },
}
