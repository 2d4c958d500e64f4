import type { VenueEvent, VenueSource } from './venue-event.ts'
import type { Channel } from './venue-frames.ts'
import {
  CHANNELS,
  dataFrame,
  deltaBody,
  lifecycleBody,
  msOf,
  snapshotBody,
  subscribedFrame,
  tickerBody,
  tradeBody,
} from './venue-frames.ts'
import { VenueState } from './venue-state.ts'

/** One WebSocket text frame and the time at which it is received. */
export type FeedFrame = { readonly timeUs: number; readonly frame: string }

const SIDS: Readonly<Record<Channel, number>> = {
  orderbook_delta: 1,
  trade: 2,
  ticker: 3,
  market_lifecycle_v2: 4,
}

/**
 * The connection of one client subscribed to all channels of all markets, without a server: the
 * frames are those the venue simulator sends. A market's snapshot comes when its book is first known.
 */
export class VenueFeed {
  readonly state: VenueState
  readonly #seqs: Record<Channel, number> = {
    orderbook_delta: 0,
    trade: 0,
    ticker: 0,
    market_lifecycle_v2: 0,
  }

  constructor(source: Pick<VenueSource, 'markets' | 'startTimeUs'>) {
    this.state = new VenueState(source.markets, source.startTimeUs)
  }

  /** What the venue answers to the subscribe commands. */
  opening(): string[] {
    return CHANNELS.map((channel, index) => subscribedFrame(index + 1, channel, SIDS[channel]))
  }

  /** The frames that one event of the venue causes. */
  frames(event: VenueEvent): string[] {
    const wasKnown = this.state.market(event.marketTicker)?.isBookKnown ?? false
    const changes = this.state.apply(event)
    if (event.type !== 'book-replaced' || wasKnown) {
      return changes.flatMap((change) => this.#frame(change) ?? [])
    }
    const { market } = this.state.market(event.marketTicker)!
    const body = snapshotBody(market, event.yes, event.no)
    return [this.#data('orderbook_delta', 'orderbook_snapshot', body, event.timeUs)]
  }

  #frame(change: VenueEvent): string | undefined {
    const { market } = this.state.market(change.marketTicker)!
    const { timeUs } = change
    switch (change.type) {
      case 'level-changed': {
        const body = deltaBody(market, change)
        return this.#data('orderbook_delta', 'orderbook_delta', body, timeUs)
      }
      case 'trade-printed':
        return this.#data('trade', 'trade', tradeBody(change), timeUs)
      case 'ticker-changed': {
        const body = tickerBody(market, change)
        return dataFrame('ticker', SIDS.ticker, undefined, body, msOf(timeUs))
      }
      case 'market-deactivated':
      case 'market-activated':
      case 'market-determined':
      case 'market-settled':
      case 'strike-announced': {
        const body = lifecycleBody(change)
        return this.#data('market_lifecycle_v2', 'market_lifecycle_v2', body, timeUs)
      }
      case 'market-closed':
      case 'book-replaced':
        return undefined
      default:
        return change satisfies never
    }
  }

  #data(
    channel: Channel,
    type: Parameters<typeof dataFrame>[0],
    body: string,
    timeUs: number,
  ): string {
    this.#seqs[channel]++
    return dataFrame(type, SIDS[channel], this.#seqs[channel], body, msOf(timeUs))
  }
}

/** A source as the text frames of one connection, made as they are asked for. */
export function* feedFrames(source: VenueSource): Generator<FeedFrame> {
  const feed = new VenueFeed(source)
  for (const frame of feed.opening()) yield { timeUs: source.startTimeUs, frame }
  for (const event of source.changes()) {
    for (const frame of feed.frames(event)) yield { timeUs: event.timeUs, frame }
  }
}
