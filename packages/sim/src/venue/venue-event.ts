import type { BookSide, Level } from '@kwm/model-book'
import type { PriceGrid } from '@kwm/model-venue'
import type { SyntheticStation } from '../weather/synthetic-station.ts'

/** What happened at the venue, before it is written down for any one subscriber. */
export type VenueEvent =
  | BookReplaced
  | LevelChanged
  | TradePrinted
  | TickerChanged
  | MarketDeactivated
  | MarketActivated
  | MarketClosed
  | MarketDetermined
  | MarketSettled
  | StrikeAnnounced

type At = {
  /** When it is played: the time of receipt for a recording, else the venue's time. */
  readonly timeUs: number
  /** The venue's own time, written into the frame. */
  readonly venueTimeUs: number
  readonly marketTicker: string
}

/** The whole book. Subscribers who already know the market get the difference as deltas. */
export type BookReplaced = At & {
  readonly type: 'book-replaced'
  readonly yes: readonly Level[]
  readonly no: readonly Level[]
}

export type LevelChanged = At & {
  readonly type: 'level-changed'
  readonly side: BookSide
  readonly priceBps: number
  readonly countDeltaCenti: number
}

/** A taker of `takerSide` took what rested on the other side; the level change precedes it. */
export type TradePrinted = At & {
  readonly type: 'trade-printed'
  readonly tradeId: string
  readonly yesPriceBps: number
  readonly countCenti: number
  readonly takerSide: BookSide
}

/** The fields of a ticker that the book does not hold; prices and sizes when the source has them. */
export type TickerChanged = At & {
  readonly type: 'ticker-changed'
  readonly lastPriceBps: number
  readonly yesBidBps: number
  readonly yesAskBps: number
  readonly yesBidCenti: number
  readonly yesAskCenti: number
  readonly lastTradeCenti: number
  readonly volumeCenti: number
  readonly openInterestCenti: number
}

/** Trading is paused: orders may be cancelled, not placed. */
export type MarketDeactivated = At & { readonly type: 'market-deactivated' }

export type MarketActivated = At & { readonly type: 'market-activated' }

/** Trading ended. The venue sends nothing at a scheduled close: clients watch the clock. */
export type MarketClosed = At & { readonly type: 'market-closed' }

export type MarketDetermined = At & {
  readonly type: 'market-determined'
  readonly result: 'yes' | 'no'
  /** The official value as text, empty when not known. */
  readonly expirationValue: string
}

export type MarketSettled = At & { readonly type: 'market-settled' }

/** A strike that was not known at the listing is announced: on the real venue about a second later. */
export type StrikeAnnounced = At & {
  readonly type: 'strike-announced'
  readonly strikeType: string
  readonly floorStrike: number | null
  readonly capStrike: number | null
}

/** What does not change about a market while it is played. */
export type VenueMarket = {
  readonly ticker: string
  readonly marketId: string
  readonly eventTicker: string
  readonly seriesTicker: string
  readonly title: string
  readonly yesSubTitle: string
  readonly noSubTitle: string
  readonly strikeType: string
  readonly floorStrike: number | null
  readonly capStrike: number | null
  readonly openTimeUs: number
  readonly closeTimeUs: number
  readonly expectedExpirationTimeUs: number
  readonly settlementTimerSeconds: number
  readonly rulesPrimary: string
  readonly rulesSecondary: string
  readonly priceLevelStructure: string
  readonly priceRanges: PriceGrid
  readonly exchangeIndex: number
  readonly isSynthetic: boolean
}

export type VenueEventInfo = {
  readonly eventTicker: string
  readonly seriesTicker: string
  readonly title: string
  readonly subTitle: string
  readonly isMutuallyExclusive: boolean
  readonly strikeTimeUs: number
}

export type VenueSeries = {
  readonly ticker: string
  readonly title: string
  readonly category: string
  readonly frequency: string
  readonly feeType: string
  readonly feeMultiplier: number
  readonly settlementSource: { readonly name: string; readonly url: string }
}

/** Sizes as traded, made by the simulator, or one nominal contract because none were recorded. */
export type SizeKind = 'recorded' | 'synthetic' | 'nominal'

/** Something to play: a synthetic day or a recording. */
export type VenueSource = {
  readonly name: string
  readonly isSynthetic: boolean
  readonly sizes: SizeKind
  readonly seed: string | null
  readonly series: VenueSeries
  readonly events: readonly VenueEventInfo[]
  readonly markets: readonly VenueMarket[]
  readonly startTimeUs: number
  readonly endTimeUs: number
  /** Where the temperature is taken; of a synthetic day only. */
  readonly station?: SyntheticStation
  /** From the start, in time order; each call plays it anew. */
  changes(): Iterable<VenueEvent>
  /** Lines of the recording left out so far, by reason. */
  skipped(): Readonly<Record<string, number>>
}
