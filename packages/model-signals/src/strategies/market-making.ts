import type { DataOf, LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS, scheduleFeeMicros, type OutcomeSide } from '@kwm/model-venue'
import { feePerContractBps, makerEvBps } from '../expected-value.ts'
import { flag, twoSided } from '../inputs.ts'
import { fillProbability, makerParams } from '../maker-offer.ts'
import type { Params } from '../params.ts'
import {
  defaultGammaPerDollar,
  halfSpreadBps,
  postOnlyQuote,
  reservationPrices,
} from '../reservation-price.ts'
import {
  Gates,
  type Evaluation,
  type Holding,
  type Intent,
  type Strategy,
  type StrategyContext,
} from '../strategy.ts'

const params = {
  capContracts: {
    ...{ default: 100, min: 1, max: 1e6 },
    about: 'a long position of this many contracts takes 50 cents to 46',
  },
  halfSpreadMinBps: {
    ...{ default: 250, min: 1, max: 5_000 },
    about: 'never nearer to the reservation price than this, basis points',
  },
  hazardCoefficient: {
    ...{ default: 1, min: 0, max: 100 },
    about: 'how much a likely jump widens, in payouts of its variance',
  },
  probabilityMin: {
    ...{ default: 0.05, min: 0, max: 0.5 },
    about: 'brackets nearer to 0 or 1 than this are not quoted',
  },
  spreadMinBps: { default: 200, min: 0, max: 10_000, about: 'no room to quote in less' },
  releaseAgeMaxMs: {
    ...{ default: 60_000, min: 0, max: 86_400_000 },
    about: 'weather older than this is too old in the minutes when stations report',
  },
  ...makerParams,
  ttlUs: { ...makerParams.ttlUs, default: 30_000_000 },
} as const
type MarketMakingParams = Params<typeof params>

/** Stations report their hourly and six-hourly values in these minutes of the hour (MODELS 8.4). */
const RELEASE_MINUTES = { first: 51, last: 56 } as const
const MINUTE_US = 60_000_000

/**
 * Market making (MODELS 8.4): a two-sided post-only quote around the CARA reservation price of the
 * bracket with the most to earn, wider as a new high becomes likely; not while a change is under way,
 * nor when stations are about to report and what we know is old.
 */
export const marketMaking: Strategy<typeof params> = {
  name: 'market-making',
  params,
  reads: (event, _leader, follower) => ({
    'event.hazard15min': event.hazard15min ?? null,
    'event.weatherAgeMs': event.weatherAgeMs ?? null,
    'event.muCusum': event.muCusum ?? null,
    'event.muFocus': event.muFocus ?? null,
    'follower.quoteState': twoSided(follower.quoteState),
    'follower.bidBps': follower.bidBps ?? null,
    'follower.askBps': follower.askBps ?? null,
    'follower.bidCenti': follower.bidCenti ?? null,
    'follower.askCenti': follower.askCenti ?? null,
    'follower.spreadBps': follower.spreadBps ?? null,
    'follower.volume10min': follower.volume10min ?? null,
    'follower.cusum': follower.cusum ?? null,
    'follower.focus': follower.focus ?? null,
    'follower.isSpike': flag(follower.isSpike),
    'follower.isDead': flag(follower.isDead),
    'follower.isActive': flag(follower.isActive),
  }),
  evaluate,
}

function evaluate(p: MarketMakingParams, context: StrategyContext): Evaluation {
  const { frame, pmf, nowUs } = context
  const { event } = frame
  const gates = new Gates()
  if (!gates.is('pmf-feasible', pmf.data.isFeasible)) return gates.refuse()
  if (!gates.is('exclusive-brackets', frame.isPartition)) return gates.refuse()
  if (!gates.atMost('hazard-known', event?.hazard15min, 1)) return gates.refuse()
  const minute = Math.floor(nowUs / MINUTE_US) % 60
  const isRelease = minute >= RELEASE_MINUTES.first && minute <= RELEASE_MINUTES.last
  const isFresh = (event!.weatherAgeMs ?? Infinity) < p.releaseAgeMaxMs
  if (!gates.is('release-window', !isRelease || isFresh)) return gates.refuse()
  const isMoving = Boolean(event!.muCusum) || Boolean(event!.muFocus)
  if (!gates.is('centre-quiet', !isMoving)) return gates.refuse()

  const quote = bestQuote(p, context, event!.hazard15min!)
  if (!gates.is('room', quote !== undefined) || !quote) return gates.refuse()
  const seen = { followerTicker: quote.row.marketTicker }
  if (!gates.atLeast('edge', quote.edgeBps, p.edgeMinBps)) return gates.refuse(seen)
  if (!gates.cooledDown(context, Math.max(p.cooldownUs, p.ttlUs))) return gates.refuse(seen)
  return gates.trade(intentsOf(p, frame.eventTicker, quote), { ...seen, evBps: quote.evBps })
}

type SideQuote = {
  readonly side: OutcomeSide
  readonly priceBps: number
  readonly fairBps: number
  readonly edgeBps: number
  readonly evBps: number
}

type TwoSided = {
  readonly row: LadderRow
  readonly reservation: number
  readonly yes: SideQuote
  readonly no: SideQuote
  /** The smaller of the two sides' edges after fee and adverse selection. */
  readonly edgeBps: number
  readonly evBps: number
}

function bestQuote(
  p: MarketMakingParams,
  context: StrategyContext,
  hazard15: number,
): TwoSided | undefined {
  const { frame, pmf, holdingOf } = context
  const probabilities = pmf.data.brackets.map(({ p: probability }) => probability ?? 0)
  const wealth = wealthByOutcome(frame, holdingOf)
  const { exact } = reservationPrices(probabilities, wealth, defaultGammaPerDollar(p.capContracts))
  let best: TwoSided | undefined
  for (const [k, row] of frame.rows.entries()) {
    const probability = probabilities[k]!
    const isInside = Math.min(probability, 1 - probability) >= p.probabilityMin
    if (!isInside || !isQuiet(row) || (row.spreadBps ?? 0) < p.spreadMinBps) continue
    const quote = quoteOf(p, context, { row, probability, reservation: exact[k]!, hazard15 })
    if (quote && quote.evBps > (best?.evBps ?? -Infinity)) best = quote
  }
  return best
}

const isQuiet = (row: LadderRow): boolean =>
  row.quoteState === 'two' &&
  row.isActive &&
  !row.isDead &&
  !row.isSpike &&
  !row.cusum &&
  !row.focus

function quoteOf(
  p: MarketMakingParams,
  { termsOf }: StrategyContext,
  at: {
    readonly row: LadderRow
    readonly probability: number
    readonly reservation: number
    readonly hazard15: number
  },
): TwoSided | undefined {
  const { row, probability, reservation, hazard15 } = at
  const terms = termsOf(row.marketTicker)
  if (!terms?.grid || !terms.rates) return undefined
  const { rates } = terms
  const feeBps = (priceBps: number): number =>
    feePerContractBps(scheduleFeeMicros(rates, 'maker', priceBps, p.orderCenti), p.orderCenti)
  const half = halfSpreadBps({
    minEdgeBps: p.halfSpreadMinBps,
    roundTripFeeBps: 2 * feeBps(Math.min(9_999, Math.max(1, Math.round(reservation * PAYOUT_BPS)))),
    adverseSelectionBps: p.adverseSelectionBps,
    hazardCoefficient: p.hazardCoefficient,
    ...{ hazard15, probability },
  })
  const market = { bidBps: row.bidBps, askBps: row.askBps }
  const { bidBps, askBps } = postOnlyQuote(reservation * PAYOUT_BPS, half, market, terms.grid)
  if (bidBps === undefined || askBps === undefined) return undefined
  const side = (name: OutcomeSide, priceBps: number, fairBps: number): SideQuote => {
    const feeOfFillBps = feeBps(priceBps)
    const { adverseSelectionBps } = p
    const pFill = fillProbability(p, row, name, priceBps)
    const cost = { feePerContractBps: feeOfFillBps, adverseSelectionBps }
    const evBps = makerEvBps({ pFill, fairBps, priceBps, ...cost })
    const edgeBps = fairBps - priceBps - feeOfFillBps - adverseSelectionBps
    return { side: name, priceBps, fairBps, edgeBps, evBps }
  }
  const yes = side('yes', bidBps, probability * PAYOUT_BPS)
  const no = side('no', PAYOUT_BPS - askBps, (1 - probability) * PAYOUT_BPS)
  const edgeBps = Math.min(yes.edgeBps, no.edgeBps)
  return { row, reservation, yes, no, edgeBps, evBps: yes.evBps + no.evBps }
}

/** Only of the bracket that is quoted: orders are dearer to write down than to think of. */
function intentsOf(
  p: MarketMakingParams,
  eventTicker: string,
  { row, reservation, yes, no }: TwoSided,
): readonly Intent[] {
  const reason = `quote around ${(100 * reservation).toFixed(1)} cents`
  return [yes, no].map(({ side, priceBps, fairBps, evBps }) => ({
    ...{ eventTicker, marketTicker: row.marketTicker, side, priceBps },
    ...{ countCenti: p.orderCenti, isPostOnly: true, ttlUs: p.ttlUs, fairBps, evBps, reason },
  }))
}

/** What we would have in each outcome, in micro-dollars: payoffs of what is held less its cost. */
export function wealthByOutcome(
  { rows }: Pick<DataOf<'feature.ladder-frame.v1'>, 'rows'>,
  holdingOf: (marketTicker: string) => Holding | undefined,
): number[] {
  const wealth = rows.map(() => 0)
  for (const [held, { marketTicker }] of rows.entries()) {
    const holding = holdingOf(marketTicker)
    if (!holding) continue
    const { positionCenti, costMicros } = holding
    for (let k = 0; k < wealth.length; k++) {
      const pays = positionCenti > 0 ? k === held : k !== held
      wealth[k]! += (pays ? Math.abs(positionCenti) * PAYOUT_BPS : 0) - costMicros
    }
  }
  return wealth
}
