import { parseFixed, fail } from '@kwm/std'
import { PAYOUT_BPS } from './price-grid.ts'

export type Liquidity = 'taker' | 'maker'

/**
 * `series`: makers pay only where the series says so. `always`: expect the maker fee everywhere,
 * because one operator reports maker charges on plain `quadratic` series.
 */
export type MakerFeePolicy = 'series' | 'always'

/** A series' fee terms as the venue states them. `fee_multiplier` 0.5 is `feeMultiplierMilli` 500. */
export type FeeTerms = { readonly feeType: string; readonly feeMultiplierMilli: number }

/** Rates of fee = rate × contracts × P × (1 - P), in ten-millionths: 0.07 is 700000. */
export type FeeRates = { readonly takerRateE7: number; readonly makerRateE7: number }

export type FeeRefusal = 'fee-type-unsupported' | 'fee-multiplier-invalid'
export type FeeRatesResult =
  | { readonly ok: true; readonly rates: FeeRates }
  | { readonly ok: false; readonly refusal: FeeRefusal }

/** The published schedule rounds the whole order up to a cent. */
export const SCHEDULE_FEE_STEP_MICROS = 10_000
/** The exchange rounds each fill's trade fee up to $0.0001 (text of June to August 2026). */
export const TRADE_FEE_STEP_MICROS = 100
/** The text of 2026-09-18 says $0.000001. Expectations keep the coarser step, the worse of the two. */
export const TRADE_FEE_STEP_2026_09_MICROS = 1

const TAKER_RATE_E7_PER_MILLI = 700
const MAKER_RATE_E7_PER_MILLI = 175
const MULTIPLIER_MILLI_MAX = 1_000_000
/** centi × bps × bps × 1e-7 = 1e-17 dollars = 1e-11 micro-dollars. */
const PRODUCT_PER_MICRO = 100_000_000_000

/**
 * The rates a series charges, or a refusal to trade it: `flat`, the combo type and any type we have
 * not read the rules of. `fee_type` is an open enum, so refusing is the normal answer to news.
 */
export function feeRates(terms: FeeTerms, makerFeePolicy: MakerFeePolicy): FeeRatesResult {
  const { feeType, feeMultiplierMilli: milli } = terms
  if (!Number.isSafeInteger(milli) || milli < 0 || milli > MULTIPLIER_MILLI_MAX) {
    return { ok: false, refusal: 'fee-multiplier-invalid' }
  }
  if (feeType !== 'quadratic' && feeType !== 'quadratic_with_maker_fees') {
    return { ok: false, refusal: 'fee-type-unsupported' }
  }
  const makersPay = feeType === 'quadratic_with_maker_fees' || makerFeePolicy === 'always'
  return {
    ok: true,
    rates: {
      takerRateE7: TAKER_RATE_E7_PER_MILLI * milli,
      makerRateE7: makersPay ? MAKER_RATE_E7_PER_MILLI * milli : 0,
    },
  }
}

/**
 * `fee_multiplier` in thousandths, from the venue's number or decimal text: 0.5 is 500. `undefined`
 * when it has more than three decimals or is not a plain decimal: then the fee would be a guess.
 */
export function feeMultiplierMilli(multiplier: number | string): number | undefined {
  return parseFixed(String(multiplier), 3)
}

/** The published form: the whole order's fee, up to the cent. What expectations use. Micro-dollars. */
export const scheduleFeeMicros = (
  rates: FeeRates,
  liquidity: Liquidity,
  priceBps: number,
  countCenti: number,
): number => quadraticFeeMicros(rates, liquidity, priceBps, countCenti, SCHEDULE_FEE_STEP_MICROS)

/** The published form in whole cents. */
export const scheduleFeeCents = (
  rates: FeeRates,
  liquidity: Liquidity,
  priceBps: number,
  countCenti: number,
): number => scheduleFeeMicros(rates, liquidity, priceBps, countCenti) / SCHEDULE_FEE_STEP_MICROS

/** One fill's trade fee, before balance rounding (see fee-accumulator.ts). Micro-dollars. */
export const tradeFeeMicros = (
  rates: FeeRates,
  liquidity: Liquidity,
  priceBps: number,
  countCenti: number,
): number => quadraticFeeMicros(rates, liquidity, priceBps, countCenti, TRADE_FEE_STEP_MICROS)

/**
 * rate × contracts × P × (1 - P), rounded up once, over the whole computation, to a multiple of
 * `stepMicros`. The price of either leg gives the same fee.
 *
 * In lowest terms the product stays below 2^53 up to some 500,000 contracts; beyond, BigInt.
 * `Math.ceil` of the float overcharges on exact cents and `int(x + 0.999)` undercharges (vector
 * `fees`).
 */
export function quadraticFeeMicros(
  rates: FeeRates,
  liquidity: Liquidity,
  priceBps: number,
  countCenti: number,
  stepMicros: number,
): number {
  if (!(priceBps >= 0 && priceBps <= PAYOUT_BPS)) fail(`fee price: ${priceBps}`)
  if (!(countCenti >= 0)) fail(`fee count: ${countCenti}`)
  const rateE7 = liquidity === 'taker' ? rates.takerRateE7 : rates.makerRateE7
  const perStep = PRODUCT_PER_MICRO * stepMicros
  const divisor = commonDivisor(rateE7, perStep)
  const product = (rateE7 / divisor) * countCenti * priceBps * (PAYOUT_BPS - priceBps)
  if (Number.isSafeInteger(product)) {
    const perReduced = perStep / divisor
    const rest = product % perReduced
    return ((product - rest) / perReduced + (rest > 0 ? 1 : 0)) * stepMicros
  }
  return largeFeeMicros(rateE7, priceBps, countCenti, stepMicros)
}

function largeFeeMicros(
  rateE7: number,
  priceBps: number,
  countCenti: number,
  stepMicros: number,
): number {
  const product =
    BigInt(rateE7) * BigInt(countCenti) * BigInt(priceBps) * BigInt(PAYOUT_BPS - priceBps)
  const perStep = BigInt(PRODUCT_PER_MICRO) * BigInt(stepMicros)
  const feeMicros = Number((product + perStep - 1n) / perStep) * stepMicros
  if (!Number.isSafeInteger(feeMicros)) fail(`fee out of range: ${feeMicros}`)
  return feeMicros
}

/** The takers' and makers' rate of a plain series have theirs at hand: Euclid's costs more than the fee. */
function commonDivisor(rateE7: number, perStep: number): number {
  if (rateE7 === 700_000) return 100_000
  return rateE7 === 175_000 ? 25_000 : greatestCommonDivisor(rateE7, perStep)
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a === 0 ? 1 : a
}
