import type { Arbitrage, LadderRow } from '@kwm/contracts'
import { DEAD_FLOOR_BPS } from '@kwm/model-pmf'
import { PAYOUT_BPS, scheduleFeeMicros } from '@kwm/model-venue'
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
 * Coherence (MODELS 6.6): quotes that no PMF fits, as the PMF of the very frame names them. All brackets
 * asked below a dollar, all bid above it, a bracket that cannot win any more and is still bid, a higher
 * strike bid above a lower one's ask. Takes every leg at its price, the thinnest first, since legs are
 * not atomic.
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

/** At the size we would take of it, with the fees of that size. */
type Sized = { readonly of: Arbitrage; readonly countCenti: number; readonly netBps: number }

function evaluate(p: CoherenceParams, context: StrategyContext): Evaluation {
  const { rows } = context.frame
  const gates = new Gates()
  if (!gates.is('books-fresh', areFresh(rows))) return gates.refuse()
  if (!gates.is('terms-known', areKnown(rows, context))) return gates.refuse()
  const best = bestOf(p, context)
  if (!gates.is('incoherent', best !== undefined) || !best) return gates.refuse()
  const { of, netBps } = best
  const seen = {
    leaderTicker: of.legs[0]!.marketTicker,
    followerTicker: of.legs[1]?.marketTicker ?? null,
  }
  gates.evBps = netBps
  if (!gates.atLeast(of.kind, netBps, p.netMinBps)) return gates.refuse(seen)
  if (!gates.atMost('legs', of.legs.length, p.legsMax)) return gates.refuse(seen)
  if (!gates.cooledDown(context, p.cooldownUs)) return gates.refuse(seen)
  return gates.trade(intentsOf(p, context, best), seen)
}

function areFresh(rows: readonly LadderRow[]): boolean {
  for (const { quoteState } of rows) {
    if (quoteState === 'stale' || quoteState === 'crossed') return false
  }
  return true
}

function areKnown(rows: readonly LadderRow[], { termsOf }: StrategyContext): boolean {
  for (const { marketTicker } of rows) {
    const terms = termsOf(marketTicker)
    if (!terms?.rates || !terms.grid) return false
  }
  return true
}

/** Fees are rounded up to the cent, so what is best in full need not be best at our size. */
function bestOf(p: CoherenceParams, { pmf, termsOf }: StrategyContext): Sized | undefined {
  let best: Sized | undefined
  for (const of of pmf.data.arbitrages ?? []) {
    const countCenti = Math.min(p.setsMaxCenti, Math.floor(p.depthShareMax * of.countCenti))
    if (countCenti < 1) continue
    let netMicros = of.grossBps * countCenti
    for (const { marketTicker, priceBps } of of.legs) {
      netMicros -= scheduleFeeMicros(termsOf(marketTicker)!.rates!, 'taker', priceBps, countCenti)
    }
    const netBps = netMicros / countCenti
    if (best === undefined || netBps > best.netBps) best = { of, countCenti, netBps }
  }
  return best
}

function intentsOf(
  p: CoherenceParams,
  { frame }: StrategyContext,
  { of, countCenti, netBps }: Sized,
): Intent[] {
  const { kind, legs } = of
  const depth = ({ marketTicker, side }: Arbitrage['legs'][number]): number => {
    const row = frame.rows.find((one) => one.marketTicker === marketTicker)!
    return side === 'yes' ? row.askCenti : row.bidCenti
  }
  const evBps = netBps / legs.length
  return legs
    .toSorted((a, b) => depth(a) - depth(b))
    .map(({ marketTicker, side, priceBps }, index) => {
      const fairBps = kind === 'dead-bracket' ? PAYOUT_BPS - DEAD_FLOOR_BPS : priceBps + evBps
      const order = { eventTicker: frame.eventTicker, marketTicker, side, priceBps, countCenti }
      const reason = `${kind}, leg ${index + 1} of ${legs.length}`
      return { ...order, isPostOnly: false, ttlUs: p.ttlUs, fairBps, evBps, reason }
    })
}
