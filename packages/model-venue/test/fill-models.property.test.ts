import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  applyPrint,
  candleMakerFills,
  candleTakerFill,
  joinQueue,
  linearCentGrid,
  restOrder,
  stepQueue,
  type CandleBar,
  type CandleMakerOrder,
  type Print,
  type QueueModel,
  type RestingOrder,
} from '@kwm/model-venue'

// --- prints ---

const print: fc.Arbitrary<Print> = fc.record({
  eventTimeUs: fc.integer({ min: 0, max: 3_000_000 }),
  takerSide: fc.constantFrom('yes', 'no'),
  yesPriceBps: fc.constantFrom(4300, 4400, 4500, 4600),
  countCenti: fc.integer({ min: 1, max: 40 }),
})
const prints = fc
  .array(print, { maxLength: 30 })
  .map((list) => list.toSorted((a, b) => a.eventTimeUs - b.eventTimeUs))
const queue = fc.integer({ min: 0, max: 80 })

const yesOrder = (queueAheadCenti: number): RestingOrder =>
  restOrder({ side: 'yes', limitBps: 4500, countCenti: 60, queueAheadCenti, decidedAtUs: 100_000 })

/** The oracle: contract by contract, one hundredth at a time. */
function filledOneByOne(start: RestingOrder, tape: readonly Print[]): number {
  let queueAhead = start.queueAheadCenti
  let filled = 0
  for (const { eventTimeUs, takerSide, yesPriceBps, countCenti } of tape) {
    if (eventTimeUs < start.activeAtUs || takerSide === 'yes' || yesPriceBps > 4500) continue
    if (yesPriceBps < 4500) queueAhead = 0
    for (let unit = 0; unit < countCenti; unit++) {
      if (queueAhead > 0) queueAhead--
      else if (filled < start.remainingCenti) filled++
    }
  }
  return filled
}

test('prints fill what a contract-by-contract queue would', () => {
  fc.assert(
    fc.property(prints, queue, (tape, ahead) => {
      expect(playPrints(yesOrder(ahead), tape)).toBe(filledOneByOne(yesOrder(ahead), tape))
    }),
    { numRuns: 500 },
  )
})

test('print fills: fewer ahead or larger prints never fill less', () => {
  fc.assert(
    fc.property(prints, queue, queue, fc.nat(), (tape, a, b, seed) => {
      const near = Math.min(a, b)
      const far = Math.max(a, b)
      const filled = playPrints(yesOrder(far), tape)
      expect(playPrints(yesOrder(near), tape)).toBeGreaterThanOrEqual(filled)
      const bigger = tape.map((p, i) =>
        i === seed % tape.length ? { ...p, countCenti: p.countCenti + 17 } : p,
      )
      expect(playPrints(yesOrder(far), bigger)).toBeGreaterThanOrEqual(filled)
    }),
  )
})

test('print fills: nothing before activation counts', () => {
  fc.assert(
    fc.property(prints, queue, (tape, ahead) => {
      const after = tape.filter((p) => p.eventTimeUs >= 900_000)
      expect(playPrints(yesOrder(ahead), tape)).toBe(playPrints(yesOrder(ahead), after))
      expect(yesOrder(ahead).activeAtUs).toBe(900_000)
    }),
  )
})

test('print fills: a NO bid sees the mirror image', () => {
  fc.assert(
    fc.property(prints, queue, (tape, ahead) => {
      const mirrored = tape.map((p) => ({
        ...p,
        takerSide: p.takerSide === 'yes' ? ('no' as const) : ('yes' as const),
        yesPriceBps: 10_000 - p.yesPriceBps,
      }))
      const noOrder: RestingOrder = { ...yesOrder(ahead), side: 'no' }
      expect(playPrints(noOrder, mirrored)).toBe(playPrints(yesOrder(ahead), tape))
    }),
  )
})

function playPrints(start: RestingOrder, tape: readonly Print[]): number {
  let order = start
  let filled = 0
  for (const p of tape) {
    const result = applyPrint(order, p)
    order = result.order
    filled += result.filledCenti
    expect(order.remainingCenti).toBe(start.remainingCenti - filled)
  }
  return filled
}

// --- L2 queue position ---

/** What really happens in a queue, with us at the back of what is there at first. */
type Action = { kind: 'add' | 'cancel-ahead' | 'cancel-behind' | 'trade'; count: number }
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('add', 'cancel-ahead', 'cancel-behind', 'trade'),
  count: fc.integer({ min: 1, max: 60 }),
})
const actions = fc.array(action, { maxLength: 40 })
const models: QueueModel[] = [
  { kind: 'risk-averse' },
  { kind: 'power', exponent: 3 },
  { kind: 'power', exponent: 1 },
  { kind: 'log' },
]
const OWN = 30

// Oracle: the true queue, in which we know who is ahead. The models see level totals and trades.
test('the risk-averse queue never fills more, and no model more than traded or fills by cancels', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 150 }), actions, (ahead, list) => {
      for (const model of models) playQueue(ahead, list, model)
    }),
    { numRuns: 500 },
  )
})

function playQueue(startAhead: number, list: readonly Action[], model: QueueModel): void {
  let ahead = startAhead
  let behind = 0
  let own = OWN
  let traded = 0
  let position = joinQueue(startAhead, OWN)
  for (const { kind, count } of list) {
    const before = position
    if (kind === 'add') behind += count
    else if (kind === 'cancel-ahead') ahead -= Math.min(ahead, count)
    else if (kind === 'cancel-behind') behind -= Math.min(behind, count)
    else {
      const hit = Math.min(count, ahead + own + behind)
      const fromAhead = Math.min(hit, ahead)
      const fromOwn = Math.min(hit - fromAhead, own)
      ahead -= fromAhead
      own -= fromOwn
      behind -= hit - fromAhead - fromOwn
      traded += hit
      if (hit > 0) position = stepQueue(position, { type: 'trade', countCenti: hit }, model)
    }
    const afterTrade = position.filledCenti
    position = stepQueue(position, { type: 'depth', levelCenti: ahead + behind }, model)
    expect(position.filledCenti).toBe(afterTrade)
    expect(position.filledCenti).toBeGreaterThanOrEqual(before.filledCenti)
    expect(position.filledCenti).toBeLessThanOrEqual(Math.min(OWN, traded))
    expect(position.frontCenti).toBeLessThanOrEqual(before.frontCenti + 1e-9)
    const reachable = model.kind === 'risk-averse' ? OWN - own : OWN
    expect(position.filledCenti).toBeLessThanOrEqual(reachable)
  }
}

test('the risk-averse queue: fewer ahead or more traded never fills less', () => {
  const trades = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 })
  const filledAfter = (ahead: number, sizes: readonly number[]): number => {
    let position = joinQueue(ahead, OWN)
    for (const countCenti of sizes) {
      position = stepQueue(position, { type: 'trade', countCenti }, { kind: 'risk-averse' })
    }
    return position.filledCenti
  }
  fc.assert(
    fc.property(trades, queue, queue, fc.nat(), (sizes, a, b, seed) => {
      const filled = filledAfter(Math.max(a, b), sizes)
      expect(filledAfter(Math.min(a, b), sizes)).toBeGreaterThanOrEqual(filled)
      const more = sizes.map((size, i) => (i === seed % sizes.length ? size + 9 : size))
      expect(filledAfter(Math.max(a, b), more)).toBeGreaterThanOrEqual(filled)
    }),
  )
})

test('a book that moves through us fills us', () => {
  const position = stepQueue(joinQueue(500, OWN), { type: 'crossed' }, { kind: 'log' })
  expect(position.filledCenti).toBe(OWN)
})

// The published formula, kept as is: a large cancel can put someone further back further forward.
test('known defect: the cubic model is not monotone in queue position under large cancels', () => {
  const frontAfter = (ahead: number): number => {
    const start = { ...joinQueue(10_000, OWN), frontCenti: ahead }
    const event = { type: 'depth', levelCenti: 2000 } as const
    return stepQueue(start, event, { kind: 'power', exponent: 3 }).frontCenti
  }
  expect(frontAfter(6000)).toBeLessThan(frontAfter(5000))
})

test('a front that cancels drove below zero is filled by what trades, not by the estimate', () => {
  const cubic: QueueModel = { kind: 'power', exponent: 3 }
  const start = { ...joinQueue(10_000, OWN), frontCenti: 6000 }
  const canceled = stepQueue(start, { type: 'depth', levelCenti: 2000 }, cubic)
  expect(canceled.frontCenti).toBeLessThan(-OWN)
  expect(canceled.filledCenti).toBe(0)
  const traded = stepQueue(canceled, { type: 'trade', countCenti: 5 }, cubic)
  expect(traded.filledCenti).toBe(5)
})

// --- candles ---

const bar = fc.record({
  tradeLowBps: fc.option(fc.constantFrom(4300, 4400, 4500, 4600), { nil: undefined }),
  askLowBps: fc.option(fc.constantFrom(4400, 4500, 4600, 4700), { nil: undefined }),
  volumeCenti: fc.integer({ min: 0, max: 120 }),
})
const bars: fc.Arbitrary<CandleBar[]> = fc
  .array(bar, { maxLength: 12 })
  .map((list) => list.map((b, i) => ({ ...b, barIndex: i + 1 })))
const makerOrder: fc.Arbitrary<CandleMakerOrder> = fc.record({
  side: fc.constant('yes' as const),
  limitBps: fc.constantFrom(4400, 4500, 4600),
  countCenti: fc.integer({ min: 1, max: 100 }),
  decisionBarIndex: fc.integer({ min: 0, max: 8 }),
  rule: fc.constantFrom('trade-through' as const, 'quote-cross' as const),
})

test('candle fills: half the volume of the bars after the decision that reach the limit', () => {
  fc.assert(
    fc.property(bars, makerOrder, (list, order) => {
      const { fills, remainingCenti } = candleMakerFills(list, order)
      const available = list
        .filter((b) => b.barIndex > order.decisionBarIndex)
        .filter((b) =>
          order.rule === 'quote-cross'
            ? (b.askLowBps ?? Infinity) <= order.limitBps
            : (b.tradeLowBps ?? Infinity) < order.limitBps,
        )
        .reduce((sum, b) => sum + Math.trunc(b.volumeCenti / 2), 0)
      const filled = fills.reduce((sum, f) => sum + f.countCenti, 0)
      expect(filled).toBe(Math.min(order.countCenti, available))
      expect(remainingCenti).toBe(order.countCenti - filled)
      expect(fills.every((f) => f.priceBps === order.limitBps && f.countCenti > 0)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('candle fills: the decision bar and all before it may say anything', () => {
  fc.assert(
    fc.property(bars, makerOrder, (list, order) => {
      const lying = list.map((b) =>
        b.barIndex <= order.decisionBarIndex
          ? { barIndex: b.barIndex, tradeLowBps: 1, askLowBps: 1, volumeCenti: 1_000_000 }
          : b,
      )
      expect(candleMakerFills(lying, order)).toEqual(candleMakerFills(list, order))
    }),
  )
})

test('candle fills: more volume or a better limit never fills less', () => {
  const filled = (list: readonly CandleBar[], order: CandleMakerOrder): number =>
    order.countCenti - candleMakerFills(list, order).remainingCenti
  fc.assert(
    fc.property(bars, makerOrder, fc.nat(), (list, order, seed) => {
      const more = list.map((b, i) =>
        i === seed % list.length ? { ...b, volumeCenti: b.volumeCenti + 13 } : b,
      )
      expect(filled(more, order)).toBeGreaterThanOrEqual(filled(list, order))
      const keener = { ...order, limitBps: order.limitBps + 100 }
      expect(filled(list, keener)).toBeGreaterThanOrEqual(filled(list, order))
    }),
  )
})

test('candle fills: a NO bid sees the mirror image', () => {
  fc.assert(
    fc.property(bars, makerOrder, (list, order) => {
      const flip = (yesBps: number | undefined) =>
        yesBps === undefined ? undefined : 10_000 - yesBps
      const mirrored = list.map(({ barIndex, volumeCenti, tradeLowBps, askLowBps }) => ({
        barIndex,
        volumeCenti,
        tradeHighBps: flip(tradeLowBps),
        bidHighBps: flip(askLowBps),
      }))
      expect(candleMakerFills(mirrored, { ...order, side: 'no' })).toEqual(
        candleMakerFills(list, order),
      )
    }),
  )
})

test('a taker pays the next open and a tick more, for a quarter of the volume', () => {
  const next = { barIndex: 5, askOpenBps: 4600, bidOpenBps: 4400, volumeCenti: 200 }
  const buy = { side: 'yes', countCenti: 500 } as const
  expect(candleTakerFill(next, buy, linearCentGrid)).toEqual({
    barIndex: 5,
    countCenti: 50,
    priceBps: 4700,
  })
  expect(candleTakerFill(next, { ...buy, side: 'no' }, linearCentGrid)).toEqual({
    barIndex: 5,
    countCenti: 50,
    priceBps: 5700,
  })
  const quoteless = { barIndex: 5, volumeCenti: 200 }
  expect(candleTakerFill(quoteless, buy, linearCentGrid)).toBeUndefined()
  const topped = { ...next, askOpenBps: 9900 }
  expect(candleTakerFill(topped, buy, linearCentGrid)).toBeUndefined()
})
