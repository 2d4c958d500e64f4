import { OrderBook } from '@kwm/model-book'
import type { BookSide } from '@kwm/model-book'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { integratedOrderFlow, orderFlowEvent, OrderFlowImbalance } from '../src/index.ts'
import type { OrderFlowImbalanceSnapshot } from '../src/index.ts'

type Delta = { gapUs: number; side: BookSide; priceBps: number; countDeltaCenti: number }

const WINDOWS_US = [5, 15, 60]
const tape = fc.array(
  fc.record({
    gapUs: fc.integer({ min: 0, max: 6 }),
    side: fc.constantFrom<BookSide>('yes', 'no'),
    priceBps: fc.constantFrom(4100, 4200, 4300, 4400, 4500),
    countDeltaCenti: fc.constantFrom(-300, -100, 100, 200, 300),
  }),
  { maxLength: 100, size: 'max' },
)

const other = (side: BookSide): BookSide => (side === 'yes' ? 'no' : 'yes')

function play(deltas: readonly Delta[], isMirror = false) {
  const book = new OrderBook()
  book.applySnapshot([], [])
  const ofi = new OrderFlowImbalance({ windowsUs: WINDOWS_US })
  ofi.resync(0, book)
  let timeUs = 0
  const steps = deltas.map((delta) => {
    timeUs += delta.gapUs
    const side = isMirror ? other(delta.side) : delta.side
    const result = book.applyDelta(side, delta.priceBps, delta.countDeltaCenti)
    const e = result === 'ok' ? ofi.update(timeUs, book) : 0
    return { timeUs, result, e, state: statesOf(book) }
  })
  return { ofi, steps, timeUs }
}

/** The m-th best quotes read level by level from the book's own list. */
function statesOf(book: OrderBook): number[][] {
  const [bids, asks] = [book.levels('yes', 3), book.levels('no', 3)]
  return [0, 1, 2].map((m) => [
    bids[m]?.[0] ?? 0,
    bids[m]?.[1] ?? 0,
    10_000 - (asks[m]?.[0] ?? 0),
    asks[m]?.[1] ?? 0,
  ])
}

/**
 * The oracle says the same by cases: a better price adds its whole size, a worse one takes the old
 * size away, an equal one counts the difference.
 */
function eventByCases(before: readonly number[], after: readonly number[]): number {
  const flow = (direction: number, newSize: number, oldSize: number): number => {
    if (direction > 0) return newSize
    return direction < 0 ? -oldSize : newSize - oldSize
  }
  const bid = flow(Math.sign(after[0]! - before[0]!), after[1]!, before[1]!)
  const ask = flow(Math.sign(before[2]! - after[2]!), after[3]!, before[3]!)
  return bid - ask
}

describe('order-flow imbalance', () => {
  test('every window is the sum of e_n and the mean of depth over its states', () => {
    fc.assert(
      fc.property(tape, (deltas) => {
        const { ofi, steps, timeUs } = play(deltas)
        const empty = [0, 1, 2].map(() => [0, 0, 10_000, 0])
        const applied = [
          { timeUs: 0, state: empty, e: [0, 0, 0] },
          ...steps.filter(({ result }) => result === 'ok').map((step) => ({ ...step, e: [0] })),
        ]
        for (let i = 1; i < applied.length; i++) {
          applied[i]!.e = [0, 1, 2].map((m) =>
            eventByCases(applied[i - 1]!.state[m]!, applied[i]!.state[m]!),
          )
        }
        ofi.advance(timeUs)
        for (const [w, windowUs] of WINDOWS_US.entries()) {
          const inside = applied.filter((a) => a.timeUs > timeUs - windowUs)
          const got = ofi.window(w)
          const byLevel = [0, 1, 2].map((m) => inside.reduce((s, a) => s + a.e[m]!, 0))
          expect(got.ofiCentiByLevel).toEqual(byLevel)
          expect(got.stateCount).toBe(inside.length)
          const depths = inside.map((a) => (a.state[0]![1]! + a.state[0]![3]!) / 2)
          const mean = depths.reduce((s, d) => s + d, 0) / depths.length
          if (inside.length === 0) expect(got.averageDepthCenti).toBeNull()
          else expect(got.averageDepthCenti).toBeCloseTo(mean, 9)
          if (mean > 0) expect(got.normalised).toBeCloseTo(byLevel[0]! / mean, 9)
          else expect(got.normalised).toBeNull()
        }
      }),
    )
  })

  test('the NO book has the opposite imbalance, event by event', () => {
    fc.assert(
      fc.property(tape, (deltas) => {
        const [yes, no] = [play(deltas), play(deltas, true)]
        for (const [i, step] of yes.steps.entries()) expect(no.steps[i]!.e + step.e).toBe(0)
        const [a, b] = [yes.ofi.window(2), no.ofi.window(2)]
        expect(a.ofiCentiByLevel.map((e, m) => e + b.ofiCentiByLevel[m]!)).toEqual([0, 0, 0])
        expect(b.averageDepthCenti).toBe(a.averageDepthCenti)
      }),
    )
  })

  test('a change below the best is no flow at the best', () => {
    const before = [4500, 100, 4700, 80, 4400, 10, 4800, 10]
    const after = [4500, 100, 4700, 80, 4400, 90, 4800, 10]
    expect([orderFlowEvent(before, after), orderFlowEvent(before, after, 4)]).toEqual([0, 80])
  })

  test('integrated imbalance needs depth to be scaled by, and numbers', () => {
    expect(integratedOrderFlow([30, 10], 20, [0.8, 0.6])).toBeCloseTo(30 / 20 / 1.4, 12)
    expect(integratedOrderFlow([30, 10], 0, [0.8, 0.6])).toBeNull()
    expect(() => integratedOrderFlow([30, 10], NaN, [0.8, 0.6])).toThrow('depth')
    expect(() => integratedOrderFlow([NaN, 10], 20, [0.8, 0.6])).toThrow('numbers')
    expect(() => integratedOrderFlow([30], 20, [0.8, 0.6])).toThrow('loading')
  })

  test('nothing is counted across a resync or a disconnection', () => {
    const book = new OrderBook()
    book.applySnapshot([[4500, 100]], [[5300, 100]])
    const ofi = new OrderFlowImbalance({ windowsUs: [1000] })
    expect(ofi.update(1, book)).toBe(0)
    book.applySnapshot([[4600, 900]], [[5300, 100]])
    ofi.resync(2, book)
    expect(ofi.window(0)).toMatchObject({ ofiCenti: 0, stateCount: 2 })
    ofi.disconnect()
    book.applyDelta('yes', 4600, 50)
    expect(ofi.update(3, book)).toBe(0)
    book.applyDelta('yes', 4600, 50)
    expect(ofi.update(4, book)).toBe(50)
    expect(ofi.window(0).ofiCenti).toBe(50)
  })

  test('resumes from a snapshot saved anywhere', () => {
    fc.assert(
      fc.property(tape, fc.nat(), (deltas, seed) => {
        const book = new OrderBook()
        book.applySnapshot([], [])
        const straight = new OrderFlowImbalance({ windowsUs: WINDOWS_US })
        let resumed = straight
        let timeUs = 0
        for (const [i, { gapUs, side, priceBps, countDeltaCenti }] of deltas.entries()) {
          timeUs += gapUs
          if (book.applyDelta(side, priceBps, countDeltaCenti) === 'ok') {
            const e = straight.update(timeUs, book)
            if (resumed !== straight) expect(resumed.update(timeUs, book)).toBe(e)
          }
          if (i === seed % deltas.length) {
            const json = JSON.stringify(straight.snapshot())
            const saved: OrderFlowImbalanceSnapshot = JSON.parse(json)
            resumed = OrderFlowImbalance.restore(saved)
          }
          expect(resumed.snapshot()).toEqual(straight.snapshot())
          expect(resumed.window(1)).toEqual(straight.window(1))
        }
      }),
    )
  })
})
