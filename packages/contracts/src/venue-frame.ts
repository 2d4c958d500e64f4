import type { AccountFrame, IndexListFrame, IndexValueFrame } from './account-frame.ts'
import type { DataOf } from './events.ts'
import type { BookSide } from './units.ts'

/**
 * One frame of the venue's WebSocket in our units, or a refusal. Written by the adapter, read by
 * the market feed; it never travels on the tape.
 *
 * `sid` is the venue's subscription; `seq` counts over all markets and control frames of a sid.
 * `venueTimeUs` is null where the venue gives no time.
 */
export type VenueFrame =
  | BookSnapshotFrame
  | BookDeltaFrame
  | TradeFrame
  | TickerFrame
  | MarketLifecycleFrame
  | EventLifecycleFrame
  | EventFeeFrame
  | AccountFrame
  | IndexValueFrame
  | IndexListFrame
  | SubscribedFrame
  | UnsubscribedFrame
  | OkFrame
  | ErrorFrame
  | RefusedFrame

export type FrameLevel = readonly [priceBps: number, countCenti: number]

export type BookSnapshotFrame = {
  readonly kind: 'book-snapshot'
  readonly sid: number
  readonly seq: number
  readonly marketTicker: string
  readonly venueTimeUs: number | null
  /** Bids for YES at YES prices, bids for NO at NO prices. */
  readonly yes: readonly FrameLevel[]
  readonly no: readonly FrameLevel[]
}

export type BookDeltaFrame = {
  readonly kind: 'book-delta'
  readonly sid: number
  readonly seq: number
  readonly marketTicker: string
  readonly venueTimeUs: number | null
  readonly side: BookSide
  readonly priceBps: number
  readonly countDeltaCenti: number
}

export type TradeFrame = {
  readonly kind: 'trade'
  readonly sid: number
  readonly seq: number | null
  readonly marketTicker: string
  readonly venueTimeUs: number | null
  readonly tradeId: string
  readonly yesPriceBps: number
  readonly countCenti: number
  readonly takerSide: BookSide
  readonly isBlock: boolean
}

export type TickerFrame = {
  readonly kind: 'ticker'
  readonly sid: number
  readonly seq: number | null
  readonly marketTicker: string
  readonly venueTimeUs: number | null
  readonly lastPriceBps: number | null
  readonly yesBidBps: number
  readonly yesAskBps: number
  readonly yesBidCenti: number | null
  readonly yesAskCenti: number | null
  readonly volumeCenti: number
  readonly openInterestCenti: number
}

export type FramePriceRange = {
  readonly startBps: number
  readonly endBps: number
  readonly stepBps: number
}

/** `eventType` is the venue's open enumeration: created, activated, determined … */
export type MarketLifecycleFrame = {
  readonly kind: 'market-lifecycle'
  readonly sid: number
  readonly seq: number | null
  readonly marketTicker: string
  readonly venueTimeUs: number | null
  readonly eventType: string
  readonly closeTimeUs: number | null
  readonly result: 'yes' | 'no' | 'scalar' | null
  readonly settlementValueBps: number | null
  readonly priceRanges: readonly FramePriceRange[] | null
  readonly strikeType: string | null
  readonly floorStrike: number | null
  readonly capStrike: number | null
}

export type EventLifecycleFrame = {
  readonly kind: 'event-lifecycle'
  readonly sid: number
  readonly seq: number | null
  readonly eventTicker: string
  readonly seriesTicker: string
}

/** Both null: the override of the series' fee ends. */
export type EventFeeFrame = {
  readonly kind: 'event-fee'
  readonly sid: number
  readonly seq: number | null
  readonly eventTicker: string
  readonly feeType: string | null
  readonly feeMultiplierMilli: number | null
}

export type SubscribedFrame = {
  readonly kind: 'subscribed'
  readonly commandId: number | null
  readonly channel: string
  readonly sid: number
  readonly seq: number | null
}

export type UnsubscribedFrame = {
  readonly kind: 'unsubscribed'
  readonly commandId: number | null
  readonly sid: number
  readonly seq: number | null
}

export type OkFrame = {
  readonly kind: 'ok'
  readonly commandId: number | null
  readonly sid: number | null
  readonly seq: number | null
}

export type ErrorFrame = {
  readonly kind: 'error'
  readonly commandId: number | null
  readonly sid: number | null
  readonly seq: number | null
  readonly code: number
  readonly message: string
  /** The venue has ended the sid: it must be subscribed again. */
  readonly isTerminal: boolean
}

/** A frame we could not read. Sid, seq and market are given where they could be made out. */
export type RefusedFrame = {
  readonly kind: 'refused'
  readonly reason: FrameRefusal
  /** The field at fault; never a value, which may be long or private. */
  readonly field: string
  readonly sid: number | null
  readonly seq: number | null
  readonly marketTicker: string | null
}

export type FrameRefusal =
  | 'too-large'
  | 'not-utf8'
  | 'not-json'
  | 'not-object'
  | 'unknown-type'
  | 'unknown-field'
  | 'missing-field'
  | 'bad-field'
  | 'bad-price'
  | 'off-range'
  | 'bad-count'
  | 'bad-time'

export type DecodeFrame = (bytes: Uint8Array) => VenueFrame

/** Where a sid stands: plain data, edited in place by the sequence rule. */
export type SidSequence = { nextSeq: number | null }
export type SequenceVerdict = 'first' | 'next' | 'duplicate' | 'gap'
export type SequenceRule = (sequence: SidSequence, seq: number) => SequenceVerdict

/**
 * What the ingest host learned elsewhere than on the socket. It is kept in RAW among the frames,
 * on a connection of its own, so that a replay of RAW alone gives the same events.
 */
export type HostRecord =
  /** The process began: whatever was believed before is old. */
  | { readonly kind: 'start' }
  /** A second of the wall clock passed. */
  | { readonly kind: 'second' }
  | {
      readonly kind: 'market-listed'
      readonly eventTimeUs: number
      readonly data: DataOf<'md.market-listed.v1'>
    }
  | {
      readonly kind: 'market-status'
      readonly eventTimeUs: number
      readonly data: DataOf<'md.market-status.v1'>
    }
  /** The book of the stream is not the one REST gives: it is not to be believed. */
  | { readonly kind: 'audit-failed'; readonly marketTicker: string }
  /** A print that REST has and the stream may have lost. */
  | {
      readonly kind: 'late-trade'
      readonly eventTimeUs: number
      readonly data: Omit<DataOf<'md.trade.v1'>, 'isLate'>
    }
  /** Every print up to then, of all markets, has been read over REST. */
  | { readonly kind: 'trades-read'; readonly throughUs: number }

/** How the text of an `open` record begins when there is no socket and books are polled by REST. */
export const KEYLESS_OPEN_PREFIX = 'keyless '

export type DecodeHostRecord = (bytes: Uint8Array) => HostRecord | RefusedFrame
