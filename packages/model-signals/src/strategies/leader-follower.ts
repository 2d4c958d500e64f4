import type { DataOf, LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS } from '@kwm/model-venue'
import { flag, twoSided } from '../inputs.ts'
import { makerOffer, makerParams, priceOffer, type MakerOffer } from '../maker-offer.ts'
import type { Params } from '../params.ts'
import {
  along,
  clip,
  Gates,
  isAlive,
  ratio,
  type Evaluation,
  type Strategy,
  type StrategyContext,
} from '../strategy.ts'

const params = {
  leaderVelocityTMin: { default: 3, min: 0, max: 1e3, about: "the leader's |velocity| / error" },
  leaderAccelerationTMin: {
    ...{ default: 1, min: -1e3, max: 1e3 },
    about: "the leader's acceleration / error, in its direction",
  },
  rasZMin: {
    ...{ default: 1, min: -1e3, max: 1e3 },
    about: "the leader's acceleration beside its neighbours' / error",
  },
  followerVelocityTMax: {
    ...{ default: 2, min: 0, max: 1e9 },
    about: 'below this |velocity| / error the follower has not moved yet',
  },
  followerSpreadMaxBps: { default: 600, min: 1, max: 10_000, about: 'basis points' },
  catchUpSeconds: {
    ...{ default: 20, min: 0, max: 600 },
    about: "how long the leader's velocity is what the follower still has to make up for",
  },
  moveMaxBps: { default: 800, min: 0, max: 10_000, about: 'bound of that move, basis points' },
  neighbourShare: {
    ...{ default: 0.8, min: 0, max: 1 },
    about: "the part of the leader's move that comes from its neighbours",
  },
  hazardReference: {
    ...{ default: 0.2, min: 0.001, max: 1 },
    about: 'hazard of a new high in 15 minutes at which thresholds are fully adapted',
  },
  hazardRelief: {
    ...{ default: 0.3, min: 0, max: 1 },
    about: "how much of the leader's velocity threshold such a hazard takes off",
  },
  hazardEdgeBps: {
    ...{ default: 100, min: 0, max: 10_000 },
    about: 'how much more edge such a hazard asks for, basis points',
  },
  handOffMax: {
    ...{ default: 1, min: 0, max: 1, isWhole: true },
    about: '1: a follower that has moved already may lead the bracket behind it',
  },
  hedgeShare: {
    ...{ default: 0, min: 0, max: 1 },
    about: "size of the hedge on the leader, as a part of the follower's order; 0 for none",
  },
  ...makerParams,
} as const
type LeaderFollowerParams = Params<typeof params>

/**
 * Leader and follower: one bracket moves first, and the probability it gains or loses must come from
 * its neighbours; the neighbour that has not moved yet is quoted on the side it should move to. A
 * likely new high makes a moving leader more credible and being wrong dearer: less velocity is asked
 * for, and more edge.
 */
export const leaderFollower: Strategy<typeof params> = {
  name: 'leader-follower',
  params,
  reads: (event, leader, follower) => ({
    'event.hazard15min': event.hazard15min ?? null,
    'leader.quoteState': twoSided(leader.quoteState),
    'leader.bidBps': leader.bidBps ?? null,
    'leader.askBps': leader.askBps ?? null,
    'leader.bidCenti': leader.bidCenti ?? null,
    'leader.askCenti': leader.askCenti ?? null,
    'leader.volume10min': leader.volume10min ?? null,
    'leader.velocity': leader.velocity ?? null,
    'leader.velocitySe': leader.velocitySe ?? null,
    'leader.acceleration': leader.acceleration ?? null,
    'leader.accelerationSe': leader.accelerationSe ?? null,
    'leader.rasZ': leader.rasZ ?? null,
    'leader.isActive': flag(leader.isActive),
    'follower.quoteState': twoSided(follower.quoteState),
    'follower.bidBps': follower.bidBps ?? null,
    'follower.askBps': follower.askBps ?? null,
    'follower.bidCenti': follower.bidCenti ?? null,
    'follower.askCenti': follower.askCenti ?? null,
    'follower.volume10min': follower.volume10min ?? null,
    'follower.velocity': follower.velocity ?? null,
    'follower.velocitySe': follower.velocitySe ?? null,
    'follower.acceleration': follower.acceleration ?? null,
    'follower.accelerationSe': follower.accelerationSe ?? null,
    'follower.rasZ': follower.rasZ ?? null,
    'follower.isActive': flag(follower.isActive),
  }),
  evaluate,
}

function evaluate(p: LeaderFollowerParams, context: StrategyContext): Evaluation {
  const { frame, pmf } = context
  const { rows } = frame
  const gates = new Gates()
  if (!gates.is('pmf-feasible', pmf.data.isFeasible)) return gates.refuse()
  if (!gates.is('exclusive-brackets', frame.isPartition && rows.length > 1)) return gates.refuse()

  const heat = Math.min(1, (frame.event?.hazard15min ?? 0) / p.hazardReference)
  const velocityTMin = p.leaderVelocityTMin * (1 - p.hazardRelief * heat)
  let j = strongest(rows)
  const first = rows[j]
  const seen = { leaderTicker: first?.marketTicker ?? null }
  if (!leads(p, velocityTMin, first, gates) || !first) return gates.refuse(seen)
  let k = followerOf(rows, pmf, j)
  if (!gates.is('follower', k !== undefined)) return gates.refuse(seen)
  const onward = p.handOffMax > 0 ? handedOff(p, velocityTMin, context, j, k!) : undefined
  if (onward !== undefined) {
    gates.atLeast('hand-off', speedOf(rows[k!]!), p.followerVelocityTMax)
    ;[j, k] = [k!, onward]
  }
  const leader = rows[j]!
  const row = rows[k!]!
  const both = { leaderTicker: leader.marketTicker, followerTicker: row.marketTicker }
  if (!gates.atMost('follower-spread', row.askBps - row.bidBps, p.followerSpreadMaxBps)) {
    return gates.refuse(both)
  }
  if (!gates.atMost('follower-lag', speedOf(row), p.followerVelocityTMax)) return gates.refuse(both)
  if (!gates.cooledDown(context, p.cooldownUs)) return gates.refuse(both)

  const leaderMoveBps = clip(leader.velocity! * p.catchUpSeconds * PAYOUT_BPS, p.moveMaxBps)
  const moveBps = -leaderMoveBps * p.neighbourShare * shareOf(pmf.data, j, k!)
  const offer = makerOffer(p, context, gates, {
    row,
    side: moveBps > 0 ? 'yes' : 'no',
    fairYesBps: pmf.data.brackets[k!]!.p! * PAYOUT_BPS + moveBps,
    edgeMinBps: p.edgeMinBps + p.hazardEdgeBps * heat,
    countCenti: p.orderCenti,
    reason: () =>
      `${leader.marketTicker} moved, ${row.marketTicker} has ${Math.round(moveBps)} bps to go`,
  })
  if (!offer) return gates.refuse(both)
  const hedge = hedgeOf(p, context, j, offer)
  if (!hedge) return gates.trade([offer.intent], both)
  gates.evBps = offer.evBps + (hedge.evBps * hedge.countCenti) / offer.intent.countCenti
  return gates.trade([offer.intent, hedge], both)
}

/** It moves, faster and faster, and faster than its neighbours. */
function leads(
  p: LeaderFollowerParams,
  velocityTMin: number,
  row: LadderRow | undefined,
  gates: Gates,
): boolean {
  const velocityT = row ? speedOf(row) : null
  if (!gates.atLeast('leader-velocity', velocityT, velocityTMin) || !row) return false
  const direction = Math.sign(row.velocity!)
  const accelerationT = along(ratio(row.acceleration, row.accelerationSe), direction)
  return (
    gates.atLeast('leader-acceleration', accelerationT, p.leaderAccelerationTMin) &&
    gates.atLeast('relative-acceleration', along(row.rasZ, direction), p.rasZMin)
  )
}

/**
 * The bracket behind the follower, when the follower has moved already, as it should, and now leads
 * that one.
 */
function handedOff(
  p: LeaderFollowerParams,
  velocityTMin: number,
  { frame: { rows }, pmf }: StrategyContext,
  j: number,
  k: number,
): number | undefined {
  const next = 2 * k - j
  if (rows[next]?.quoteState !== 'two' || !isAlive(pmf, next)) return undefined
  if (speedOf(rows[k]!) <= p.followerVelocityTMax) return undefined
  const isOpposite = Math.sign(rows[k]!.velocity!) === -Math.sign(rows[j]!.velocity!)
  const leadsOn = rows[k]!.isActive && leads(p, velocityTMin, rows[k], new Gates())
  return isOpposite && leadsOn ? next : undefined
}

/**
 * The same side of the leader: it pays where the leader turns back and the follower's order loses.
 * None where its price is unknown or the two together would earn less than nothing.
 */
function hedgeOf(
  p: LeaderFollowerParams,
  context: StrategyContext,
  j: number,
  { intent, edgeBps }: MakerOffer,
) {
  const countCenti = Math.floor(p.orderCenti * p.hedgeShare)
  const row = context.frame.rows[j]!
  if (countCenti < 1) return undefined
  const fairYesBps = context.pmf.data.brackets[j]!.p! * PAYOUT_BPS
  const reason = () => `hedge of ${intent.marketTicker}`
  const terms = { row, side: intent.side, fairYesBps, edgeMinBps: -Infinity, countCenti, reason }
  const cost = priceOffer(p, context, terms)
  if (!cost || edgeBps * intent.countCenti + cost.edgeBps * countCenti <= 0) return undefined
  return makerOffer(p, context, new Gates(), terms)?.intent
}

/** The active bracket with the largest velocity t-statistic, -1 when there is none. */
function strongest(rows: readonly LadderRow[]): number {
  let best = -1
  let bestT = 0
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!
    const t = row.isActive ? speedOf(row) : 0
    if (t > bestT) {
      best = index
      bestT = t
    }
  }
  return best
}

/** One that has never moved has no error to divide by: it has not moved. */
const speedOf = (row: LadderRow): number => Math.abs(ratio(row.velocity, row.velocitySe) ?? 0)

/** The living quoted neighbour that holds more probability: it has more to give, or to gain back. */
function followerOf(
  rows: readonly LadderRow[],
  pmf: StrategyContext['pmf'],
  j: number,
): number | undefined {
  const { brackets } = pmf.data
  const below = rows[j - 1]?.quoteState === 'two' && isAlive(pmf, j - 1) ? j - 1 : undefined
  const above = rows[j + 1]?.quoteState === 'two' && isAlive(pmf, j + 1) ? j + 1 : undefined
  if (below === undefined || above === undefined) return below ?? above
  return (brackets[above]!.p ?? 0) > (brackets[below]!.p ?? 0) ? above : below
}

function shareOf(pmf: DataOf<'pmf.fused-pmf.v1'>, j: number, k: number): number {
  const below = pmf.brackets[j - 1]?.p ?? 0
  const above = pmf.brackets[j + 1]?.p ?? 0
  return below + above > 0 ? (k < j ? below : above) / (below + above) : 0
}
