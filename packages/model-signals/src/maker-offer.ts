import type { LadderRow } from '@kwm/contracts'
import { PAYOUT_BPS, priceAbove, scheduleFeeMicros, type OutcomeSide } from '@kwm/model-venue'
import { arrivalProbability, feePerContractBps, makerEvBps } from './expected-value.ts'
import type { NumberParam } from './params.ts'
import type { Gates, Intent, MarketTerms, StrategyContext } from './strategy.ts'

const DAY_US = 86_400_000_000

const orderCenti: NumberParam = {
  ...{ default: 1_000, min: 1, max: 1e8, isWhole: true },
  about: 'size of an order, hundredths of a contract',
}
const ttlUs: NumberParam = {
  ...{ default: 120_000_000, min: 1, max: DAY_US, isWhole: true },
  about: 'life of an order, microseconds',
}

/** Parameters of every strategy that rests one order and waits. */
export const makerParams = {
  orderCenti,
  ttlUs,
  cooldownUs: {
    ...{ default: 30_000_000, min: 0, max: DAY_US, isWhole: true },
    about: 'wait after an order on the event, microseconds',
  },
  adverseSelectionBps: {
    ...{ default: 50, min: 0, max: 10_000 },
    about: 'mean adverse move after a fill, basis points of the payout',
  },
  edgeMinBps: {
    ...{ default: 150, min: -10_000, max: 10_000 },
    about: 'edge of a fill after fee and adverse selection, basis points',
  },
  meanPrintCenti: {
    ...{ default: 2_000, min: 1, max: 1e8 },
    about: 'size of the mean print, hundredths of a contract',
  },
} as const
export type MakerParams = { readonly [Name in keyof typeof makerParams]: number }

export type OfferTerms = {
  readonly row: LadderRow
  readonly side: OutcomeSide
  /** Of YES, basis points. */
  readonly fairYesBps: number
  readonly edgeMinBps: number
  readonly countCenti: number
  /** Only asked for when there is an order. */
  readonly reason: () => string
}

export type MakerOffer = {
  readonly intent: Intent
  readonly evBps: number
  readonly edgeBps: number
}

/**
 * A post-only order for `side` of one market, one tick better than the best bid there where the
 * spread has room. Undefined where a gate refuses: `quotable`, or `edge` with what a fill would earn.
 * The gates learn its EV either way.
 */
export function makerOffer(
  params: MakerParams,
  context: StrategyContext,
  gates: Gates,
  offer: OfferTerms,
): MakerOffer | undefined {
  const { row, side, edgeMinBps, countCenti, reason } = offer
  const priced = priceOffer(params, context, offer)
  if (!gates.is('quotable', priced !== undefined) || !priced) return undefined
  const { priceBps, fairBps, edgeBps, feeBps } = priced
  const evBps = makerEvBps({
    pFill: fillProbability(params, row, side, priceBps),
    fairBps,
    priceBps,
    feePerContractBps: feeBps,
    adverseSelectionBps: params.adverseSelectionBps,
  })
  gates.evBps = evBps
  if (!gates.atLeast('edge', edgeBps, edgeMinBps)) return undefined
  const { eventTicker } = context.frame
  const intent: Intent = {
    eventTicker,
    marketTicker: row.marketTicker,
    side,
    priceBps,
    countCenti,
    isPostOnly: true,
    ttlUs: params.ttlUs,
    fairBps,
    evBps,
    reason: reason(),
  }
  return { intent, evBps, edgeBps }
}

type PricedOffer = {
  readonly priceBps: number
  readonly fairBps: number
  readonly edgeBps: number
  readonly feeBps: number
}

/** Such an order; undefined where there is no price, or the terms are unknown. */
export function priceOffer(
  params: MakerParams,
  { termsOf }: StrategyContext,
  { row, side, fairYesBps, countCenti }: OfferTerms,
): PricedOffer | undefined {
  const terms = termsOf(row.marketTicker)
  const priceBps = terms && makerPrice(row, side, terms)
  if (!terms?.rates || priceBps === undefined) return undefined
  // A move on top of a probability may point past the payout; nothing is worth more.
  const yesBps = Math.max(0, Math.min(PAYOUT_BPS, fairYesBps))
  const fairBps = side === 'yes' ? yesBps : PAYOUT_BPS - yesBps
  const feeMicros = scheduleFeeMicros(terms.rates, 'maker', priceBps, countCenti)
  const feeBps = feePerContractBps(feeMicros, countCenti)
  const edgeBps = fairBps - params.adverseSelectionBps - priceBps - feeBps
  return { priceBps, fairBps, edgeBps, feeBps }
}

/** One tick better than the best bid of our side where the spread has room, else joining it. */
export function makerPrice(
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
export function fillProbability(
  params: Pick<MakerParams, 'meanPrintCenti' | 'ttlUs'>,
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
