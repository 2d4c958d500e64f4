import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wealthByOutcome } from '../src/strategies/market-making.ts'
import { gainsOf } from '../src/strategies/migration.ts'
import { evaluate, frameOf, LEADER, NOW_US, strategyOf, TICKERS } from './desk.ts'
import type { Row, Scene } from './desk.ts'

const leaderFollower = strategyOf('leader-follower')
const coherence = strategyOf('coherence')
const marketMaking = strategyOf('market-making')
const gateOf = (of: ReturnType<typeof evaluate>, name: string) =>
  of.opportunity.gates.find(({ gate }) => gate === name)

describe('leader and follower', () => {
  test('a likely new high asks for less velocity and more edge, up to its reference', () => {
    const at = (hazard15min: number) => {
      const done = evaluate(leaderFollower, { rows: [LEADER, {}], event: { hazard15min } })
      return [gateOf(done, 'leader-velocity')!.threshold, gateOf(done, 'edge')!.threshold]
    }
    expect(at(0)).toEqual([3, 150])
    expect(at(0.1)).toEqual([3 * 0.85, 200])
    expect(at(0.2)).toEqual([3 * 0.7, 250])
    expect(at(0.9)).toEqual([3 * 0.7, 250])
  })

  test('without weather the thresholds are those of a quiet day', () => {
    const done = evaluate(leaderFollower, { rows: [LEADER, {}], event: null })
    expect(done.opportunity.decision).toBe('trade')
    expect(gateOf(done, 'leader-velocity')!.threshold).toBe(3)
  })

  const falling: Row = {
    ...{ velocity: -0.002, velocitySe: 0.0005, acceleration: -0.001, accelerationSe: 0.0002 },
    rasZ: -3,
  }

  test('a follower that has moved hands on: it leads the bracket behind it', () => {
    const { opportunity, intents } = evaluate(leaderFollower, {
      rows: [LEADER, falling, { bidBps: 2_600, askBps: 3_000 }],
    })
    expect(opportunity).toMatchObject({
      ...{ decision: 'trade', leaderTicker: TICKERS[1], followerTicker: TICKERS[2] },
    })
    expect(intents).toMatchObject([{ marketTicker: TICKERS[2], side: 'yes' }])
    expect(gateOf({ opportunity, intents }, 'hand-off')).toMatchObject({ passed: true })
  })

  test.each<[string, Scene]>([
    ['it is switched off', { rows: [LEADER, falling, {}], params: { handOffMax: 0 } }],
    ['it moved the wrong way', { rows: [LEADER, { ...falling, velocity: 0.002 }, {}] }],
    ['it slows down', { rows: [LEADER, { ...falling, acceleration: 0.001 }, {}] }],
    ['nobody quotes behind it', { rows: [LEADER, falling, { quoteState: 'bid-only' }] }],
  ])('no hand-off when %s', (_, scene) => {
    expect(evaluate(leaderFollower, scene).opportunity.reason).toBe('follower-lag')
  })

  test('the hedge is a part of the order, on the same side of the leader', () => {
    const scene: Scene = { rows: [{ ...LEADER, bidBps: 2_800, askBps: 3_200 }, {}] }
    const hedged = evaluate(leaderFollower, { ...scene, params: { hedgeShare: 0.25 } })
    expect(hedged.intents).toMatchObject([
      { marketTicker: TICKERS[1], side: 'no', countCenti: 1_000 },
      { marketTicker: TICKERS[0], side: 'no', countCenti: 250, isPostOnly: true },
    ])
    expect(evaluate(leaderFollower, scene).intents).toHaveLength(1)
  })

  test('the EV of both together, by contract of the order', () => {
    const scene: Scene = { rows: [{ ...LEADER, bidBps: 2_800, askBps: 3_200 }, {}] }
    const hedged = evaluate(leaderFollower, { ...scene, params: { hedgeShare: 0.25 } })
    const [order, hedge] = hedged.intents
    expect(order!.evBps).toBeGreaterThan(0)
    expect(hedge!.evBps).not.toBe(0)
    expect(hedged.opportunity.evBps).toBeCloseTo(order!.evBps + hedge!.evBps / 4, 9)
  })

  test('a hand-off says how fast the follower has gone', () => {
    const done = evaluate(leaderFollower, { rows: [LEADER, falling, {}] })
    expect(gateOf(done, 'hand-off')).toMatchObject({ value: 4, threshold: 2, passed: true })
  })

  test('no hedge that costs more than the order earns', () => {
    const scene: Scene = { rows: [{ ...LEADER, bidBps: 1_000, askBps: 1_200 }, {}] }
    const hedged = evaluate(leaderFollower, { ...scene, params: { hedgeShare: 1 } })
    expect(hedged.intents).toHaveLength(1)
  })
})

test('the gains of a migration move mass and make none', () => {
  const pmf = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 })
  fc.assert(
    fc.property(pmf, fc.double({ min: -3, max: 3, noNaN: true }), (ps, shift) => {
      const centres = ps.map((_, k) => 40 + 2 * k)
      const brackets = ps.map((p, k) => ({ marketTicker: `${k}`, p, sd: null, mid: null }))
      const gains = gainsOf({ brackets }, centres, shift)
      const sum = gains.reduce((total, gain) => total + gain, 0)
      expect(Math.abs(sum)).toBeLessThan(1e-12)
      for (const [k, gain] of gains.entries()) expect(gain).toBeGreaterThanOrEqual(-ps[k]! - 1e-12)
      const moved = gains.reduce((total, gain, k) => total + gain * centres[k]!, 0)
      const inner = ps.slice(shift > 0 ? 0 : 1, shift > 0 ? -1 : undefined)
      const mass = inner.reduce((total, p) => total + p, 0)
      expect(moved).toBeCloseTo(mass * Math.max(-2, Math.min(2, shift)), 9)
    }),
  )
})

test('nothing flows into a bracket that cannot win any more', () => {
  const brackets = [0, 0.4, 0.6].map((p, k) => ({
    ...{ marketTicker: `${k}`, p, sd: null, mid: null },
    isDead: k === 0,
  }))
  const gains = gainsOf({ brackets }, [39, 41, 43], -1)
  expect(gains[0]).toBe(0)
  expect(gains[1]).toBeCloseTo(0.3, 12)
  expect(gains[2]).toBeCloseTo(-0.3, 12)
})

test('a move on top of a price never makes a contract worth more than it pays', () => {
  const running: Row = {
    ...{ bidBps: 9_600, askBps: 9_700, microprice: 0.985, queueImbalance: 0.8 },
    ...{ bookDivergenceT: 5, bookVelocity: 0.002, ofiNorm15s: 1 },
  }
  const { intents } = evaluate(strategyOf('book-velocity'), { rows: [running] })
  expect(intents).toMatchObject([{ side: 'yes', fairBps: 10_000 }])
})

test('of a pair that has come apart the late one is traded, whichever it is', () => {
  const pair: Row = { pairGapUp: -0.08, pairGapUpZ: -4, correlationUp: -0.6 }
  const late = (leadLagUp: number) =>
    evaluate(strategyOf('correlation-divergence'), { rows: [{ ...pair, leadLagUp }] })
  // The upper one stands too low, or the lower one has not fallen enough against it.
  expect(late(0.2).intents).toMatchObject([{ marketTicker: TICKERS[1], side: 'yes' }])
  const low = late(-0.2)
  expect(low.opportunity).toMatchObject({ leaderTicker: TICKERS[1], followerTicker: TICKERS[0] })
  expect(gateOf(low, 'quotable')).toMatchObject({ passed: true })
})

describe('coherence', () => {
  const rows = (quotes: readonly (readonly [number, number, number])[]): Row[] =>
    quotes.map(([bidBps, askBps, count]) => ({
      ...{ bidBps, askBps, bidCenti: count, askCenti: count },
    }))

  test('all asked below a dollar: every YES, the thinnest first, no more than it holds', () => {
    const scene = {
      rows: rows([
        [2_600, 3_000, 900],
        [2_600, 3_000, 400],
        [2_600, 3_000, 700],
      ]),
    }
    const { opportunity, intents } = evaluate(coherence, scene)
    expect(opportunity.gates.at(-3)).toMatchObject({ gate: 'buy-all' })
    expect(intents.map(({ marketTicker }) => marketTicker)).toEqual(
      [1, 2, 0].map((k) => TICKERS[k]),
    )
    for (const intent of intents) {
      expect(intent).toMatchObject({ side: 'yes', priceBps: 3_000, countCenti: 400 })
      expect(intent.isPostOnly).toBe(false)
    }
    // $1 less 90 cents, less three fees of 0.07 × 4 × 0.21 rounded up to a cent: 6 cents each.
    expect(opportunity.evBps).toBeCloseTo((1_000 * 400 - 3 * 60_000) / 400, 9)
  })

  test('the PMF of the frame says what is incoherent; quotes alone are none of its business', () => {
    const cheap = rows([
      [2_600, 3_000, 900],
      [2_600, 3_000, 400],
      [2_600, 3_000, 700],
    ])
    const silent = evaluate(coherence, { rows: cheap, pmf: { arbitrages: [] } })
    expect(silent.opportunity.reason).toBe('incoherent')
  })

  test('of several the best at our size, with the fees of that size', () => {
    const dear = rows([
      [4_000, 4_400, 500],
      [4_000, 4_400, 500],
      [4_000, 4_400, 500],
    ]).map((row, k) => ({ ...row, isDead: k === 0 }))
    const { opportunity, intents } = evaluate(coherence, {
      ...{ rows: dear, params: { setsMaxCenti: 100, depthShareMax: 0.5 } },
    })
    // A dead bracket at 40 cents beats 20 cents a set: $0.40 less the floor and a fee of 1.68, 2 cents.
    expect(opportunity.gates.at(-3)).toMatchObject({
      gate: 'dead-bracket',
      value: 4_000 - 30 - 200,
    })
    expect(intents).toMatchObject([{ marketTicker: TICKERS[0], side: 'no', countCenti: 100 }])
  })

  test('all bid above a dollar: every NO at the other end of its bid', () => {
    const scene = {
      rows: rows([
        [4_000, 4_400, 500],
        [4_000, 4_400, 500],
        [4_000, 4_400, 500],
      ]),
    }
    const { intents } = evaluate(coherence, scene)
    expect(intents).toHaveLength(3)
    for (const intent of intents) expect(intent).toMatchObject({ side: 'no', priceBps: 6_000 })
  })

  test('a dead bracket that is still bid is sold, above the floor for corrections', () => {
    const quotes = rows([
      [300, 600, 500],
      [4_500, 4_900, 500],
      [4_500, 4_900, 500],
    ])
    const alive = evaluate(coherence, { rows: quotes })
    expect(alive.opportunity.reason).toBe('incoherent')
    const dead = quotes.map((row, k) => ({ ...row, isDead: k === 0 }))
    expect(evaluate(coherence, { rows: dead }).intents).toMatchObject([
      { marketTicker: TICKERS[0], side: 'no', priceBps: 9_700, fairBps: 9_970 },
    ])
    const barely = dead.map((row, k) => (k === 0 ? { ...row, bidBps: 90 } : row))
    expect(evaluate(coherence, { rows: barely }).opportunity.reason).toBe('dead-bracket')
  })

  test('a higher strike bid above a lower one’s ask: one is bought, the other sold', () => {
    const quotes = rows([
      [5_000, 5_200, 500],
      [6_500, 6_700, 300],
      [1_000, 1_200, 500],
    ])
    const ladder: Scene = { rows: quotes, frame: { isPartition: false } }
    const { intents } = evaluate(coherence, { ...ladder, terms: { strikeType: 'greater' } })
    expect(intents).toMatchObject([
      { marketTicker: TICKERS[1], side: 'no', priceBps: 3_500, countCenti: 300 },
      { marketTicker: TICKERS[0], side: 'yes', priceBps: 5_200, countCenti: 300 },
    ])
    expect(evaluate(coherence, ladder).opportunity.reason, 'no ladder of strikes').toBe(
      'incoherent',
    )
  })
})

describe('market making', () => {
  const tail: Row = { bidBps: 2_800, askBps: 3_200, mid: 0.3, volume10min: 10 }
  const scene: Scene = { rows: [tail, {}, tail] }
  const quoteOf = (more: Scene) => {
    const [bid, ask] = evaluate(marketMaking, { ...scene, ...more }).intents
    return [bid!.priceBps, 10_000 - ask!.priceBps]
  }

  test('two post-only orders around the price of the bracket', () => {
    // 40 cents less and more 2.5 cents, outward to whole cents.
    expect(quoteOf({})).toEqual([3_700, 4_300])
    const { intents } = evaluate(marketMaking, scene)
    expect(intents.map(({ side, isPostOnly }) => [side, isPostOnly])).toEqual([
      ['yes', true],
      ['no', true],
    ])
  })

  test('long of the bracket it quotes lower, short higher', () => {
    const held = (positionCenti: number) => (ticker: string) =>
      ticker === TICKERS[1] ? { positionCenti, costMicros: 0 } : undefined
    const params = { capContracts: 100, edgeMinBps: -10_000 }
    const [long, flat, short] = [20_000, 0, -20_000].map(
      (centi) => quoteOf({ held: held(centi), params })[0]!,
    )
    expect(long).toBeLessThan(flat!)
    expect(short).toBeGreaterThan(flat!)
  })

  test('a likely new high widens both sides', () => {
    const [bid, ask] = quoteOf({ event: { hazard15min: 0.5 } })
    // 0.44 fee + 0.5 adverse + 0.5 × 0.24 of the payout: 12.9 cents.
    expect([bid, ask]).toEqual([2_700, 5_300])
  })

  test('it stands back within two minutes of the 51st to the 56th, on old weather only', () => {
    const at = (minute: string, weatherAgeMs: number) =>
      evaluate(marketMaking, {
        ...scene,
        nowUs: Date.parse(`2026-11-20T17:${minute}:30Z`) * 1_000,
        event: { weatherAgeMs },
      }).opportunity.reason
    expect(['48', '49', '58', '59'].map((minute) => at(minute, 60_000))).toEqual([
      ...['trade', 'release-window', 'release-window', 'trade'],
    ])
    expect(at('53', 59_999)).toBe('trade')
  })

  test('one pair of quotes at a time, whatever the cooldown', () => {
    const lastIntentUs = NOW_US - 29_999_999
    const waiting = { ...scene, lastIntentUs, params: { cooldownUs: 0 } }
    expect(evaluate(marketMaking, waiting).opportunity.reason).toBe('cooldown')
  })

  test('wealth by outcome: YES pays in its own, NO in all others, less what they cost', () => {
    const held: Readonly<Record<string, [number, number]>> = {
      [TICKERS[0]!]: [100, 400_000],
      [TICKERS[2]!]: [-200, 1_200_000],
    }
    const wealth = wealthByOutcome(frameOf({}), (ticker) => {
      const [positionCenti, costMicros] = held[ticker] ?? [0, 0]
      return held[ticker] && { positionCenti, costMicros }
    })
    expect(wealth).toEqual([1_400_000, 400_000, -1_600_000])
  })
})
