import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ledger, type PositionFill } from '@kwm/model-positions'
import {
  bracketPosition,
  ordersCostMicros,
  scalarScenarioMicros,
  sumWorstMicros,
  worstCase,
  type BracketOrder,
  type BracketPosition,
  type EventExposure,
} from '@kwm/model-risk'

const side = fc.constantFrom<'yes' | 'no'>('yes', 'no')

const exposure: fc.Arbitrary<EventExposure> = fc.integer({ min: 1, max: 8 }).chain((count) => {
  const bracketIndex = fc.integer({ min: 0, max: count - 1 })
  const position: fc.Arbitrary<BracketPosition> = fc.record({
    bracketIndex,
    side,
    countCenti: fc.integer({ min: 0, max: 30_000 }),
    costMicros: fc.integer({ min: -1_000_000, max: 200_000_000 }),
  })
  const order: fc.Arbitrary<BracketOrder> = fc.record({
    bracketIndex,
    side,
    countCenti: fc.integer({ min: 0, max: 30_000 }),
    priceBps: fc.integer({ min: 1, max: 9999 }),
    feeMicros: fc.integer({ min: 0, max: 500_000 }),
  })
  return fc.record({
    bracketCount: fc.constant(count),
    positions: fc.array(position, { maxLength: 8 }),
    openOrders: fc.array(order, { maxLength: 10 }),
    // At least one bracket stays alive.
    deadBrackets: fc.subarray(Array.from({ length: count - 1 }, (_, k) => k)),
    noneCanWin: fc.boolean(),
  })
})

/** The oracle: every outcome times every subset of orders filled in full. */
function bruteForce(e: EventExposure): { pnl: number[]; withOrders: number[] } {
  const outcomes = e.bracketCount + (e.noneCanWin === true ? 1 : 0)
  const pnl: number[] = []
  const withOrders: number[] = []
  for (let winner = 0; winner < outcomes; winner++) {
    const wins = (lot: { bracketIndex: number; side: string }): boolean =>
      lot.side === 'yes' ? lot.bracketIndex === winner : lot.bracketIndex !== winner
    const held = e.positions.reduce(
      (sum, p) => sum + (wins(p) ? p.countCenti * 10_000 : 0) - p.costMicros,
      0,
    )
    let worst = Infinity
    for (let subset = 0; subset < 2 ** e.openOrders.length; subset++) {
      let total = held
      for (const [i, o] of e.openOrders.entries()) {
        if ((subset & (1 << i)) === 0) continue
        total += (wins(o) ? o.countCenti * 10_000 : 0) - o.countCenti * o.priceBps - o.feeMicros
      }
      worst = Math.min(worst, total)
    }
    pnl.push(held)
    withOrders.push(worst)
  }
  return { pnl, withOrders }
}

test('the worst case is that of brute force over outcomes and fill subsets', () => {
  fc.assert(
    fc.property(exposure, (e) => {
      const got = worstCase(e)
      const oracle = bruteForce(e)
      expect(got.pnlMicrosByOutcome).toEqual(oracle.pnl)
      expect(got.pnlMicrosByOutcomeWithOrders).toEqual(oracle.withOrders)
      const dead = e.deadBrackets ?? []
      const alive = (values: number[]) => values.filter((_, k) => !dead.includes(k))
      expect(got.worstMicros).toBe(Math.min(...alive(oracle.pnl)))
      expect(got.worstWithOrdersMicros).toBe(Math.min(...alive(oracle.withOrders)))
    }),
    { numRuns: 200 },
  )
})

test('an order more or a bracket declared alive is never safer', () => {
  fc.assert(
    fc.property(exposure, (e) => {
      const worst = worstCase(e).worstWithOrdersMicros
      const fewer = { ...e, openOrders: e.openOrders.slice(1) }
      expect(worstCase(fewer).worstWithOrdersMicros).toBeGreaterThanOrEqual(worst)
      const allAlive = { ...e, deadBrackets: undefined }
      expect(worstCase(allAlive).worstWithOrdersMicros).toBeLessThanOrEqual(worst)
      expect(worst).toBeLessThanOrEqual(worstCase(e).worstMicros)
      // No order can lose more than it costs.
      const floor = worstCase(e).worstMicros - ordersCostMicros(e.openOrders)
      expect(worst).toBeGreaterThanOrEqual(floor)
    }),
  )
})

// The ledger settles an event bracket by bracket; the table must foresee each of these ends.
test('the table from ledger positions is what the ledger pays in every outcome', () => {
  const fill: fc.Arbitrary<PositionFill> = fc.record({
    marketTicker: fc.constantFrom('0', '1', '2', '3'),
    side,
    priceBps: fc.integer({ min: 1, max: 9999 }),
    countCenti: fc.integer({ min: 1, max: 500 }),
    feeMicros: fc.integer({ min: 0, max: 90_000 }),
  })
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 20 }), (fills) => {
      const ledger = new Ledger()
      for (const f of fills) ledger.applyFill(f)
      const positions = [0, 1, 2, 3].flatMap(
        (k) => bracketPosition(ledger.position(String(k)), k) ?? [],
      )
      const table = worstCase({ bracketCount: 4, positions, openOrders: [] })
      for (const winner of [0, 1, 2, 3]) {
        const settled = new Ledger(ledger.snapshot())
        for (const k of [0, 1, 2, 3]) {
          const result = k === winner ? 'yes' : 'no'
          settled.applySettlement({ marketTicker: String(k), result, valueBps: 0 })
        }
        expect(table.pnlMicrosByOutcome[winner]).toBe(settled.totals().cashMicros)
      }
    }),
  )
})

test('a binary market alone: YES loses everything when nothing wins', () => {
  const yes = { bracketIndex: 0, side: 'yes', countCenti: 1000, costMicros: 6_000_000 } as const
  const alone = { bracketCount: 1, positions: [yes], openOrders: [] }
  expect(worstCase({ ...alone, noneCanWin: true }).worstMicros).toBe(-6_000_000)
  expect(worstCase(alone).worstMicros).toBe(4_000_000)
})

test('different cities do not net', () => {
  expect(sumWorstMicros([-83_600_000, -20_000_000])).toBe(-103_600_000)
  expect(sumWorstMicros([])).toBe(0)
})

test('scalar scenario: every lot ten cents worse than its mid, never below nothing', () => {
  const lots: BracketPosition[] = [
    { bracketIndex: 0, side: 'yes', countCenti: 1000, costMicros: 3_000_000 },
    { bracketIndex: 0, side: 'no', countCenti: 1000, costMicros: 6_500_000 },
    { bracketIndex: 1, side: 'yes', countCenti: 1000, costMicros: 500_000 },
  ]
  // 10 × (0.40 - 0.10) - 3.00 = 0; 10 × (0.60 - 0.10) - 6.50 = -1.50; 0 - 0.50.
  expect(scalarScenarioMicros(lots, [4000, 500])).toBe(-2_000_000)
})

test('a bracket outside the event is our bug', () => {
  const order = { bracketIndex: 3, side: 'yes', countCenti: 1, priceBps: 1, feeMicros: 0 } as const
  const e = { bracketCount: 3, positions: [], openOrders: [order] }
  expect(() => worstCase(e)).toThrow('bracket 3 of 3')
  expect(() => worstCase({ ...e, openOrders: [], deadBrackets: [0, 1, 2] })).toThrow('dead')
})
