import type { LadderEvent, LadderRow } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import { strategies, type Strategy } from '../src/index.ts'
import { contextOf, evaluate, LEADER, NOW_US, paramsOf, strategyOf, TICKERS } from './desk.ts'
import type { Row, Scene } from './desk.ts'

const RELEASE_US = Date.parse('2026-11-20T17:52:00Z') * 1_000
const all = (more: Row): Row[] => TICKERS.map(() => more)
const unknown: Partial<Scene> = { terms: { rates: null } }
const soon: Partial<Scene> = { lastIntentUs: NOW_US - 1 }
const infeasible: Partial<Scene> = { pmf: { isFeasible: false } }
const apart: Partial<Scene> = { frame: { isPartition: false } }

type Trade = {
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

const cases: Readonly<Record<string, Case>> = {
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

test('every strategy of the list has its cases', () => {
  expect(Object.keys(cases).toSorted()).toEqual(strategies.map(({ name }) => name).toSorted())
})

describe.each(Object.entries(cases))('%s', (name, one) => {
  const { scene, gates, optional, mirrored } = one
  const strategy = strategyOf(name)
  const reads = readsOf(strategy)
  const trades: readonly Trade[] = [one, mirrored]

  test('trades when it should, either way', () => {
    for (const { scene: at, side, marketTicker } of trades) {
      const { opportunity, intents } = evaluate(strategy, at)
      expect(opportunity).toMatchObject({ decision: 'trade', reason: 'trade' })
      expect(opportunity.evBps).toBeGreaterThan(0)
      expect(intents[0]).toMatchObject({ side, marketTicker })
      for (const intent of intents) expect(intent.fairBps).toBeGreaterThan(intent.priceBps)
    }
  })

  test('a dead bracket is not bought, nor sold but by who looks for that', () => {
    for (const { scene: at, marketTicker } of trades) {
      const dead = TICKERS.indexOf(marketTicker)
      const rows = TICKERS.map((_, k) => ({ ...at.rows?.[k], isDead: k === dead }))
      const brackets = contextOf(at).pmf.data.brackets.map((bracket, k) =>
        k === dead ? { ...bracket, p: 0, isDead: true } : { ...bracket, p: 0.5 },
      )
      const { intents } = evaluate(strategy, { ...at, rows, pmf: { ...at.pmf, brackets } })
      const ofIt = intents.filter((intent) => intent.marketTicker === marketTicker)
      expect(name === 'coherence' ? [] : ofIt).toEqual([])
    }
  })

  test('what it would order has its EV, also where the edge is too small', () => {
    if (!gates['edge']) return
    const { opportunity } = evaluate(strategy, { ...scene, ...gates['edge'] })
    expect(opportunity.reason).toBe('edge')
    expect(opportunity.evBps).toEqual(expect.any(Number))
  })

  test.each(Object.entries(gates))('%s can refuse', (gate, change) => {
    const { opportunity, intents } = evaluate(strategy, { ...scene, ...change })
    expect(opportunity).toMatchObject({ decision: 'no-trade', reason: gate })
    expect(opportunity.gates.at(-1)).toMatchObject({ gate, passed: false })
    expect(intents).toEqual([])
  })

  test('no gate is without a case', () => {
    const passed = evaluate(strategy, scene).opportunity.gates.map(({ gate }) => gate)
    expect(Object.keys(gates)).toEqual(expect.arrayContaining(passed))
  })

  test.each(['stale', 'bid-only', 'ask-only', 'empty', 'crossed'] as const)(
    'no trade on a ladder of %s books',
    (quoteState) => {
      for (const { scene: at, tradesOn } of trades) {
        if (quoteState === tradesOn) continue
        const rows = TICKERS.map((_, index) => ({ ...at.rows?.[index], ...sides(quoteState) }))
        expect(evaluate(strategy, { ...at, rows }).intents).toEqual([])
      }
    },
  )

  test('no trade on an input that is missing', () => {
    for (const { scene: at } of trades) {
      for (const field of reads.rows) {
        if (ALWAYS_THERE.has(field) || optional?.includes(`row.${field}`)) continue
        const rows = TICKERS.map((_, index) => ({ ...at.rows?.[index], [field]: null }))
        expect(evaluate(strategy, { ...at, rows }).intents, field).toEqual([])
      }
      for (const field of reads.event) {
        if (optional?.includes(`event.${field}`)) continue
        const event = { ...at.event, [field]: null }
        expect(evaluate(strategy, { ...at, event }).intents, field).toEqual([])
      }
    }
  })

  test('reads no more than it says', () => {
    const scenes = [scene, ...Object.values(gates).map((change) => ({ ...scene, ...change }))]
    const seen = seenBy(strategy, scenes)
    expect([...reads.rows]).toEqual(expect.arrayContaining([...seen.rows]))
    expect([...reads.event]).toEqual(expect.arrayContaining([...seen.event]))
  })

  test('what it reads is logged under the name of what it is', () => {
    const [row] = contextOf({ rows: [{ isSpike: true, isDead: true }] }).frame.rows
    const roles = {
      event: numbered(contextOf({}).frame.event!, 1_000),
      leader: { ...numbered(row!, 2_000), isActive: true },
      follower: { ...numbered(row!, 3_000), isActive: false, quoteState: 'stale' as const },
    }
    const inputs = Object.entries(strategy.reads(roles.event, roles.leader, roles.follower))
    for (const [input, value] of inputs) {
      const [role, field] = input.split('.') as [keyof typeof roles, never]
      const read: string | number | boolean = roles[role][field]
      const isState = typeof read === 'string'
      expect(value, input).toBe(isState ? (read === 'two' ? 1 : null) : Number(read))
    }
    expect(inputs.length).toBeGreaterThan(0)
    expect(Object.values(strategy.reads({}, {}, {})).filter((value) => value !== null)).toEqual([])
  })

  test('nothing is remembered between evaluations', () => {
    const before = evaluate(strategy, scene)
    for (const change of Object.values(gates)) evaluate(strategy, { ...scene, ...change })
    expect(evaluate(strategy, scene)).toEqual(before)
  })
})

/** Without quotes these are 0 or 10,000, and never null. */
const ALWAYS_THERE: ReadonlySet<string> = new Set([
  ...['quoteState', 'bidBps', 'askBps', 'bidCenti', 'askCenti', 'volume10min', 'isActive'],
])

function sides(quoteState: LadderRow['quoteState']): Row {
  if (quoteState === 'stale' || quoteState === 'crossed') return { quoteState, mid: null }
  const noBid = { bidBps: 0, bidCenti: 0 }
  const noAsk = { askBps: 10_000, askCenti: 0 }
  const missing = { 'bid-only': noAsk, 'ask-only': noBid, empty: { ...noBid, ...noAsk }, two: {} }
  return { quoteState, mid: null, microprice: null, spreadBps: null, ...missing[quoteState] }
}

/** Every number its own, so that none can stand for another. */
const numbered = <T extends object>(of: T, from: number): T =>
  Object.fromEntries(
    Object.entries(of).map(([field, value]: [string, unknown], index) => [
      field,
      typeof value === 'number' || value === null ? from + index : value,
    ]),
  ) as T

type Seen = { readonly rows: Set<keyof LadderRow>; readonly event: Set<keyof LadderEvent> }

/** What a strategy says it reads. */
function readsOf(strategy: Strategy): Seen {
  const seen: Seen = { rows: new Set(), event: new Set() }
  const row = watch({} as LadderRow, seen.rows)
  strategy.reads(watch({} as LadderEvent, seen.event), row, row)
  return seen
}

/** What its evaluations look at; a ticker says which row it is and is no input. */
function seenBy(strategy: Strategy, scenes: readonly Scene[]): Seen {
  const seen: Seen = { rows: new Set(), event: new Set() }
  for (const scene of scenes) {
    const context = contextOf(scene)
    const { frame } = context
    const watched = {
      ...frame,
      rows: frame.rows.map((row) => watch(row, seen.rows)),
      ...(frame.event && { event: watch(frame.event, seen.event) }),
    }
    strategy.evaluate(paramsOf(strategy, scene), { ...context, frame: watched })
  }
  seen.rows.delete('marketTicker')
  return seen
}

const watch = <T extends object>(of: T, seen: Set<keyof T>): T =>
  new Proxy(of, {
    get(target, field) {
      seen.add(field as keyof T)
      return target[field as keyof T]
    },
  })
