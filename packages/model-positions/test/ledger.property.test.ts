import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ledger, type PositionFill, type Settlement } from '@kwm/model-positions'

const MARKETS = ['A', 'B', 'C']

const fill: fc.Arbitrary<PositionFill> = fc.record({
  marketTicker: fc.constantFrom(...MARKETS),
  side: fc.constantFrom('yes', 'no'),
  priceBps: fc.integer({ min: 1, max: 9999 }),
  countCenti: fc.integer({ min: 1, max: 1000 }), // Small, so that netting crosses zero often.
  feeMicros: fc.integer({ min: -500, max: 90_000 }),
})
const fills = fc.array(fill, { maxLength: 40 })

const settlement = (marketTicker: string): fc.Arbitrary<Settlement> =>
  fc.record({
    marketTicker: fc.constant(marketTicker),
    result: fc.constantFrom('yes', 'no', 'scalar'),
    valueBps: fc.integer({ min: 0, max: 10_000 }),
  })
const settlements = fc.tuple(...MARKETS.map(settlement))

/** The oracle: nothing is netted, every lot is held to settlement. BigInt, fill by fill. */
function heldToSettlement(list: readonly PositionFill[], ends: readonly Settlement[]): bigint {
  let pnl = 0n
  for (const { marketTicker, side, priceBps, countCenti, feeMicros } of list) {
    const yesBps = BigInt(yesValue(ends.find((end) => end.marketTicker === marketTicker)!))
    const worthBps = side === 'yes' ? yesBps : 10_000n - yesBps
    pnl += (worthBps - BigInt(priceBps)) * BigInt(countCenti) - BigInt(feeMicros)
  }
  return pnl
}

const yesValue = ({ result, valueBps }: Settlement): number =>
  result === 'scalar' ? valueBps : result === 'yes' ? 10_000 : 0

test('netting pairs early or holding both to settlement is the same money', () => {
  fc.assert(
    fc.property(fills, settlements, (list, ends) => {
      const ledger = new Ledger()
      for (const f of list) ledger.applyFill(f)
      for (const end of ends) expect(ledger.applySettlement(end).kind).toBe('settled')
      const { realizedPnlMicros, feesMicros, cashMicros, costMicros } = ledger.totals()
      const pnl = heldToSettlement(list, ends)
      expect(BigInt(cashMicros)).toBe(pnl)
      expect(BigInt(realizedPnlMicros - feesMicros)).toBe(pnl)
      expect(costMicros).toBe(0)
      expect(ledger.positions().every((p) => p.positionCenti === 0)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('fills and settlements in any order end in the same P&L', () => {
  fc.assert(
    fc.property(fills, settlements, fc.infiniteStream(fc.nat()), (list, ends, seeds) => {
      const ledger = new Ledger()
      for (const item of shuffled([...list, ...ends], seeds)) {
        if ('side' in item) ledger.applyFill(item)
        else ledger.applySettlement(item)
      }
      expect(BigInt(ledger.totals().cashMicros)).toBe(heldToSettlement(list, ends))
      expect(ledger.totals().costMicros).toBe(0)
    }),
  )
})

// The oracle knows only the sums of each side: pairs = the smaller side, position = the difference.
test('after every fill: cash is what was paid less a dollar per pair, whatever the order', () => {
  fc.assert(
    fc.property(fills, (list) => {
      const ledger = new Ledger()
      for (const [i, f] of list.entries()) {
        const after = ledger.applyFill(f)
        const own = list.slice(0, i + 1).filter((other) => other.marketTicker === f.marketTicker)
        const bought = (side: string) =>
          own.filter((other) => other.side === side).reduce((sum, o) => sum + o.countCenti, 0)
        const paid = own.reduce((sum, o) => sum + o.priceBps * o.countCenti + o.feeMicros, 0)
        const pairs = Math.min(bought('yes'), bought('no'))
        expect(after.positionCenti).toBe(bought('yes') - bought('no'))
        expect(after.cashMicros).toBe(pairs * 10_000 - paid)
        expect(after.feesMicros).toBe(own.reduce((sum, o) => sum + o.feeMicros, 0))
        expect(after.realizedPnlMicros).toBe(after.cashMicros + after.costMicros + after.feesMicros)
        // The average price of what is held stays within the prices paid for that side.
        const held = own.filter((o) => o.side === (after.positionCenti > 0 ? 'yes' : 'no'))
        const prices = held.map((o) => o.priceBps)
        const heldCenti = Math.abs(after.positionCenti)
        const slackMicros = own.length // A micro per netting may stay with the rest.
        expect(after.costMicros).toBeLessThanOrEqual(
          Math.max(0, ...prices) * heldCenti + slackMicros,
        )
        expect(after.costMicros).toBeGreaterThanOrEqual(Math.min(9999, ...prices) * heldCenti)
      }
    }),
  )
})

test('resuming from a snapshot anywhere changes nothing', () => {
  fc.assert(
    fc.property(
      fills,
      settlements,
      fc.infiniteStream(fc.nat()),
      fc.nat(),
      (list, ends, seeds, cutSeed) => {
        const items = shuffled([...list, ...ends], seeds)
        const cut = cutSeed % (items.length + 1)
        const straight = new Ledger()
        for (const item of items.slice(0, cut)) play(straight, item)
        const saved = JSON.parse(JSON.stringify(straight.snapshot()))
        for (const item of items.slice(cut)) play(straight, item)
        const resumed = new Ledger(saved)
        for (const item of items.slice(cut)) play(resumed, item)
        expect(resumed.snapshot()).toEqual(straight.snapshot())
      },
    ),
  )
})

test('forgetting settled markets keeps the sums', () => {
  fc.assert(
    fc.property(fills, settlements, (list, ends) => {
      const ledger = new Ledger()
      for (const item of [...list, ...ends]) play(ledger, item)
      const before = ledger.totals()
      for (const market of MARKETS) ledger.forget(market)
      expect(ledger.totals()).toEqual(before)
      expect(ledger.snapshot().positions).toEqual([])
    }),
  )
})

test('marking at a settlement price is the P&L of settling there', () => {
  fc.assert(
    fc.property(fills, fc.integer({ min: 0, max: 10_000 }), (list, valueBps) => {
      const ledger = new Ledger()
      for (const f of list) ledger.applyFill(f)
      const marked = ledger.markedPnlMicros(() => ({ yesBidBps: valueBps, yesAskBps: valueBps }))
      const ends = MARKETS.map((m) => ({
        marketTicker: m,
        result: 'scalar' as const,
        valueBps,
      }))
      expect(BigInt(marked)).toBe(heldToSettlement(list, ends))
    }),
  )
})

const play = (ledger: Ledger, item: PositionFill | Settlement): void => {
  if ('side' in item) ledger.applyFill(item)
  else ledger.applySettlement(item)
}

function shuffled<T>(items: readonly T[], seeds: Iterable<number>): T[] {
  const rest = [...items]
  const out: T[] = []
  for (const seed of seeds) {
    if (rest.length === 0) break
    out.push(...rest.splice(seed % rest.length, 1))
  }
  return out
}
