import type { BookSide } from '@kwm/model-book'
import { formatFixed, unreachable } from '@kwm/std'
import { formatIso } from './civil-time.ts'
import type {
  LevelChanged,
  MarketActivated,
  MarketDeactivated,
  MarketDetermined,
  MarketSettled,
  StrikeAnnounced,
  TickerChanged,
  TradePrinted,
} from './venue-event.ts'

/**
 * The venue's WebSocket text frames, byte for byte what a subscriber reads. A message body is made
 * once per change and shared by all subscribers; `dataFrame` adds what differs between them.
 */

export type Channel = 'orderbook_delta' | 'trade' | 'ticker' | 'market_lifecycle_v2'
export const CHANNELS: readonly Channel[] = [
  'orderbook_delta',
  'trade',
  'ticker',
  'market_lifecycle_v2',
]

/** Channels on which an account hears of its own. */
export type PrivateChannel = 'fill' | 'user_orders' | 'market_positions' | 'order_group_updates'
export const PRIVATE_CHANNELS: readonly PrivateChannel[] = [
  'fill',
  'user_orders',
  'market_positions',
  'order_group_updates',
]
/** Of indices, not of markets. */
export const INDEX_CHANNEL = 'cfbenchmarks_value'
export type AnyChannel = Channel | PrivateChannel | typeof INDEX_CHANNEL

type FrameType =
  | 'orderbook_snapshot'
  | 'orderbook_delta'
  | 'trade'
  | 'ticker'
  | 'market_lifecycle_v2'
  | 'fill'
  | 'user_order'
  | 'market_position'
  | 'order_group_updates'
  | typeof INDEX_CHANNEL

export type LifecycleChange =
  | MarketActivated
  | MarketDeactivated
  | MarketDetermined
  | MarketSettled
  | StrikeAnnounced

type Market = { readonly ticker: string; readonly marketId: string }
type Levels = readonly (readonly [priceBps: number, countCenti: number])[]

export const dollars = (bps: number): string => formatFixed(bps, 4)
export const contracts = (centi: number): string => formatFixed(centi, 2)

/** `seq` is left out on the channels that have none: ticker, fill, user_orders, market_positions. */
export function dataFrame(
  type: FrameType,
  sid: number,
  seq: number | undefined,
  bodyJson: string,
  sendingTsMs: number,
): string {
  const sequence = seq === undefined ? '' : `,"seq":${seq}`
  return `{"type":"${type}","sid":${sid}${sequence},"msg":${bodyJson},"sending_ts_ms":${sendingTsMs}}`
}

/** Prices of the NO side are NO prices, or YES prices when the subscriber asked for them. */
const shownBps = (side: BookSide, priceBps: number, useYesPrice: boolean): number =>
  useYesPrice && side === 'no' ? 10_000 - priceBps : priceBps

/** Levels ascending, best last. An empty side's key is absent. */
export function snapshotBody(market: Market, yes: Levels, no: Levels, useYesPrice = false): string {
  const write = (side: BookSide, levels: Levels): [string, string][] =>
    levels
      .toSorted((a, b) => a[0] - b[0])
      .map(([bps, centi]) => [dollars(shownBps(side, bps, useYesPrice)), contracts(centi)])
  return JSON.stringify({
    market_ticker: market.ticker,
    market_id: market.marketId,
    ...(yes.length > 0 ? { yes_dollars_fp: write('yes', yes) } : {}),
    ...(no.length > 0 ? { no_dollars_fp: write('no', no) } : {}),
  })
}

/** The owner of the order that caused the change is told which it was. */
export const deltaBody = (
  market: Market,
  change: LevelChanged,
  useYesPrice = false,
  clientOrderId?: string,
): string =>
  JSON.stringify({
    market_ticker: market.ticker,
    market_id: market.marketId,
    price_dollars: dollars(shownBps(change.side, change.priceBps, useYesPrice)),
    delta_fp: contracts(change.countDeltaCenti),
    side: change.side,
    ...(clientOrderId === undefined ? {} : { client_order_id: clientOrderId }),
    ts: formatIso(change.venueTimeUs),
    ts_ms: msOf(change.venueTimeUs),
  })

export const tradeBody = (trade: TradePrinted): string =>
  JSON.stringify({
    trade_id: trade.tradeId,
    market_ticker: trade.marketTicker,
    yes_price_dollars: dollars(trade.yesPriceBps),
    no_price_dollars: dollars(10_000 - trade.yesPriceBps),
    count_fp: contracts(trade.countCenti),
    taker_side: trade.takerSide,
    taker_outcome_side: trade.takerSide,
    taker_book_side: trade.takerSide === 'yes' ? 'bid' : 'ask',
    is_block_trade: false,
    ts: secondsOf(trade.venueTimeUs),
    ts_ms: msOf(trade.venueTimeUs),
  })

export const tickerBody = (market: Market, ticker: TickerChanged): string =>
  JSON.stringify({
    market_ticker: market.ticker,
    market_id: market.marketId,
    price_dollars: dollars(ticker.lastPriceBps),
    yes_bid_dollars: dollars(ticker.yesBidBps),
    yes_ask_dollars: dollars(ticker.yesAskBps),
    volume_fp: contracts(ticker.volumeCenti),
    open_interest_fp: contracts(ticker.openInterestCenti),
    // Half a dollar a contract: what the venue's own numbers amount to.
    dollar_volume: Math.floor(ticker.volumeCenti / 200),
    dollar_open_interest: Math.floor(ticker.openInterestCenti / 200),
    yes_bid_size_fp: contracts(ticker.yesBidCenti),
    yes_ask_size_fp: contracts(ticker.yesAskCenti),
    last_trade_size_fp: contracts(ticker.lastTradeCenti),
    ts: secondsOf(ticker.venueTimeUs),
    ts_ms: msOf(ticker.venueTimeUs),
    time: formatIso(ticker.venueTimeUs),
  })

export const lifecycleBody = (change: LifecycleChange): string =>
  JSON.stringify({ market_ticker: change.marketTicker, ...lifecycleFields(change) })

function lifecycleFields(change: LifecycleChange): object {
  const seconds = secondsOf(change.venueTimeUs)
  switch (change.type) {
    case 'market-deactivated':
      return { event_type: 'deactivated', is_deactivated: true }
    case 'market-activated':
      return { event_type: 'activated', is_deactivated: false }
    case 'market-determined':
      return {
        event_type: 'determined',
        result: change.result,
        determination_ts: seconds,
        settlement_value: dollars(change.result === 'yes' ? 10_000 : 0),
      }
    case 'market-settled':
      return { event_type: 'settled', settled_ts: seconds }
    case 'strike-announced':
      return {
        event_type: 'metadata_updated',
        strike_type: change.strikeType,
        ...(change.floorStrike === null ? {} : { floor_strike: change.floorStrike }),
        ...(change.capStrike === null ? {} : { cap_strike: change.capStrike }),
      }
    default:
      return unreachable(change)
  }
}

export const subscribedFrame = (id: number, channel: AnyChannel, sid: number): string =>
  JSON.stringify({ id, type: 'subscribed', msg: { channel, sid } })

/** Consumes a sequence number of the subscription, like a data frame. */
export const okFrame = (
  id: number,
  sid: number,
  seq: number,
  marketTickers: readonly string[],
): string => JSON.stringify({ id, sid, seq, type: 'ok', msg: { market_tickers: marketTickers } })

/** Consumes a sequence number of the subscription. */
export const indexListFrame = (
  id: number,
  sid: number,
  seq: number,
  indexIds: readonly string[],
): string =>
  JSON.stringify({ type: `${INDEX_CHANNEL}_indexlist`, id, sid, seq, msg: { index_ids: indexIds } })

/** Consumes a sequence number of the subscription. */
export const unsubscribedFrame = (id: number, sid: number, seq: number): string =>
  JSON.stringify({ id, sid, seq, type: 'unsubscribed' })

export const listFrame = (
  id: number,
  subscriptions: readonly { readonly channel: AnyChannel; readonly sid: number }[],
): string =>
  JSON.stringify({
    id,
    type: 'ok',
    msg: subscriptions.map(({ channel, sid }) => ({ channel, sid })),
  })

export const errorFrame = (
  id: number | undefined,
  code: number,
  msg: string,
  sid?: number,
): string =>
  JSON.stringify({
    ...(id === undefined ? {} : { id }),
    ...(sid === undefined ? {} : { sid }),
    type: 'error',
    msg: { code, msg },
  })

export const msOf = (timeUs: number): number => Math.floor(timeUs / 1_000)
const secondsOf = (timeUs: number): number => Math.floor(timeUs / 1_000_000)
