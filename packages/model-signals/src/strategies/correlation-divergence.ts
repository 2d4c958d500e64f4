import { PAYOUT_BPS } from '@kwm/model-venue'
import { flag, twoSided } from '../inputs.ts'
import { makerOffer, makerParams } from '../maker-offer.ts'
import type { Params } from '../params.ts'
import {
  Gates,
  isAlive,
  type Evaluation,
  type Strategy,
  type StrategyContext,
} from '../strategy.ts'

const params = {
  correlationMin: {
    ...{ default: 0.4, min: 0, max: 1 },
    about: 'two brackets with a smaller |correlation| of changes are no pair',
  },
  gapZMin: { default: 3, min: 0, max: 1e3, about: '|gap| over its standard deviation' },
  shiftZMax: {
    ...{ default: 3, min: 0, max: 1e3 },
    about: 'a fast correlation further than this from the slow one: the pair has come apart',
  },
  leadMin: {
    ...{ default: 0.05, min: 0, max: 2 },
    about: 'by how much one of the two must lead for the other to be the late one',
  },
  closingShare: { default: 0.5, min: 0, max: 1, about: 'the part of the gap that is made up for' },
  spreadMaxBps: { default: 600, min: 1, max: 10_000, about: 'basis points' },
  ...makerParams,
} as const

/**
 * Correlation divergence: adjacent brackets that move against or with each other have come apart by
 * more than usual. The one that lags, by their lead and lag, is quoted towards where the pair says it
 * belongs.
 */
export const correlationDivergence: Strategy<typeof params> = {
  name: 'correlation-divergence',
  params,
  reads: (_event, leader, follower) => ({
    'leader.correlationUp': leader.correlationUp ?? null,
    'leader.correlationShiftUp': leader.correlationShiftUp ?? null,
    'leader.leadLagUp': leader.leadLagUp ?? null,
    'leader.pairGapUp': leader.pairGapUp ?? null,
    'leader.pairGapUpZ': leader.pairGapUpZ ?? null,
    'leader.quoteState': twoSided(leader.quoteState),
    'leader.bidBps': leader.bidBps ?? null,
    'leader.askBps': leader.askBps ?? null,
    'leader.bidCenti': leader.bidCenti ?? null,
    'leader.askCenti': leader.askCenti ?? null,
    'leader.spreadBps': leader.spreadBps ?? null,
    'leader.volume10min': leader.volume10min ?? null,
    'leader.isActive': flag(leader.isActive),
    'follower.correlationUp': follower.correlationUp ?? null,
    'follower.correlationShiftUp': follower.correlationShiftUp ?? null,
    'follower.leadLagUp': follower.leadLagUp ?? null,
    'follower.pairGapUp': follower.pairGapUp ?? null,
    'follower.pairGapUpZ': follower.pairGapUpZ ?? null,
    'follower.quoteState': twoSided(follower.quoteState),
    'follower.bidBps': follower.bidBps ?? null,
    'follower.askBps': follower.askBps ?? null,
    'follower.bidCenti': follower.bidCenti ?? null,
    'follower.askCenti': follower.askCenti ?? null,
    'follower.spreadBps': follower.spreadBps ?? null,
    'follower.volume10min': follower.volume10min ?? null,
    'follower.isActive': flag(follower.isActive),
  }),
  evaluate,
}

function evaluate(p: Params<typeof params>, context: StrategyContext): Evaluation {
  const { frame, pmf } = context
  const { rows } = frame
  const gates = new Gates()
  if (!gates.is('pmf-feasible', pmf.data.isFeasible)) return gates.refuse()
  const i = widestPair(context)
  const [low, high] = [rows[i], rows[i + 1]]
  if (!gates.is('pair', high !== undefined) || !low || !high) return gates.refuse()
  const pair = { leaderTicker: low.marketTicker, followerTicker: high.marketTicker }
  const strength = low.correlationUp == null ? null : Math.abs(low.correlationUp)
  if (!gates.atLeast('correlation', strength, p.correlationMin)) return gates.refuse(pair)
  if (!gates.atLeast('gap', Math.abs(low.pairGapUpZ!), p.gapZMin)) return gates.refuse(pair)
  const shift = low.correlationShiftUp == null ? null : Math.abs(low.correlationShiftUp)
  if (!gates.atMost('correlation-shift', shift, p.shiftZMax)) return gates.refuse(pair)
  const lead = low.leadLagUp == null ? null : Math.abs(low.leadLagUp)
  if (!gates.atLeast('lead', lead, p.leadMin)) return gates.refuse(pair)

  // The gap is the upper bracket's: above 0 it stands too high, or the lower one moved too little.
  const isHighLate = low.leadLagUp! > 0
  const k = isHighLate ? i + 1 : i
  const row = rows[k]!
  const seen = {
    leaderTicker: rows[isHighLate ? i : i + 1]!.marketTicker,
    followerTicker: row.marketTicker,
  }
  const direction = isHighLate ? -1 : Math.sign(low.correlationUp!)
  const moveBps = direction * low.pairGapUp! * p.closingShare * PAYOUT_BPS
  if (!gates.atMost('spread', row.spreadBps, p.spreadMaxBps)) return gates.refuse(seen)
  if (!gates.cooledDown(context, p.cooldownUs)) return gates.refuse(seen)
  const offer = makerOffer(p, context, gates, {
    row,
    side: moveBps > 0 ? 'yes' : 'no',
    fairYesBps: pmf.data.brackets[k]!.p! * PAYOUT_BPS + moveBps,
    edgeMinBps: p.edgeMinBps,
    countCenti: p.orderCenti,
    reason: () => `${row.marketTicker} is ${Math.round(moveBps)} bps from where its pair says`,
  })
  if (!offer) return gates.refuse(seen)
  return gates.trade([offer.intent], seen)
}

/** The lower bracket of the living, active pair that is furthest apart; -2 where there is none. */
function widestPair({ frame: { rows }, pmf }: StrategyContext): number {
  let best = -2
  let bestZ = 0
  for (let i = 0; i + 1 < rows.length; i++) {
    const [low, high] = [rows[i]!, rows[i + 1]!]
    const areActive = low.isActive && high.isActive && isAlive(pmf, i) && isAlive(pmf, i + 1)
    const areTwoSided = low.quoteState === 'two' && high.quoteState === 'two'
    const hasGap = areActive && areTwoSided && typeof low.pairGapUp === 'number'
    const z = hasGap ? Math.abs(low.pairGapUpZ ?? 0) : 0
    if (z > bestZ) {
      best = i
      bestZ = z
    }
  }
  return best
}
