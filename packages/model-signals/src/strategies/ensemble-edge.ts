import type { LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS, type OutcomeSide } from '@kwm/model-venue'
import { conservativeProbability } from '../expected-value.ts'
import { flag, twoSided } from '../inputs.ts'
import { makerOffer, makerParams, makerPrice, type OfferTerms } from '../maker-offer.ts'
import type { Params } from '../params.ts'
import { Gates, type Evaluation, type Strategy, type StrategyContext } from '../strategy.ts'

const params = {
  weatherAgeMaxMs: { default: 600_000, min: 0, max: 86_400_000, about: 'milliseconds' },
  concentration: {
    ...{ default: 30, min: 1, max: 1e6 },
    about: 'the weather PMF is worth this many observations: its error is that of their share',
  },
  caution: {
    default: 1,
    min: 0,
    max: 10,
    about: 'standard errors taken off before an edge counts',
  },
  divergenceMax: {
    ...{ default: 0.4, min: 0, max: 1 },
    about: 'weather and market further apart than this: one of them is broken',
  },
  spreadMaxBps: { default: 1_000, min: 1, max: 10_000, about: 'basis points' },
  ...makerParams,
} as const
type EnsembleParams = Params<typeof params>

/**
 * Ensemble edge: what the weather alone says of a bracket against what the market asks for it. The
 * side and bracket with the largest cautious edge is quoted and held to settlement.
 */
export const ensembleEdge: Strategy<typeof params> = {
  name: 'ensemble-edge',
  params,
  reads: (event, _leader, follower) => ({
    'event.weatherAgeMs': event.weatherAgeMs ?? null,
    'event.hardLowerF': event.hardLowerF ?? null,
    'event.probabilityOfNewHigh': event.probabilityOfNewHigh ?? null,
    'follower.weatherP': follower.weatherP ?? null,
    'follower.mid': follower.mid ?? null,
    'follower.isDead': flag(follower.isDead),
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

function evaluate(p: EnsembleParams, context: StrategyContext): Evaluation {
  const { frame } = context
  const gates = new Gates()
  const ageMs = frame.event?.weatherAgeMs
  if (!gates.atMost('weather-fresh', ageMs, p.weatherAgeMaxMs)) return gates.refuse()
  if (!gates.is('exclusive-brackets', frame.isPartition)) return gates.refuse()
  const isWhole = frame.rows.every((row) => typeof row.weatherP === 'number')
  if (!gates.is('weather-complete', isWhole)) return gates.refuse()
  const best = bestOf(p, context)
  if (!gates.is('two-sided', best !== undefined) || !best) return gates.refuse()
  const { row } = best
  const seen = { followerTicker: row.marketTicker }
  const apart = Math.abs(row.weatherP! - row.mid!)
  if (!gates.atMost('divergence', apart, p.divergenceMax)) return gates.refuse(seen)
  if (!gates.atMost('spread', row.spreadBps, p.spreadMaxBps)) return gates.refuse(seen)
  if (!gates.cooledDown(context, p.cooldownUs)) return gates.refuse(seen)
  const offer = makerOffer(p, context, gates, best)
  if (!offer) return gates.refuse(seen)
  return gates.trade([offer.intent], seen)
}

/**
 * The offer with the largest edge before fees, which differ by less than a tick; undefined where no
 * living bracket is quoted both ways.
 */
function bestOf(p: EnsembleParams, { frame, termsOf }: StrategyContext): OfferTerms | undefined {
  let best: LadderRow | undefined
  let bestSide: OutcomeSide = 'yes'
  let bestEdgeBps = -Infinity
  for (const row of frame.rows) {
    if (row.quoteState !== 'two' || row.mid === null || row.isDead === true) continue
    const terms = termsOf(row.marketTicker)
    for (const side of SIDES) {
      const priceBps = (terms && makerPrice(row, side, terms)) ?? PAYOUT_BPS
      const edgeBps = cautious(p, row.weatherP!, side) * PAYOUT_BPS - priceBps
      if (edgeBps <= bestEdgeBps) continue
      best = row
      bestSide = side
      bestEdgeBps = edgeBps
    }
  }
  return best && offerOf(p, best, bestSide)
}

const SIDES = ['yes', 'no'] as const

/** What the side is worth when the weather is wrong by `caution` of its standard errors. */
function cautious(p: EnsembleParams, weather: number, side: OutcomeSide): number {
  const sd = Math.sqrt((weather * (1 - weather)) / (p.concentration + 1))
  return conservativeProbability(side === 'yes' ? weather : 1 - weather, sd, p.caution)
}

function offerOf(p: EnsembleParams, row: LadderRow, side: OutcomeSide): OfferTerms {
  const weather = row.weatherP!
  const fair = cautious(p, weather, side)
  const fairYes = side === 'yes' ? fair : 1 - fair
  const reason = (): string =>
    `weather ${(100 * weather).toFixed(1)} %, market ${(100 * row.mid!).toFixed(1)} %`
  const edge = { edgeMinBps: p.edgeMinBps, countCenti: p.orderCenti }
  return { row, side, fairYesBps: fairYes * PAYOUT_BPS, ...edge, reason }
}
