import type { LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS, type OutcomeSide } from '@kwm/model-venue'
import { conservativeProbability } from '../expected-value.ts'
import { makerOffer, makerParams, priceOffer, type OfferTerms } from '../maker-offer.ts'
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
  reads: {
    event: ['weatherAgeMs', 'hardLowerF', 'probabilityOfNewHigh'],
    rows: [
      ...(['weatherP', 'mid', 'isDead', 'quoteState', 'bidBps', 'askBps'] as const),
      ...(['bidCenti', 'askCenti', 'spreadBps', 'volume10min'] as const),
    ],
  },
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
  return gates.trade([offer.intent], { ...seen, evBps: offer.evBps })
}

/** The priced offer with the largest edge; undefined where no living bracket is quoted both ways. */
function bestOf(p: EnsembleParams, context: StrategyContext): OfferTerms | undefined {
  let best: OfferTerms | undefined
  let bestEdgeBps = -Infinity
  for (const row of context.frame.rows) {
    if (row.quoteState !== 'two' || row.mid === null || row.isDead === true) continue
    for (const side of ['yes', 'no'] as const) {
      const terms = offerOf(p, row, side)
      const edgeBps = priceOffer(p, context, terms)?.edgeBps ?? -1e9
      if (edgeBps <= bestEdgeBps) continue
      best = terms
      bestEdgeBps = edgeBps
    }
  }
  return best
}

function offerOf(p: EnsembleParams, row: LadderRow, side: OutcomeSide): OfferTerms {
  const weather = row.weatherP!
  const pSide = side === 'yes' ? weather : 1 - weather
  const sd = Math.sqrt((weather * (1 - weather)) / (p.concentration + 1))
  const cautious = conservativeProbability(pSide, sd, p.caution)
  const fairYes = side === 'yes' ? cautious : 1 - cautious
  const percent = (100 * weather).toFixed(1)
  const reason = `weather ${percent} %, market ${(100 * row.mid!).toFixed(1)} %`
  const edge = { edgeMinBps: p.edgeMinBps, countCenti: p.orderCenti }
  return { row, side, fairYesBps: fairYes * PAYOUT_BPS, ...edge, reason }
}
