import type { CivilDate } from '@kwm/std'
import { linearCentGrid } from '@kwm/model-venue'
import { proseDate, tickerDate } from '../venue/civil-time.ts'
import type { VenueEventInfo, VenueMarket, VenueSeries } from '../venue/venue-event.ts'
import { uuidFromName } from '../venue/uuid.ts'

export const SYNTHETIC_SERIES: VenueSeries = {
  ticker: 'KXHIGHSYN',
  title: 'SYNTHETIC: Highest temperature in Synthetic City',
  category: 'Climate and Weather',
  frequency: 'daily',
  feeType: 'quadratic',
  feeMultiplier: 1,
  settlementSource: { name: 'SYNTHETIC weather generator', url: 'https://example.invalid/' },
}

const RULES_SECONDARY =
  'SYNTHETIC. This market does not exist. Its prices, trades and temperatures come from a seeded ' +
  'simulator; nothing about it says anything about a real market.'

export type BracketLadder = {
  /** The lowest whole degree of the first two-degree bin. */
  readonly lowestBinF: number
  /** The five edges between the six brackets, half degrees. */
  readonly edgesF: readonly number[]
}

/** Two tails and four bins of two degrees, so that the forecast is in one of the middle bins. */
export function bracketLadder(forecastHighF: number, isUpper: boolean): BracketLadder {
  const lowestBinF = Math.round(forecastHighF) - (isUpper ? 3 : 4)
  return { lowestBinF, edgesF: [0, 2, 4, 6, 8].map((step) => lowestBinF + step - 0.5) }
}

type Times = {
  readonly openTimeUs: number
  readonly closeTimeUs: number
  readonly settleTimeUs: number
  readonly settlementTimerSeconds: number
}

export const syntheticEventInfo = (date: CivilDate, closeTimeUs: number): VenueEventInfo => ({
  eventTicker: `${SYNTHETIC_SERIES.ticker}-${tickerDate(date)}`,
  seriesTicker: SYNTHETIC_SERIES.ticker,
  title: `${SYNTHETIC_SERIES.title} on ${proseDate(date)}?`,
  subTitle: `SYNTHETIC, on ${proseDate(date)}`,
  isMutuallyExclusive: true,
  strikeTimeUs: closeTimeUs,
})

/** The six markets, lowest outcome first. */
export function syntheticMarkets(
  ladder: BracketLadder,
  date: CivilDate,
  times: Times,
): VenueMarket[] {
  const { lowestBinF } = ladder
  const bins = [0, 2, 4, 6].map((step) => lowestBinF + step)
  const highestF = lowestBinF + 7
  return [
    market(date, times, {
      suffix: `T${lowestBinF}`,
      strikeType: 'less',
      capStrike: lowestBinF,
      short: `<${lowestBinF}°`,
      subTitle: `${lowestBinF - 1}° or below`,
      rule: `is less than ${lowestBinF}°`,
    }),
    ...bins.map((floor) =>
      market(date, times, {
        suffix: `B${floor}.5`,
        strikeType: 'between',
        floorStrike: floor,
        capStrike: floor + 1,
        short: `${floor}-${floor + 1}°`,
        subTitle: `${floor}° to ${floor + 1}°`,
        rule: `is between ${floor}-${floor + 1}°`,
      }),
    ),
    market(date, times, {
      suffix: `T${highestF}`,
      strikeType: 'greater',
      floorStrike: highestF,
      short: `>${highestF}°`,
      subTitle: `${highestF + 1}° or above`,
      rule: `is greater than ${highestF}°`,
    }),
  ]
}

type Strike = {
  readonly suffix: string
  readonly strikeType: string
  readonly floorStrike?: number
  readonly capStrike?: number
  readonly short: string
  readonly subTitle: string
  readonly rule: string
}

function market(date: CivilDate, times: Times, strike: Strike): VenueMarket {
  const eventTicker = `${SYNTHETIC_SERIES.ticker}-${tickerDate(date)}`
  const ticker = `${eventTicker}-${strike.suffix}`
  const day = proseDate(date)
  return {
    ticker,
    marketId: uuidFromName(ticker),
    eventTicker,
    seriesTicker: SYNTHETIC_SERIES.ticker,
    title: `SYNTHETIC: Will the **high temp in Synthetic City** be ${strike.short} on ${day}?`,
    yesSubTitle: strike.subTitle,
    noSubTitle: strike.subTitle,
    strikeType: strike.strikeType,
    floorStrike: strike.floorStrike ?? null,
    capStrike: strike.capStrike ?? null,
    openTimeUs: times.openTimeUs,
    closeTimeUs: times.closeTimeUs,
    expectedExpirationTimeUs: times.settleTimeUs,
    settlementTimerSeconds: times.settlementTimerSeconds,
    rulesPrimary:
      `If the maximum temperature recorded at Synthetic City (CLISYN) for ${day}, ${strike.rule} ` +
      'fahrenheit according to the SYNTHETIC weather generator, then the market resolves to Yes.',
    rulesSecondary: RULES_SECONDARY,
    priceLevelStructure: 'linear_cent',
    priceRanges: linearCentGrid,
    exchangeIndex: 0,
    isSynthetic: true,
  }
}
