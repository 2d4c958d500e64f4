import type { DataOf, LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS, priceAbove, scheduleFeeMicros, type OutcomeSide } from '@kwm/model-venue'
import { arrivalProbability, feePerContractBps, makerEvBps } from './expected-value.ts'
import {
  Gates,
  type Evaluation,
  type MarketTerms,
  type Strategy,
  type StrategyContext,
} from './strategy.ts'

export type LeaderFollowerParams = {
  /** |velocity| / se of the leader, and its acceleration in the same direction. */
  readonly leaderVelocityTMin: number
  readonly leaderAccelerationTMin: number
  /** |relative acceleration| / se against its neighbours. */
  readonly rasZMin: number
  /** The follower has not moved yet: |velocity| / se at most this. */
  readonly followerVelocityTMax: number
  readonly followerSpreadMaxBps: number
  /** How long the leader's velocity is taken to be what the follower still has to make up for. */
  readonly catchUpSeconds: number
  readonly moveMaxBps: number
  /** The part of the leader's move that comes from its neighbours. */
  readonly neighbourShare: number
  /** Expected adverse move after a fill. */
  readonly adverseSelectionBps: number
  /** Edge of a fill after fee and adverse selection. */
  readonly edgeMinBps: number
  readonly orderCenti: number
  readonly ttlUs: number
  readonly cooldownUs: number
  /** Size of the mean print, for the chance to be filled. */
  readonly meanPrintCenti: number
}

const defaults: LeaderFollowerParams = {
  leaderVelocityTMin: 3,
  leaderAccelerationTMin: 1,
  rasZMin: 1,
  followerVelocityTMax: 2,
  followerSpreadMaxBps: 600,
  catchUpSeconds: 20,
  moveMaxBps: 800,
  neighbourShare: 0.8,
  adverseSelectionBps: 50,
  edgeMinBps: 150,
  orderCenti: 1_000,
  ttlUs: 120_000_000,
  cooldownUs: 30_000_000,
  meanPrintCenti: 2_000,
}

/**
 * Leader and follower: one bracket moves first, and the probability it gains or loses must come from
 * its neighbours; the neighbour that has not moved yet is quoted on the side it should move to.
 */
export const leaderFollower: Strategy<LeaderFollowerParams> = {
  name: 'leader-follower',
  defaults,
  evaluate,
}

function evaluate(params: LeaderFollowerParams, context: StrategyContext): Evaluation {
  const { frame, pmf, lastIntentUs, nowUs } = context
  const { rows } = frame
  const gates = new Gates()
  if (!gates.is('pmf-feasible', pmf.data.isFeasible)) return gates.refuse()
  if (!gates.is('exclusive-brackets', frame.isPartition && rows.length > 1)) return gates.refuse()

  const j = strongest(rows)
  const leader = rows[j]
  const seen = { leaderTicker: leader?.marketTicker ?? null }
  const velocityT = leader ? Math.abs(ratio(leader.velocity, leader.velocitySe) ?? 0) : null
  if (!gates.atLeast('leader-velocity', velocityT, params.leaderVelocityTMin) || !leader) {
    return gates.refuse(seen)
  }
  const direction = Math.sign(leader.velocity!)
  const accelerationT = signed(ratio(leader.acceleration, leader.accelerationSe), direction)
  if (!gates.atLeast('leader-acceleration', accelerationT, params.leaderAccelerationTMin)) {
    return gates.refuse(seen)
  }
  if (!gates.atLeast('relative-acceleration', signed(leader.rasZ, direction), params.rasZMin)) {
    return gates.refuse(seen)
  }

  const leaderMoveBps = clip(
    leader.velocity! * params.catchUpSeconds * PAYOUT_BPS,
    params.moveMaxBps,
  )
  const k = follower(rows, pmf.data, j)
  if (!gates.is('follower', k !== undefined)) return gates.refuse(seen)
  const row = rows[k!]!
  const both = { ...seen, followerTicker: row.marketTicker }
  if (!gates.atMost('follower-spread', row.askBps - row.bidBps, params.followerSpreadMaxBps)) {
    return gates.refuse(both)
  }
  // A follower that has never moved has no error to divide by: it has not moved.
  const followerT = Math.abs(ratio(row.velocity, row.velocitySe) ?? 0)
  if (!gates.atMost('follower-lag', followerT, params.followerVelocityTMax))
    return gates.refuse(both)
  const waitedUs = lastIntentUs === null ? params.cooldownUs : nowUs - lastIntentUs
  if (!gates.atLeast('cooldown', waitedUs, params.cooldownUs)) return gates.refuse(both)

  const moveBps = -leaderMoveBps * params.neighbourShare * shareOf(pmf.data, j, k!)
  return quote(params, context, gates, { row, k: k!, moveBps, ...both })
}

type Candidate = {
  readonly row: LadderRow
  readonly k: number
  readonly moveBps: number
  readonly leaderTicker: string | null
  readonly followerTicker: string
}

/** Price the follower, and want a post-only order if a fill is worth it. */
function quote(
  params: LeaderFollowerParams,
  { frame, pmf, termsOf }: StrategyContext,
  gates: Gates,
  { row, k, moveBps, leaderTicker, followerTicker }: Candidate,
): Evaluation {
  const both = { leaderTicker, followerTicker }
  const terms = termsOf(followerTicker)
  const side: OutcomeSide = moveBps > 0 ? 'yes' : 'no'
  const priceBps = terms ? makerPrice(row, side, terms) : undefined
  const fairYesBps = pmf.data.brackets[k]!.p! * PAYOUT_BPS + moveBps
  const fairBps = side === 'yes' ? fairYesBps : PAYOUT_BPS - fairYesBps
  if (!gates.is('quotable', priceBps !== undefined) || priceBps === undefined)
    return gates.refuse(both)

  const fee = scheduleFeeMicros(terms!.rates!, 'maker', priceBps, params.orderCenti)
  const feeBps = feePerContractBps(fee, params.orderCenti)
  const edgeBps = fairBps - params.adverseSelectionBps - priceBps - feeBps
  if (!gates.atLeast('edge', edgeBps, params.edgeMinBps)) return gates.refuse(both)

  const evBps = makerEvBps({
    pFill: fillProbability(params, row, side, priceBps),
    fairBps,
    priceBps,
    feePerContractBps: feeBps,
    adverseSelectionBps: params.adverseSelectionBps,
  })
  const order = { marketTicker: followerTicker, side, priceBps, countCenti: params.orderCenti }
  const terms2 = { isPostOnly: true, ttlUs: params.ttlUs, fairBps, evBps }
  const reason = `${leaderTicker} moved, ${followerTicker} has ${Math.round(moveBps)} bps to go`
  return {
    opportunity: { decision: 'trade', reason: 'trade', ...both, evBps, gates: gates.passed },
    intent: { eventTicker: frame.eventTicker, ...order, ...terms2, reason },
  }
}

/** One tick better than the best bid of our side where the spread has room, else joining it. */
function makerPrice(
  row: LadderRow,
  side: OutcomeSide,
  { grid, rates }: MarketTerms,
): number | undefined {
  if (!grid || !rates || row.quoteState !== 'two') return undefined
  const bidBps = side === 'yes' ? row.bidBps : PAYOUT_BPS - row.askBps
  const askBps = side === 'yes' ? row.askBps : PAYOUT_BPS - row.bidBps
  const betterBps = priceAbove(grid, bidBps)
  return betterBps !== undefined && betterBps < askBps ? betterBps : bidBps
}

/** Takers of the other leg, half of the recent volume, must eat what stands before us, then us. */
function fillProbability(
  params: LeaderFollowerParams,
  row: LadderRow,
  side: OutcomeSide,
  priceBps: number,
): number {
  const bidBps = side === 'yes' ? row.bidBps : PAYOUT_BPS - row.askBps
  const aheadCenti = priceBps > bidBps ? 0 : side === 'yes' ? row.bidCenti : row.askCenti
  const centiPerSecond = (row.volume10min * 100) / 600 / 2
  return arrivalProbability(
    {
      printsPerSecond: centiPerSecond / params.meanPrintCenti,
      meanPrintCenti: params.meanPrintCenti,
      horizonSeconds: params.ttlUs / 1e6,
    },
    aheadCenti,
  )
}

/** The active bracket with the largest velocity t-statistic, -1 when there is none. */
function strongest(rows: readonly LadderRow[]): number {
  let best = -1
  let bestT = 0
  for (const [index, row] of rows.entries()) {
    const t = row.isActive ? Math.abs(ratio(row.velocity, row.velocitySe) ?? 0) : 0
    if (t > bestT) {
      best = index
      bestT = t
    }
  }
  return best
}

/** The quoted neighbour that holds more probability: it has more to give, or to gain back. */
function follower(
  rows: readonly LadderRow[],
  pmf: DataOf<'pmf.fused-pmf.v1'>,
  j: number,
): number | undefined {
  const quoted = [j - 1, j + 1].filter((k) => rows[k]?.quoteState === 'two')
  return quoted.toSorted((a, b) => (pmf.brackets[b]?.p ?? 0) - (pmf.brackets[a]?.p ?? 0))[0]
}

function shareOf(pmf: DataOf<'pmf.fused-pmf.v1'>, j: number, k: number): number {
  const below = pmf.brackets[j - 1]?.p ?? 0
  const above = pmf.brackets[j + 1]?.p ?? 0
  return below + above > 0 ? (k < j ? below : above) / (below + above) : 0
}

const ratio = (value: number | null, se: number | null): number | null =>
  value === null || se === null || se === 0 ? null : value / se

const signed = (value: number | null, direction: number): number | null =>
  value === null ? null : value * direction

const clip = (value: number, bound: number): number => Math.max(-bound, Math.min(bound, value))
