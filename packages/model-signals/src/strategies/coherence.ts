import type { DataOf, LadderRow } from '@kwm/contracts'
import {
  buyAll,
  DEAD_FLOOR_BPS,
  deadBracketNetMicros,
  ladderViolations,
  sellAll,
  type FeeMicros,
  type QuoteLeg,
} from '@kwm/model-pmf'
import { PAYOUT_BPS, scheduleFeeMicros, type OutcomeSide } from '@kwm/model-venue'
import { flag, twoSided } from '../inputs.ts'
import type { Params } from '../params.ts'
import {
  Gates,
  type Evaluation,
  type Intent,
  type Strategy,
  type StrategyContext,
} from '../strategy.ts'

const params = {
  netMinBps: {
    ...{ default: 50, min: 0, max: 10_000 },
    about: 'what a set must leave after fees, basis points: legs are not atomic',
  },
  setsMaxCenti: {
    ...{ default: 1_000, min: 1, max: 1e8, isWhole: true },
    about: 'size of every leg at most, hundredths of a contract',
  },
  depthShareMax: { default: 1, min: 0.01, max: 1, about: 'the part of the thinnest leg to take' },
  legsMax: { default: 16, min: 1, max: 16, isWhole: true, about: 'more legs are not attempted' },
  ttlUs: {
    ...{ default: 1_000_000, min: 1, max: 60_000_000, isWhole: true },
    about: 'what is not filled at once is withdrawn, microseconds',
  },
  cooldownUs: {
    ...{ default: 30_000_000, min: 0, max: 86_400_000_000, isWhole: true },
    about: 'wait after an attempt on the event, microseconds',
  },
} as const
type CoherenceParams = Params<typeof params>

/**
 * Coherence (MODELS 6.6): quotes that no PMF fits. All brackets asked below a dollar, all bid above
 * it, a bracket that cannot win any more and is still bid, a higher strike bid above a lower one's
 * ask. Takes every leg at its price, the thinnest first, since legs are not atomic.
 */
export const coherence: Strategy<typeof params> = {
  name: 'coherence',
  params,
  reads: (event, leader, follower) => ({
    'event.hardLowerF': event.hardLowerF ?? null,
    'leader.quoteState': twoSided(leader.quoteState),
    'leader.bidBps': leader.bidBps ?? null,
    'leader.askBps': leader.askBps ?? null,
    'leader.bidCenti': leader.bidCenti ?? null,
    'leader.askCenti': leader.askCenti ?? null,
    'leader.isDead': flag(leader.isDead),
    'follower.quoteState': twoSided(follower.quoteState),
    'follower.bidBps': follower.bidBps ?? null,
    'follower.askBps': follower.askBps ?? null,
    'follower.bidCenti': follower.bidCenti ?? null,
    'follower.askCenti': follower.askCenti ?? null,
    'follower.isDead': flag(follower.isDead),
  }),
  evaluate,
}

type Leg = { readonly row: LadderRow; readonly side: OutcomeSide }
type Found = {
  readonly kind: string
  readonly legs: readonly Leg[]
  readonly countCenti: number
  readonly netMicros: number
}

function evaluate(p: CoherenceParams, context: StrategyContext): Evaluation {
  const { frame, termsOf } = context
  const { rows } = frame
  const gates = new Gates()
  const areFresh = rows.every((row) => row.quoteState !== 'stale' && row.quoteState !== 'crossed')
  if (!gates.is('books-fresh', areFresh)) return gates.refuse()
  const terms = rows.map((row) => termsOf(row.marketTicker))
  const rates = terms[0]?.rates
  const areKnown = terms.every((one) => one?.rates && one.grid)
  if (!gates.is('terms-known', areKnown) || !rates) return gates.refuse()
  const fee: FeeMicros = (priceBps, countCenti) =>
    scheduleFeeMicros(rates, 'taker', priceBps, countCenti)
  const isLadder = terms.every((one) => one!.strikeType.startsWith('greater'))
  const found = [
    ...(frame.isPartition && rows.length > 1 ? baskets(p, rows, fee) : []),
    ...rows.filter((row) => row.isDead === true && row.bidBps > 0).map((row) => dead(p, row, fee)),
    ...(isLadder ? violations(p, frame, fee) : []),
  ]
  const best = found.toSorted((a, b) => netBps(b) - netBps(a))[0]
  if (!gates.is('incoherent', best !== undefined) || !best) return gates.refuse()
  const [first, second] = best.legs
  const seen = {
    leaderTicker: first!.row.marketTicker,
    followerTicker: second?.row.marketTicker ?? null,
    evBps: netBps(best),
  }
  if (!gates.atLeast(best.kind, netBps(best), p.netMinBps)) return gates.refuse(seen)
  if (!gates.atMost('legs', best.legs.length, p.legsMax)) return gates.refuse(seen)
  if (!gates.cooledDown(context, p.cooldownUs)) return gates.refuse(seen)
  return gates.trade(intentsOf(p, frame.eventTicker, best), seen)
}

const netBps = ({ netMicros, countCenti }: Found): number => netMicros / countCenti

const askOf = (row: LadderRow): QuoteLeg => ({ priceBps: row.askBps, countCenti: row.askCenti })
const bidOf = (row: LadderRow): QuoteLeg => ({ priceBps: row.bidBps, countCenti: row.bidCenti })
const sizeOf = (p: CoherenceParams, legs: readonly QuoteLeg[]): number =>
  Math.min(
    p.setsMaxCenti,
    Math.floor(p.depthShareMax * Math.min(...legs.map((leg) => leg.countCenti))),
  )

function baskets(p: CoherenceParams, rows: readonly LadderRow[], fee: FeeMicros): Found[] {
  const asks = rows.map(askOf)
  const bids = rows.map(bidOf)
  const bought = buyAll(asks, fee, sizeOf(p, asks))
  const sold = sellAll(bids, fee, sizeOf(p, bids))
  const found: Found[] = []
  for (const [basket, side] of [
    [bought, 'yes'],
    [sold, 'no'],
  ] as const) {
    if (!basket || basket.grossBpsPerSet <= 0) continue
    const { kind, countCenti, netMicros } = basket
    found.push({ kind, countCenti, netMicros, legs: rows.map((row) => ({ row, side })) })
  }
  return found
}

function dead(p: CoherenceParams, row: LadderRow, fee: FeeMicros): Found {
  const countCenti = Math.max(1, sizeOf(p, [bidOf(row)])) // A share of very little is one lot.
  const netMicros = deadBracketNetMicros({ priceBps: row.bidBps, countCenti }, fee)
  return { kind: 'dead-bracket', legs: [{ row, side: 'no' }], countCenti, netMicros }
}

function violations(
  p: CoherenceParams,
  { rows, centres }: DataOf<'feature.ladder-frame.v1'>,
  fee: FeeMicros,
): Found[] {
  const rungs = rows.map((row, k) => ({ strike: centres[k]!, bid: bidOf(row), ask: askOf(row) }))
  return ladderViolations(rungs, fee).flatMap((violation) => {
    const low = rows[centres.indexOf(violation.buyStrike)]!
    const high = rows[centres.indexOf(violation.sellStrike)]!
    const countCenti = sizeOf(p, [askOf(low), bidOf(high)])
    if (countCenti < 1) return []
    const fees = fee(low.askBps, countCenti) + fee(high.bidBps, countCenti)
    const netMicros = violation.grossBps * countCenti - fees
    const legs: Leg[] = [
      { row: low, side: 'yes' },
      { row: high, side: 'no' },
    ]
    return [{ kind: 'ladder', legs, countCenti, netMicros }]
  })
}

function intentsOf(p: CoherenceParams, eventTicker: string, found: Found): Intent[] {
  const { legs, countCenti, kind } = found
  const sizes = ({ row, side }: Leg): number => (side === 'yes' ? row.askCenti : row.bidCenti)
  const evBps = netBps(found) / legs.length
  return legs
    .toSorted((a, b) => sizes(a) - sizes(b))
    .map(({ row, side }, index) => {
      const priceBps = side === 'yes' ? row.askBps : PAYOUT_BPS - row.bidBps
      const floorBps = kind === 'dead-bracket' ? DEAD_FLOOR_BPS : 0
      const fairBps = kind === 'dead-bracket' ? PAYOUT_BPS - floorBps : priceBps + evBps
      const order = { eventTicker, marketTicker: row.marketTicker, side, priceBps, countCenti }
      const reason = `${kind}, leg ${index + 1} of ${legs.length}`
      return { ...order, isPostOnly: false, ttlUs: p.ttlUs, fairBps, evBps, reason }
    })
}
