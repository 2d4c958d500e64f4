import { OrderBook, type BookSide } from '@kwm/model-book'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BookChurn, MATCH_US } from '../src/index.ts'

type Step =
  | { readonly kind: 'delta'; gapUs: number; side: BookSide; cents: number; to: number }
  | { readonly kind: 'print'; gapUs: number; takerSide: BookSide; cents: number; count: number }

const LEVELS = 2
const WINDOW_US = 2_000_000
const side = fc.constantFrom<BookSide>('yes', 'no')
const gapUs = fc.constantFrom(0, 50_000, 200_000, 300_000, 900_000)
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      kind: fc.constant('delta' as const),
      ...{ gapUs, side, cents: fc.constantFrom(40, 41, 42, 43), to: fc.constantFrom(0, 100, 300) },
    }),
    fc.record({
      kind: fc.constant('print' as const),
      ...{ gapUs, takerSide: side, count: fc.constantFrom(100, 200) },
      cents: fc.constantFrom(40, 41, 42, 43, 57, 58, 59, 60),
    }),
  ),
  { maxLength: 80, size: 'max' },
)

function play(tape: readonly Step[], cut: number) {
  const book = new OrderBook()
  book.applySnapshot([], [])
  let churn = new BookChurn({ windowUs: WINDOW_US, levels: LEVELS })
  churn.resync(0, book)
  const oracle = new Oracle()
  let timeUs = 0
  for (const [n, step] of tape.entries()) {
    if (n === cut) churn = BookChurn.restore(JSON.parse(JSON.stringify(churn.snapshot())) as never)
    timeUs += step.gapUs
    if (step.kind === 'print') {
      churn.onPrint(timeUs, step.takerSide, step.cents * 100, step.count)
      oracle.print(timeUs, step.takerSide, step.cents * 100, step.count)
    } else {
      const priceBps = step.cents * 100
      const before = book.levels(step.side)
      const change = step.to - book.countAt(step.side, priceBps)
      if (change === 0) continue
      book.applyDelta(step.side, priceBps, change)
      churn.onDelta(timeUs, book, step.side, priceBps, change)
      oracle.delta(timeUs, step.side, priceBps, change, before, book)
    }
    churn.advance(timeUs)
    expect(reading(churn)).toEqual(oracle.reading(timeUs))
  }
}

const reading = (churn: BookChurn) => ({
  adds: churn.addsCenti,
  removes: churn.removesCenti,
  cancels: churn.cancelsCenti,
  empties: churn.emptyCount,
})

/** The same by lists: every add, removal, match and emptying is kept with its time. */
class Oracle {
  readonly #adds: [timeUs: number, count: number][] = []
  readonly #removes: [timeUs: number, count: number][] = []
  readonly #traded: [timeUs: number, count: number][] = []
  readonly #empties: [timeUs: number, count: number][] = []
  readonly #open: { kind: 'removal' | 'print'; timeUs: number; key: string; left: number }[] = []

  delta(
    timeUs: number,
    at: BookSide,
    priceBps: number,
    change: number,
    before: readonly (readonly [number, number])[],
    book: OrderBook,
  ): void {
    const after = book.levels(at)
    // Among the best levels before the change where it took a level away, after it where it did not.
    const list = change < 0 && after.length < before.length ? before : after
    const rank = list.findIndex(([price]) => price === priceBps)
    if (rank < LEVELS) {
      if (change > 0) this.#adds.push([timeUs, change])
      else {
        this.#removes.push([timeUs, -change])
        this.#match(timeUs, 'removal', `${at} ${priceBps}`, -change)
      }
    }
    const depth = (levels: readonly unknown[]) => levels.length
    if (depth(before) > 0 && depth(after) === 0) this.#empties.push([timeUs, 1])
  }

  print(timeUs: number, taker: BookSide, yesPriceBps: number, count: number): void {
    const key = taker === 'yes' ? `no ${10_000 - yesPriceBps}` : `yes ${yesPriceBps}`
    this.#match(timeUs, 'print', key, count)
  }

  reading(nowUs: number) {
    const sum = (list: readonly [number, number][]) =>
      list.filter(([t]) => t > nowUs - WINDOW_US).reduce((total, [, count]) => total + count, 0)
    const removes = sum(this.#removes)
    const cancels = Math.max(0, removes - sum(this.#traded))
    return { adds: sum(this.#adds), removes, cancels, empties: sum(this.#empties) }
  }

  #match(timeUs: number, kind: 'removal' | 'print', key: string, count: number): void {
    let left = count
    for (const open of this.#open) {
      if (open.kind === kind || open.key !== key || timeUs - open.timeUs > MATCH_US) continue
      const taken = Math.min(left, open.left)
      open.left -= taken
      left -= taken
    }
    if (count > left) this.#traded.push([timeUs, count - left])
    if (left > 0) this.#open.push({ kind, timeUs, key, left })
  }
}

test('equals the definition over lists, after every step and across a snapshot', () => {
  fc.assert(fc.property(steps, fc.nat({ max: 80 }), (tape, cut) => play(tape, cut)))
})

describe('by hand', () => {
  const fresh = () => {
    const book = new OrderBook()
    book.applySnapshot([[4_000, 500]], [[5_500, 500]])
    const churn = new BookChurn()
    churn.resync(0, book)
    const change = (timeUs: number, at: BookSide, priceBps: number, count: number) => {
      book.applyDelta(at, priceBps, count)
      churn.onDelta(timeUs, book, at, priceBps, count)
    }
    return { book, churn, change }
  }

  test('a removal is a trade when its print comes within 250 ms, whichever comes first', () => {
    const { churn, change } = fresh()
    change(1_000_000, 'yes', 4_000, -200)
    churn.onPrint(1_250_000, 'no', 4_000, 200)
    expect(churn.cancelsCenti).toBe(0)
    churn.onPrint(2_000_000, 'yes', 4_500, 100)
    change(2_100_000, 'no', 5_500, -100)
    expect(churn.cancelsCenti).toBe(0)
    change(3_000_000, 'yes', 4_000, -100)
    churn.onPrint(3_250_001, 'no', 4_000, 100)
    expect(churn.cancelsCenti).toBe(100)
  })

  test('rate and ratio: adds and cancels over window and depth, cancels over adds and one', () => {
    const { churn, change } = fresh()
    change(1_000_000, 'yes', 4_100, 300)
    change(2_000_000, 'yes', 4_100, -300)
    // Depth 10, 13, 10 contracts; 3 added and 3 cancelled in 60 s.
    expect(churn.churnRate).toBeCloseTo(6 / (60 * 11), 12)
    expect(churn.cancelRatio).toBeCloseTo(3 / 4, 12)
  })

  test('a stale book counts nothing until it is whole again', () => {
    const { book, churn, change } = fresh()
    churn.disconnect()
    change(1_000_000, 'yes', 4_000, -500)
    churn.onPrint(1_100_000, 'no', 4_000, 500)
    expect([churn.removesCenti, churn.emptyCount]).toEqual([0, 0])
    churn.resync(2_000_000, book)
    change(3_000_000, 'no', 5_500, -500)
    expect([churn.removesCenti, churn.emptyCount]).toEqual([500, 1])
    expect(new BookChurn().churnRate).toBeNull()
    expect(new BookChurn().cancelRatio).toBeNull()
  })
})
