import type { DataOf, LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS, scheduleFeeMicros, type FeeRates, type OutcomeSide } from '@kwm/model-venue'
import { feePerContractBps, makerEvBps } from '../expected-value.ts'
import { flag, twoSided } from '../inputs.ts'
import { fillProbability, makerParams } from '../maker-offer.ts'
import type { Params } from '../params.ts'
import {
  defaultGammaPerDollar,
  exactReservationPrices,
  halfSpreadBps,
  postOnlyQuote,
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

/** Within two minutes of when stations report their hourly and six-hourly values, :51 to :56 (MODELS 8.4). */
const RELEASE_MINUTES = { first: 49, last: 58 } as const
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
  gates.evBps = evOf(quote)
  if (!gates.atLeast('edge', quote.edgeBps, p.edgeMinBps)) return gates.refuse(seen)
  if (!gates.cooledDown(context, Math.max(p.cooldownUs, p.ttlUs))) return gates.refuse(seen)
  return gates.trade(intentsOf(p, frame.eventTicker, quote), seen)
}

/** What a fill on either side would leave, basis points a contract; of both, the smaller edge. */
type TwoSided = {
  readonly row: LadderRow
  readonly probability: number
  readonly reservation: number
  readonly bidBps: number
  readonly askBps: number
  readonly edgeBps: number
  readonly yesEvBps: number
  readonly noEvBps: number
}

function bestQuote(
  p: MarketMakingParams,
  context: StrategyContext,
  hazard15: number,
): TwoSided | undefined {
  const { frame, pmf, holdingOf } = context
  const probabilities: number[] = []
  for (const { p: probability } of pmf.data.brackets) probabilities.push(probability ?? 0)
  const wealth = wealthByOutcome(frame, holdingOf)
  const gamma = defaultGammaPerDollar(p.capContracts)
  const reservations = exactReservationPrices(probabilities, wealth, gamma)
  let best: TwoSided | undefined
  for (let k = 0; k < frame.rows.length; k++) {
    const row = frame.rows[k]!
    const probability = probabilities[k]!
    const isInside = Math.min(probability, 1 - probability) >= p.probabilityMin
    if (!isInside || !isQuiet(row) || (row.spreadBps ?? 0) < p.spreadMinBps) continue
    const quote = quoteOf(p, context, row, probability, reservations[k]!, hazard15)
    if (quote && (!best || evOf(quote) > evOf(best))) best = quote
  }
  return best
}

const evOf = ({ yesEvBps, noEvBps }: TwoSided): number => yesEvBps + noEvBps

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
  row: LadderRow,
  probability: number,
  reservation: number,
  hazard15: number,
): TwoSided | undefined {
  const terms = termsOf(row.marketTicker)
  if (!terms?.grid || !terms.rates) return undefined
  const { grid, rates } = terms
  const priceBps = Math.min(9_999, Math.max(1, Math.round(reservation * PAYOUT_BPS)))
  const half = halfSpreadBps({
    minEdgeBps: p.halfSpreadMinBps,
    roundTripFeeBps: 2 * feeBps(p, rates, priceBps),
    adverseSelectionBps: p.adverseSelectionBps,
    hazardCoefficient: p.hazardCoefficient,
    hazard15,
    probability,
  })
  const { bidBps, askBps } = postOnlyQuote(reservation * PAYOUT_BPS, half, row, grid)
  if (bidBps === undefined || askBps === undefined) return undefined
  const { adverseSelectionBps } = p
  const noBps = PAYOUT_BPS - askBps
  const yes = {
    pFill: fillProbability(p, row, 'yes', bidBps),
    fairBps: probability * PAYOUT_BPS,
    priceBps: bidBps,
    feePerContractBps: feeBps(p, rates, bidBps),
    adverseSelectionBps,
  }
  const no = {
    pFill: fillProbability(p, row, 'no', noBps),
    fairBps: (1 - probability) * PAYOUT_BPS,
    priceBps: noBps,
    feePerContractBps: feeBps(p, rates, noBps),
    adverseSelectionBps,
  }
  const yesEdgeBps = yes.fairBps - bidBps - yes.feePerContractBps - adverseSelectionBps
  const noEdgeBps = no.fairBps - noBps - no.feePerContractBps - adverseSelectionBps
  return {
    row,
    probability,
    reservation,
    bidBps,
    askBps,
    edgeBps: Math.min(yesEdgeBps, noEdgeBps),
    yesEvBps: makerEvBps(yes),
    noEvBps: makerEvBps(no),
  }
}

const feeBps = (p: MarketMakingParams, rates: FeeRates, priceBps: number): number =>
  feePerContractBps(scheduleFeeMicros(rates, 'maker', priceBps, p.orderCenti), p.orderCenti)

function intentsOf(p: MarketMakingParams, eventTicker: string, quote: TwoSided): readonly Intent[] {
  const { row, probability, reservation, bidBps, askBps, yesEvBps, noEvBps } = quote
  const { marketTicker } = row
  const reason = `quote around ${(100 * reservation).toFixed(1)} cents`
  const intentOf = (side: OutcomeSide, priceBps: number, fair: number, evBps: number): Intent => ({
    ...{ eventTicker, marketTicker, side, priceBps, countCenti: p.orderCenti, isPostOnly: true },
    ...{ ttlUs: p.ttlUs, fairBps: fair * PAYOUT_BPS, evBps, reason },
  })
  return [
    intentOf('yes', bidBps, probability, yesEvBps),
    intentOf('no', PAYOUT_BPS - askBps, 1 - probability, noEvBps),
  ]
}

/** What we would have in each outcome, in micro-dollars: payoffs of what is held less its cost. */
export function wealthByOutcome(
  { rows }: Pick<DataOf<'feature.ladder-frame.v1'>, 'rows'>,
  holdingOf: (marketTicker: string) => Holding | undefined,
): number[] {
  const wealth: number[] = []
  for (let k = 0; k < rows.length; k++) wealth.push(0)
  for (let held = 0; held < rows.length; held++) {
    const holding = holdingOf(rows[held]!.marketTicker)
    if (!holding) continue
    const { positionCenti, costMicros } = holding
    for (let k = 0; k < wealth.length; k++) {
      const pays = positionCenti > 0 ? k === held : k !== held
      wealth[k]! += (pays ? Math.abs(positionCenti) * PAYOUT_BPS : 0) - costMicros
    }
  }
  return wealth
}
