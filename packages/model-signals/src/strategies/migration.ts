import type { DataOf } from '@kwm/contracts'
import { PAYOUT_BPS } from '@kwm/model-venue'
import { twoSided } from '../inputs.ts'
import { makerOffer, makerParams } from '../maker-offer.ts'
import type { Params } from '../params.ts'
import {
  along,
  clip,
  Gates,
  ratio,
  type Evaluation,
  type Strategy,
  type StrategyContext,
} from '../strategy.ts'

const params = {
  velocityTMin: { default: 3, min: 0, max: 1e3, about: 'of the centre of mass' },
  accelerationTMin: {
    ...{ default: 0, min: -1e3, max: 1e3 },
    about: 'of the centre of mass, in its direction',
  },
  horizonSeconds: {
    default: 60,
    min: 1,
    max: 3_600,
    about: 'how long the motion is taken to last',
  },
  shiftMaxUnits: { default: 1, min: 0, max: 100, about: 'bound of the shift, strike units' },
  moveMinBps: {
    ...{ default: 100, min: 0, max: 10_000 },
    about: 'what the best bracket must gain, basis points',
  },
  spreadMaxBps: { default: 600, min: 1, max: 10_000, about: 'basis points' },
  ...makerParams,
} as const

/**
 * Migration: the whole PMF moves along the strikes (MODELS 2.4). Probability flows from each bracket
 * into the next one at the speed of the centre of mass; the bracket that gains most is bought.
 */
export const migration: Strategy<typeof params> = {
  name: 'migration',
  params,
  reads: (event, _leader, follower) => ({
    'event.mu': event.mu ?? null,
    'event.muVelocity': event.muVelocity ?? null,
    'event.muVelocitySe': event.muVelocitySe ?? null,
    'event.muAcceleration': event.muAcceleration ?? null,
    'event.muAccelerationSe': event.muAccelerationSe ?? null,
    'follower.quoteState': twoSided(follower.quoteState),
    'follower.bidBps': follower.bidBps ?? null,
    'follower.askBps': follower.askBps ?? null,
    'follower.bidCenti': follower.bidCenti ?? null,
    'follower.askCenti': follower.askCenti ?? null,
    'follower.spreadBps': follower.spreadBps ?? null,
    'follower.volume10min': follower.volume10min ?? null,
  }),
  evaluate,
}

function evaluate(p: Params<typeof params>, context: StrategyContext): Evaluation {
  const { frame, pmf } = context
  const gates = new Gates()
  if (!gates.is('pmf-feasible', pmf.data.isFeasible)) return gates.refuse()
  if (!gates.is('exclusive-brackets', frame.isPartition)) return gates.refuse()
  const { muVelocity, muVelocitySe, muAcceleration, muAccelerationSe } = frame.event ?? NO_MOTION
  const velocityT = ratio(muVelocity, muVelocitySe)
  const speedT = velocityT === null ? null : Math.abs(velocityT)
  if (!gates.atLeast('velocity', speedT, p.velocityTMin)) return gates.refuse()
  const direction = Math.sign(muVelocity!)
  const accelerationT = along(ratio(muAcceleration, muAccelerationSe), direction)
  if (!gates.atLeast('acceleration', accelerationT, p.accelerationTMin)) return gates.refuse()

  const shift = clip(muVelocity! * p.horizonSeconds, p.shiftMaxUnits)
  const gains = gainsOf(pmf.data, frame.centres, shift)
  const k = gains.indexOf(Math.max(...gains))
  const row = frame.rows[k]!
  const seen = { followerTicker: row.marketTicker }
  const moveBps = gains[k]! * PAYOUT_BPS
  if (!gates.atLeast('move', moveBps, p.moveMinBps)) return gates.refuse(seen)
  if (!gates.is('two-sided', row.quoteState === 'two')) return gates.refuse(seen)
  if (!gates.atMost('spread', row.spreadBps, p.spreadMaxBps)) return gates.refuse(seen)
  if (!gates.cooledDown(context, p.cooldownUs)) return gates.refuse(seen)
  const offer = makerOffer(p, context, gates, {
    row,
    side: 'yes',
    fairYesBps: pmf.data.brackets[k]!.p! * PAYOUT_BPS + moveBps,
    edgeMinBps: p.edgeMinBps,
    countCenti: p.orderCenti,
    reason: () => `the centre moves ${shift.toFixed(2)}, into ${row.marketTicker}`,
  })
  if (!offer) return gates.refuse(seen)
  return gates.trade([offer.intent], seen)
}

const NO_MOTION = {
  muVelocity: null,
  muVelocitySe: null,
  muAcceleration: null,
  muAccelerationSe: null,
}

/**
 * What each bracket gains when the PMF shifts along the strikes, upwind: from i to its neighbour in
 * the direction flows p_i times the shift over their distance, and nothing into what cannot win any
 * more. The gains sum to 0.
 */
export function gainsOf(
  { brackets }: Pick<DataOf<'pmf.fused-pmf.v1'>, 'brackets'>,
  centres: readonly number[],
  shift: number,
): number[] {
  const gains = brackets.map(() => 0)
  const step = shift > 0 ? 1 : -1
  for (let from = 0; from < brackets.length; from++) {
    const to = from + step
    if (centres[to] === undefined || brackets[to]!.isDead === true) continue
    const distance = Math.abs(centres[to] - centres[from]!)
    const flow = (brackets[from]!.p ?? 0) * Math.min(1, Math.abs(shift) / distance)
    gains[from]! -= flow
    gains[to]! += flow
  }
  return gains
}
