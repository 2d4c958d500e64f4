import type { Account, AnyChannel, PrivateMessage, VenueState } from '@kwm/sim'
import {
  INDEX_CHANNEL,
  dataFrame,
  errorFrame,
  indexListFrame,
  listFrame,
  msOf,
  okFrame,
  snapshotBody,
  subscribedFrame,
  tickerBody,
  tickerOf,
  unsubscribedFrame,
} from '@kwm/sim'
import type { Command } from './commands.ts'
import { ERRORS, parseCommand, refuse } from './commands.ts'
import type { FrameFault } from './faults.ts'
import { faultyFrames } from './faults.ts'
import type { Outbox } from './outbox.ts'
import type { Published } from './published.ts'

export type Subscription = {
  readonly sid: number
  readonly channel: AnyChannel
  /** `undefined`: all markets. */
  readonly markets: Set<string> | undefined
  /** Of the index channel: by id, or `all`. */
  readonly indices: Set<string>
  readonly useYesPrice: boolean
  readonly sendInitialSnapshot: boolean
  /** The last sequence number used: data and control frames share it, across all its markets. */
  seq: number
}

/** Channels that tell of all markets, whatever was asked. */
const UNFILTERED: ReadonlySet<AnyChannel> = new Set(['market_lifecycle_v2', 'order_group_updates'])

const FAULTS_QUEUED_MAX = 1_000

type UpdateIndices = Extract<Command, { cmd: 'update_indices' }>
type Update = Extract<Command, { cmd: 'update_subscription' }>
type Subscribe = Extract<Command, { cmd: 'subscribe' }>

/** One client's connection: its subscriptions and what it is sent. Knows nothing of sockets. */
export class Session {
  readonly account: Account
  readonly #venue: VenueState
  readonly #outbox: Outbox
  readonly #onSubscribed: () => void
  readonly #indexIds: readonly string[]
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #faults: FrameFault[] = []
  #lastSid = 0

  constructor(
    account: Account,
    venue: VenueState,
    outbox: Outbox,
    onSubscribed: () => void,
    indexIds: readonly string[] = [],
  ) {
    this.account = account
    this.#venue = venue
    this.#outbox = outbox
    this.#onSubscribed = onSubscribed
    this.#indexIds = indexIds
  }

  get outbox(): Outbox {
    return this.#outbox
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()]
  }

  /** Is every one of these books subscribed to? */
  coversBooks(tickers: readonly string[]): boolean {
    const books = this.subscriptions.filter(({ channel }) => channel === 'orderbook_delta')
    return tickers.every((ticker) => books.some(({ markets }) => markets?.has(ticker) ?? true))
  }

  /** Each affects one coming book delta. */
  addFaults(kind: FrameFault, count: number): void {
    for (let i = 0; i < count && this.#faults.length < FAULTS_QUEUED_MAX; i++) {
      this.#faults.push(kind)
    }
  }

  receive(text: string): void {
    const command = parseCommand(text)
    switch (command.cmd) {
      case 'refused':
        return this.#send(errorFrame(command.id, command.code, command.msg))
      case 'subscribe':
        return this.#subscribe(command)
      case 'unsubscribe':
        return command.sids.forEach((sid) => this.#unsubscribe(command.id, sid))
      case 'update_subscription':
        return this.#update(command)
      case 'update_indices':
        return this.#updateIndices(command)
      case 'list_subscriptions':
        return this.#send(listFrame(command.id, this.subscriptions))
      default:
        return command satisfies never
    }
  }

  publish(item: Published): void {
    for (const subscription of this.#subscriptions.values()) {
      const { channel, markets } = subscription
      if (channel !== item.channel || (markets && !markets.has(item.marketTicker))) continue
      this.#publishTo(subscription, item)
    }
  }

  publishIndex(indexId: string, body: string, sendingMs: number): void {
    for (const subscription of this.#subscriptions.values()) {
      const { channel, indices, sid } = subscription
      if (channel !== INDEX_CHANNEL || !(indices.has(indexId) || indices.has('all'))) continue
      const frame = dataFrame(INDEX_CHANNEL, sid, ++subscription.seq, body, sendingMs)
      this.#outbox.send(frame, INDEX_CHANNEL, sid)
    }
  }

  /** What only this account hears. */
  tell(message: PrivateMessage, sendingMs: number): void {
    for (const subscription of this.#subscriptions.values()) {
      const { channel, markets, sid } = subscription
      const { marketTicker } = message
      if (channel !== message.channel) continue
      if (markets && marketTicker !== undefined && !markets.has(marketTicker)) continue
      const seq = channel === 'order_group_updates' ? ++subscription.seq : undefined
      this.#outbox.send(dataFrame(message.type, sid, seq, message.body, sendingMs), channel, sid)
    }
  }

  #publishTo(subscription: Subscription, item: Published): void {
    const { sid, useYesPrice } = subscription
    const { channel } = item
    const write = (): string => {
      const seq = channel === 'ticker' ? undefined : ++subscription.seq
      return dataFrame(
        channel,
        sid,
        seq,
        item.body(useYesPrice, this.account.accountNo),
        item.sendingMs,
      )
    }
    const fault = channel === 'orderbook_delta' ? this.#faults.shift() : undefined
    if (fault === undefined) return this.#outbox.send(write(), channel, sid)
    const { market } = this.#venue.market(item.marketTicker)!
    const frames = faultyFrames(fault, subscription, market, item.sendingMs, write)
    for (const frame of frames) this.#outbox.send(frame, channel, sid)
  }

  #subscribe(command: Subscribe): void {
    const { id, channels, unknownChannels, useYesPrice, sendInitialSnapshot } = command
    for (const channel of channels) {
      const isFiltered = command.marketTickers && !UNFILTERED.has(channel)
      const subscription: Subscription = {
        sid: ++this.#lastSid,
        channel,
        markets: isFiltered ? new Set(command.marketTickers) : undefined,
        indices: new Set(channel === INDEX_CHANNEL ? command.indexIds : []),
        useYesPrice,
        sendInitialSnapshot,
        seq: 0,
      }
      this.#subscriptions.set(subscription.sid, subscription)
      this.#send(subscribedFrame(id, channel, subscription.sid))
      this.#introduce(subscription, command.marketTickers ?? this.#allTickers())
    }
    for (const name of unknownChannels) this.#send(errorFrame(id, 8, `${ERRORS[8]}: ${name}`))
    if (channels.length > 0) this.#onSubscribed()
  }

  #unsubscribe(id: number, sid: number): void {
    const subscription = this.#subscriptions.get(sid)
    if (!subscription) return this.#refuse(id, 7)
    this.#subscriptions.delete(sid)
    this.#send(unsubscribedFrame(id, sid, ++subscription.seq))
  }

  #update({ id, sid, action, marketTickers }: Update): void {
    const subscription = this.#subscriptions.get(sid)
    if (!subscription) return this.#refuse(id, 7)
    const { channel, markets } = subscription
    if (action === 'get_snapshot') {
      if (channel !== 'orderbook_delta') return this.#refuse(id, 13)
      return marketTickers.forEach((ticker) => this.#sendSnapshot(subscription, ticker))
    }
    if (!markets) return this.#refuse(id, 13)
    const added = marketTickers.filter((ticker) => !markets.has(ticker))
    if (action === 'add_markets') for (const ticker of added) markets.add(ticker)
    else for (const ticker of marketTickers) markets.delete(ticker)
    this.#send(okFrame(id, sid, ++subscription.seq, [...markets]))
    if (action === 'add_markets') {
      this.#introduce(subscription, added)
      this.#onSubscribed()
    }
  }

  #updateIndices({ id, sid, action, indexIds }: UpdateIndices): void {
    const subscription = this.#subscriptions.get(sid)
    if (!subscription) return this.#refuse(id, 7)
    if (subscription.channel !== INDEX_CHANNEL) return this.#refuse(id, 13)
    const { indices } = subscription
    const seq = ++subscription.seq
    if (action === 'indexlist') return this.#send(indexListFrame(id, sid, seq, this.#indexIds))
    for (const indexId of indexIds) {
      if (action === 'subscribe_indices') indices.add(indexId)
      else indices.delete(indexId)
    }
    this.#send(okFrame(id, sid, seq, []))
  }

  /** What a subscriber is sent about markets that are new to it. */
  #introduce(subscription: Subscription, tickers: readonly string[]): void {
    const { channel, sendInitialSnapshot } = subscription
    if (channel === 'orderbook_delta') {
      for (const ticker of tickers) this.#sendSnapshot(subscription, ticker)
    }
    if (channel === 'ticker' && sendInitialSnapshot) {
      for (const ticker of tickers) this.#sendTicker(subscription, ticker)
    }
  }

  #sendSnapshot(subscription: Subscription, ticker: string): void {
    const state = this.#venue.market(ticker)
    if (!state) return // The venue says nothing about markets it does not have.
    const { market, book } = state
    const { sid, useYesPrice } = subscription
    const body = snapshotBody(market, book.levels('yes'), book.levels('no'), useYesPrice)
    const nowMs = msOf(this.#venue.nowUs)
    const frame = dataFrame('orderbook_snapshot', sid, ++subscription.seq, body, nowMs)
    this.#outbox.send(frame, 'orderbook_delta', sid)
  }

  #sendTicker({ sid }: Subscription, ticker: string): void {
    const state = this.#venue.market(ticker)
    if (!state) return
    const { nowUs } = this.#venue
    const body = tickerBody(state.market, tickerOf(state, nowUs))
    this.#outbox.send(dataFrame('ticker', sid, undefined, body, msOf(nowUs)), 'ticker', sid)
  }

  #allTickers(): string[] {
    return [...this.#venue.markets].map(({ market }) => market.ticker)
  }

  #refuse(id: number, code: 7 | 13): void {
    const { msg } = refuse(id, code)
    this.#send(errorFrame(id, code, msg))
  }

  #send(frame: string): void {
    this.#outbox.send(frame, 'control')
  }
}
