import type { LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS } from '@kwm/model-venue'
import { flag, twoSided } from '../inputs.ts'
import { makerOffer, makerParams } from '../maker-offer.ts'
import type { Params } from '../params.ts'
import {
  along,
  clip,
  Gates,
  isAlive,
  type Evaluation,
  type Strategy,
  type StrategyContext,
} from '../strategy.ts'

const params = {
  divergenceTMin: {
    ...{ default: 3, min: 0, max: 1e3 },
    about: '|microprice velocity - mid velocity| over their joint error',
  },
  ofiNormMin: {
    ...{ default: 0.5, min: -1e3, max: 1e3 },
    about: 'order flow of 15 s over mean depth, in the direction',
  },
  queueMin: {
    ...{ default: 0.6, min: 0, max: 1 },
    about: "share of the best quotes' contracts that stand on the pushing side",
  },
  horizonSeconds: { default: 15, min: 0, max: 600, about: 'how long the push is taken to last' },
  moveMaxBps: { default: 300, min: 0, max: 10_000, about: 'bound of that move, basis points' },
  spreadMaxBps: { default: 400, min: 1, max: 10_000, about: 'basis points' },
  ...makerParams,
} as const

/**
 * Book-velocity divergence: the microprice runs and the mid stands. Sizes at the best quotes move
 * before prices do; where order flow and queue say the same, the mid is taken to follow.
 */
export const bookVelocity: Strategy<typeof params> = {
  name: 'book-velocity',
  params,
  reads: (_event, leader) => ({
    'leader.bookDivergenceT': leader.bookDivergenceT ?? null,
    'leader.bookVelocity': leader.bookVelocity ?? null,
    'leader.ofiNorm15s': leader.ofiNorm15s ?? null,
    'leader.queueImbalance': leader.queueImbalance ?? null,
    'leader.isActive': flag(leader.isActive),
    'leader.quoteState': twoSided(leader.quoteState),
    'leader.bidBps': leader.bidBps ?? null,
    'leader.askBps': leader.askBps ?? null,
    'leader.bidCenti': leader.bidCenti ?? null,
    'leader.askCenti': leader.askCenti ?? null,
    'leader.microprice': leader.microprice ?? null,
    'leader.spreadBps': leader.spreadBps ?? null,
    'leader.volume10min': leader.volume10min ?? null,
  }),
  evaluate,
}

function evaluate(p: Params<typeof params>, context: StrategyContext): Evaluation {
  const { pmf } = context
  const gates = new Gates()
  if (!gates.is('pmf-feasible', pmf.data.isFeasible)) return gates.refuse()
  const row = widest(context)
  if (!gates.is('active', row !== undefined) || !row) return gates.refuse()
  const seen = { leaderTicker: row.marketTicker, followerTicker: row.marketTicker }
  const t = row.bookDivergenceT!
  const direction = Math.sign(t)
  if (!gates.atLeast('divergence', Math.abs(t), p.divergenceTMin)) return gates.refuse(seen)
  if (!gates.atLeast('book-velocity', along(row.bookVelocity, direction), 0)) {
    return gates.refuse(seen)
  }
  const queue = direction > 0 ? row.queueImbalance : less(1, row.queueImbalance)
  if (!gates.atLeast('order-flow', along(row.ofiNorm15s, direction), p.ofiNormMin)) {
    return gates.refuse(seen)
  }
  if (!gates.atLeast('queue', queue, p.queueMin)) return gates.refuse(seen)
  if (!gates.atMost('spread', row.spreadBps, p.spreadMaxBps)) return gates.refuse(seen)
  if (!gates.cooledDown(context, p.cooldownUs)) return gates.refuse(seen)
  const moveBps = clip(row.bookVelocity! * p.horizonSeconds * PAYOUT_BPS, p.moveMaxBps)
  const offer = makerOffer(p, context, gates, {
    row,
    side: direction > 0 ? 'yes' : 'no',
    fairYesBps: row.microprice! * PAYOUT_BPS + moveBps,
    edgeMinBps: p.edgeMinBps,
    countCenti: p.orderCenti,
    reason: () => `the book of ${row.marketTicker} runs, its mid stands`,
  })
  if (!offer) return gates.refuse(seen)
  return gates.trade([offer.intent], seen)
}

/** The living, active, two-sided bracket whose book and mid part most. */
function widest({ frame, pmf }: StrategyContext): LadderRow | undefined {
  let best: LadderRow | undefined
  for (let k = 0; k < frame.rows.length; k++) {
    const row = frame.rows[k]!
    if (!row.isActive || row.quoteState !== 'two' || row.microprice === null) continue
    if (typeof row.bookDivergenceT !== 'number' || !isAlive(pmf, k)) continue
    if (Math.abs(row.bookDivergenceT) > Math.abs(best?.bookDivergenceT ?? 0)) best = row
  }
  return best
}

const less = (a: number, b: number | null): number | null => (b === null ? null : a - b)
