import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auditSettlement, readStrikes } from '../src/index.ts'
import type { RecordedMarket, SettledEvent } from '../src/index.ts'

/** A ladder as the venue lists it from 2022 on: two tails and brackets of two degrees between. */
type Ladder = { readonly low: number; readonly middles: number }
const ladder: fc.Arbitrary<Ladder> = fc.record({
  low: fc.integer({ min: -20, max: 100 }),
  middles: fc.integer({ min: 1, max: 5 }),
})

/** What is known of a market in one of the recordings. */
const KEPT = ['listed', 'subtitle', 'rules', 'ticker'] as const
type Kept = (typeof KEPT)[number]
type Entry = { readonly market: RecordedMarket; readonly degrees: (value: number) => boolean }

const THEN = ', then the market resolves to Yes.'
const HEAD =
  "If the highest temperature recorded in Gotham, NY for March 3, 2025 as reported by the National Weather Service's Daily Climate Report, is"

function entry(
  suffix: string,
  kept: Kept,
  [floor, cap]: readonly [number | null, number | null],
): Entry {
  const first = floor === null ? cap! - 1 : floor + (cap === null ? 1 : 0)
  const tail = floor === null ? `${first}° or below` : `${first}° or above`
  const words = floor === null ? `less than ${cap}°` : `greater than ${floor}°`
  const isMiddle = floor !== null && cap !== null
  const strikeType = isMiddle ? 'between' : floor === null ? 'less' : 'greater'
  return {
    market: {
      marketTicker: `KXHIGHNY-25MAR03-${suffix}`,
      strikeType: kept === 'listed' ? strikeType : null,
      floorStrike: kept === 'listed' ? floor : null,
      capStrike: kept === 'listed' ? cap : null,
      subtitle: kept === 'subtitle' ? (isMiddle ? `${floor}° to ${cap}°` : tail) : null,
      rulesText:
        kept === 'rules' ? `${HEAD} ${isMiddle ? `between ${floor}-${cap}°` : words}${THEN}` : null,
      result: null,
    },
    degrees: (value) =>
      (floor === null || (isMiddle ? value >= floor : value > floor)) &&
      (cap === null || (isMiddle ? value <= cap : value < cap)),
  }
}

function entriesOf({ low, middles }: Ladder, kept: readonly Kept[]): Entry[] {
  const how = (at: number): Kept => kept[at % kept.length]!
  const inside = Array.from({ length: middles }, (_, at) => {
    const floor = low + 2 * at
    return entry(`B${floor + 0.5}`, how(at), [floor, floor + 1])
  })
  const high = low + 2 * middles - 1
  return [
    entry(`T${low}`, how(middles), [null, low]),
    ...inside,
    entry(`T${high}`, how(middles + 1), [high, null]),
  ]
}

const settledAt = (entries: readonly Entry[], value: number): RecordedMarket[] =>
  entries.map(({ market, degrees }) => ({ ...market, result: degrees(value) ? 'yes' : 'no' }))

const eventOf = (markets: RecordedMarket[], isComplete = true): SettledEvent => ({
  ...{ form: 'ladder', isComplete, markets, readings: readStrikes(markets, 'ladder') },
})

const kept = fc.array(fc.constantFrom(...KEPT), { minLength: 1, maxLength: 8 })

test('whatever a recording kept of a ladder, the market that pays at the value is the one that paid', () => {
  fc.assert(
    fc.property(ladder, kept, fc.integer({ min: -4, max: 14 }), (made, how, offset) => {
      const value = made.low + offset
      const markets = settledAt(entriesOf(made, how), value)
      const winner = markets.find(({ result }) => result === 'yes')!.marketTicker
      expect(auditSettlement(eventOf(markets), value, null)).toEqual({
        verdict: 'match',
        derived: [winner],
      })
    }),
  )
})

test('a value that would have paid another market is a mismatch, and the values that fit are named', () => {
  fc.assert(
    fc.property(
      ladder,
      kept,
      fc.integer({ min: -4, max: 14 }),
      fc.integer({ min: -4, max: 14 }),
      (made, how, a, b) => {
        const [paidAt, asked] = [made.low + a, made.low + b]
        const entries = entriesOf(made, how)
        const winner = entries.find(({ degrees }) => degrees(paidAt))!
        fc.pre(!winner.degrees(asked))
        const event = eventOf(settledAt(entries, paidAt))
        const verdict = auditSettlement(event, asked, paidAt)
        expect(verdict).toMatchObject({ verdict: 'mismatch', cause: 'value-differs' })
        if (verdict.verdict !== 'mismatch' || verdict.implied === null) throw new Error('a range')
        // The oracle: try every value.
        for (let value = made.low - 6; value < made.low + 16; value++) {
          const isIn = value >= verdict.implied.lowest && value <= verdict.implied.highest
          expect(isIn).toBe(winner.degrees(value))
        }
        expect(auditSettlement(event, asked, asked)).toMatchObject({
          cause: 'own-value-contradicts',
        })
        expect(auditSettlement(event, asked, null)).toMatchObject({ cause: 'unexplained' })
      },
    ),
  )
})

test('of a part of a ladder the winner is found if it is there, and never invented', () => {
  fc.assert(
    fc.property(
      ladder,
      fc.integer({ min: -4, max: 14 }),
      fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
      (made, offset, isKept) => {
        const value = made.low + offset
        // At least one bracket stays, so that tails can be told apart.
        const markets = settledAt(entriesOf(made, ['ticker']), value).filter(
          (_, at) => at === 1 || isKept[at],
        )
        const winner = markets.find(({ result }) => result === 'yes')
        const verdict = auditSettlement(eventOf(markets, false), value, null)
        if (winner) expect(verdict).toEqual({ verdict: 'match', derived: [winner.marketTicker] })
        else expect(verdict).toMatchObject({ cause: 'winner-not-recorded' })
      },
    ),
  )
})

test('thresholds pay each for itself, strictly above', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 40, max: 50 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 38, max: 52 }),
      fc.integer({ min: 38, max: 52 }),
      (strikes, paidAt, asked) => {
        const markets = strikes.map((strike): RecordedMarket => ({
          ...entry(`T${strike}`, 'ticker', [strike, null]).market,
          result: paidAt > strike ? 'yes' : 'no',
        }))
        const readings = readStrikes(markets, 'thresholds')
        const event: SettledEvent = { form: 'thresholds', isComplete: false, markets, readings }
        const isSame = strikes.every((strike) => paidAt > strike === asked > strike)
        const { verdict } = auditSettlement(event, asked, null)
        expect(verdict).toBe(isSame ? 'match' : 'mismatch')
      },
    ),
  )
})
