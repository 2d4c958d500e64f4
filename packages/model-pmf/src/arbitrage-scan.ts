import type { Arbitrage, DataOf } from '@kwm/contracts'
import { PAYOUT_BPS, scheduleFeeMicros, type FeeRates } from '@kwm/model-venue'
import {
  buyAll,
  deadBracketNetMicros,
  DEAD_FLOOR_BPS,
  ladderViolations,
  sellAll,
  type FeeMicros,
} from './arbitrage.ts'
import type { MarketTerms } from './market-terms.ts'

type Frame = DataOf<'feature.ladder-frame.v1'>
type Row = Frame['rows'][number]
type Terms = readonly (Pick<MarketTerms, 'rates' | 'strikeAbove'> | undefined)[]

/** More of them in one frame are not news. The contract has room for these. */
const FOUND_MAX = 32
const LADDER_MAX = 16

/**
 * Every way the quotes of a frame cannot all be right, with what fees and depth leave of it (MODELS
 * 6.6): every YES, every NO, two rungs of a ladder, a dead bracket that is still bid. `terms` by row,
 * `dead` the rows that cannot win. Where a book is stale or crossed, or a fee is not known, nothing is
 * said. Mids that do not sum to one are none.
 */
export function scanArbitrages(frame: Frame, terms: Terms, dead: readonly number[]): Arbitrage[] {
  const { rows, isPartition } = frame
  let sumAsk = 0
  let sumBid = 0
  for (const row of rows) {
    if (row.quoteState === 'stale' || row.quoteState === 'crossed') return []
    sumAsk += row.askBps
    sumBid += row.bidBps
  }
  const isBasket = isPartition && rows.length > 1 && (sumAsk < PAYOUT_BPS || sumBid > PAYOUT_BPS)
  if (!isBasket && isPartition && dead.length === 0) return []
  const fee = worstTakerFee(terms)
  if (fee === null) return []
  const found: Arbitrage[] = []
  if (isBasket) found.push(...baskets(rows, fee))
  if (!isPartition) found.push(...ladder(rows, terms, fee))
  for (const index of dead) {
    const row = rows[index]!
    const bid = { priceBps: row.bidBps, countCenti: row.bidCenti }
    if (row.bidBps <= DEAD_FLOOR_BPS || row.bidCenti <= 0) continue
    found.push({
      kind: 'dead-bracket',
      legs: [no(row)],
      countCenti: row.bidCenti,
      grossBps: row.bidBps - DEAD_FLOOR_BPS,
      feesMicros: fee(row.bidBps, row.bidCenti),
      netMicros: deadBracketNetMicros(bid, fee),
    })
  }
  return found.slice(0, FOUND_MAX)
}

/** The dearest of the markets' fees: they are one series' and equal, but nobody promises it. */
function worstTakerFee(terms: Terms): FeeMicros | null {
  let worst: FeeRates | null = null
  for (const market of terms) {
    const rates = market?.rates
    if (!rates) return null
    if (worst === null || rates.takerRateE7 > worst.takerRateE7) worst = rates
  }
  if (worst === null) return null
  const rates = worst
  return (priceBps, countCenti) => scheduleFeeMicros(rates, 'taker', priceBps, countCenti)
}

function baskets(rows: readonly Row[], fee: FeeMicros): Arbitrage[] {
  const asks = rows.map((row) => ({ priceBps: row.askBps, countCenti: row.askCenti }))
  const bids = rows.map((row) => ({ priceBps: row.bidBps, countCenti: row.bidCenti }))
  return [buyAll(asks, fee), sellAll(bids, fee)].flatMap((basket) => {
    if (basket === null || basket.grossBpsPerSet <= 0) return []
    const { kind, countCenti, grossBpsPerSet, feesMicros, netMicros } = basket
    const legs = rows.map(kind === 'buy-all' ? yes : no)
    return [{ kind, legs, countCenti, grossBps: grossBpsPerSet, feesMicros, netMicros }]
  })
}

/** Markets that all pay above their strikes: a higher strike may not cost more. */
function ladder(rows: readonly Row[], terms: Terms, fee: FeeMicros): Arbitrage[] {
  const byStrike = new Map<number, Row>()
  for (const [index, row] of rows.entries()) {
    const strike = terms[index]!.strikeAbove
    if (strike === null || byStrike.has(strike)) return []
    byStrike.set(strike, row)
  }
  const rungs = [...byStrike]
    .sort(([a], [b]) => a - b)
    .map(([strike, row]) => ({
      strike,
      bid: { priceBps: row.bidBps, countCenti: row.bidCenti },
      ask: { priceBps: row.askBps, countCenti: row.askCenti },
    }))
  const violations = ladderViolations(rungs, fee).slice(0, LADDER_MAX)
  return violations.map(
    ({ buyStrike, sellStrike, countCenti, grossBps, feesMicros, netMicros }) => ({
      kind: 'ladder',
      legs: [yes(byStrike.get(buyStrike)!), no(byStrike.get(sellStrike)!)],
      ...{ countCenti, grossBps, feesMicros, netMicros },
    }),
  )
}

const yes = ({ marketTicker, askBps }: Row): Arbitrage['legs'][number] => ({
  marketTicker,
  side: 'yes',
  priceBps: askBps,
})

/** Selling YES at the bid is buying NO at what is left of the payout. */
const no = ({ marketTicker, bidBps }: Row): Arbitrage['legs'][number] => ({
  marketTicker,
  side: 'no',
  priceBps: PAYOUT_BPS - bidBps,
})
