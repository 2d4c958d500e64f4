import type { RawFrame } from '@kwm/contracts'
import type { FeedStep } from './output.ts'
import { restoreFeed, takeFeedSnapshot } from './snapshot.ts'
import type { FeedSnapshot } from './snapshot.ts'
import { initialFeedState } from './state.ts'
import type { FeedConfig, FeedState } from './state.ts'
import { stepFeed } from './step.ts'
import type { FeedWire } from './step.ts'

/**
 * The market feed: records of RAW in, typed events and requests out. It has no clock and waits for
 * nothing; equal records give equal events, to the byte.
 */
export type FeedMachine = {
  initial(config: FeedConfig): FeedState
  step(state: FeedState, record: RawFrame): FeedStep
  snapshot(state: FeedState): FeedSnapshot
  restore(config: FeedConfig, snapshot: FeedSnapshot): FeedState
}

export const createFeedMachine = (wire: FeedWire): FeedMachine => ({
  initial: initialFeedState,
  step: (state, record) => stepFeed(wire, state, record),
  snapshot: takeFeedSnapshot,
  restore: restoreFeed,
})

export { NO_PRICE_RANGES, STRIKE_UNKNOWN, UNKNOWN_TEMPLATE } from './listing-rules.ts'
export { frameOutcomes } from './output.ts'
export type {
  FeedEffect,
  FeedStep,
  FrameOutcome,
  QuarantineReason,
  RejectReason,
} from './output.ts'
export type { FeedSnapshot } from './snapshot.ts'
export { isFresh, isOver, isStale, isWatched, lacksBook, venueNowUs } from './state.ts'
export type { FeedConfig, FeedState, MarketEntry, SidEntry } from './state.ts'
export { HOST_CONNECTION_SUFFIX, isHostConnection } from './step.ts'
export type { FeedWire } from './step.ts'
