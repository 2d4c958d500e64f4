import type { Channel, Command } from '@kwm/adapter-kalshi'
import type { FeedEffect } from '@kwm/machines'

export type SubscriptionPorts = {
  /** Indices to follow; none: the channel is left alone. */
  readonly indexIds: readonly string[]
  /** The id of the command, or undefined while there is no connection. */
  readonly send: (command: Command) => number | undefined
  readonly nowUs: () => number
  readonly onFailure: (details: {
    readonly channel: Channel
    readonly kind: Command['kind']
    readonly code: number
    /** What to do about it, where it is ours to do. */
    readonly fix?: string
  }) => void
}

type ChannelState = {
  status: 'idle' | 'pending' | 'live'
  sid: number
  /** On the subscription, or asked to be. */
  readonly tickers: Set<string>
  chunk: number
  failures: number
  retryAtUs: number
}

type Sent = {
  readonly command: Command
  readonly channel: Channel
  readonly sentUs: number
}

const MARKET_CHANNELS: readonly Channel[] = ['orderbook_delta', 'trade', 'ticker']
const CHANNELS: readonly Channel[] = [
  'market_lifecycle_v2',
  ...MARKET_CHANNELS,
  'cfbenchmarks_value',
]
const isChannel = (text: string): text is Channel => CHANNELS.some((channel) => channel === text)
const isOfMarkets = (channel: Channel): boolean => MARKET_CHANNELS.includes(channel)
const BOOKS: Channel = 'orderbook_delta'

const CHUNK_MAX = 500
const RETRY_MIN_US = 1_000_000
const RETRY_MAX_US = 60_000_000
const ANSWER_TIMEOUT_US = 10_000_000
const REFUSED_FOR_US = 60_000_000
const ASK_AGAIN_MIN_US = 200_000
const ASK_AGAIN_US = 5_000_000
/** A book asked for this often in vain gets one full resubscription. */
const ASKS_BEFORE_RESUBSCRIBE = 3
const RESUBSCRIBE_EVERY_US = 60_000_000
/** The venue's word for "not with your key": asking again changes nothing. */
const CODE_FORBIDDEN = 9
const FORBIDDEN_FOR_US = 3_600_000_000
/** Too many requests. */
const CODE_SLOW_DOWN = 27
const SLOW_DOWN_US = 10_000_000

/**
 * What is subscribed against what is wanted, on one connection: one subscription a channel, grown
 * and shrunk market by market, and snapshots asked for until they come.
 */
export class Subscriptions {
  readonly #ports: SubscriptionPorts
  readonly #channels = new Map<Channel, ChannelState>()
  readonly #sent = new Map<number, Sent>()
  #wanted: ReadonlySet<string> = new Set()
  /** Tickers the venue would not take, and until when they are left alone. */
  readonly #refused = new Map<string, number>()
  readonly #asked = new Map<string, { readonly askedUs: number; readonly times: number }>()
  readonly #due = new Set<string>()
  /** Had their full resubscription, and lack a book still: they alone are to blame. */
  readonly #hopeless = new Set<string>()
  #resubscribedUs = 0

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports
  }

  /** True once the venue has confirmed a subscription to books. */
  get isLive(): boolean {
    return this.#channels.get(BOOKS)?.status === 'live'
  }

  onOpen(): void {
    this.onClose()
    for (const channel of CHANNELS) {
      if (channel === 'cfbenchmarks_value' && this.#ports.indexIds.length === 0) continue
      this.#channels.set(channel, newChannel())
    }
    this.#sync()
  }

  onClose(): void {
    this.#channels.clear()
    this.#sent.clear()
    this.#refused.clear()
    this.#asked.clear()
    this.#due.clear()
    this.#hopeless.clear()
  }

  want(tickers: ReadonlySet<string>): void {
    this.#wanted = tickers
    this.#sync()
  }

  onEffect(effect: FeedEffect): void {
    switch (effect.kind) {
      case 'subscribed':
        return this.#onSubscribed(effect.channel, effect.sid)
      case 'command-failed':
        return this.#onFailed(effect.commandId, effect.code)
      case 'resubscribe':
        return this.#onEnded(effect.sid)
      case 'get-snapshot':
        return this.#ask(effect.marketTickers ?? [...(this.#channels.get(BOOKS)?.tickers ?? [])])
      default:
        return
    }
  }

  /** Once a second: what is due is tried again. `lacking` are the markets without a good book. */
  tick(lacking: readonly string[]): void {
    const nowUs = this.#ports.nowUs()
    for (const [id, { sentUs }] of this.#sent) {
      if (nowUs - sentUs > ANSWER_TIMEOUT_US) this.#sent.delete(id)
    }
    for (const state of this.#channels.values()) {
      const isLate = state.status === 'pending' && nowUs - state.retryAtUs > ANSWER_TIMEOUT_US
      if (isLate) fail(state, nowUs)
      if (state.chunk < CHUNK_MAX) state.chunk *= 2
    }
    const stillLacking = new Set(lacking)
    for (const ticker of this.#asked.keys()) {
      if (stillLacking.has(ticker)) continue
      this.#asked.delete(ticker)
      this.#hopeless.delete(ticker)
    }
    this.#resubscribeIfVain(lacking, nowUs)
    for (const ticker of lacking) if (this.#isAskDue(ticker, nowUs)) this.#due.add(ticker)
    this.#sync()
    this.#ask([])
  }

  /** Single snapshots did not help: the whole subscription is begun anew, once for each such market. */
  #resubscribeIfVain(lacking: readonly string[], nowUs: number): void {
    const books = this.#channels.get(BOOKS)
    if (books?.status !== 'live' || nowUs - this.#resubscribedUs < RESUBSCRIBE_EVERY_US) return
    const vain = lacking.filter((ticker) => {
      const asked = this.#asked.get(ticker)
      return asked && asked.times >= ASKS_BEFORE_RESUBSCRIBE && !this.#hopeless.has(ticker)
    })
    if (vain.length === 0) return
    if (!this.#send(BOOKS, { kind: 'unsubscribe', sid: books.sid })) return
    this.#resubscribedUs = nowUs
    for (const ticker of vain) this.#hopeless.add(ticker)
    this.#asked.clear()
    books.status = 'idle'
    books.tickers.clear()
  }

  #isAskDue(ticker: string, nowUs: number): boolean {
    const asked = this.#asked.get(ticker)
    if (!asked) {
      // Its first snapshot comes with the subscription: give it time.
      this.#asked.set(ticker, { askedUs: nowUs, times: 0 })
      return false
    }
    return nowUs - asked.askedUs > Math.min(RETRY_MAX_US, ASK_AGAIN_US * 2 ** asked.times)
  }

  #ask(tickers: readonly string[]): void {
    for (const ticker of tickers) this.#due.add(ticker)
    const books = this.#channels.get(BOOKS)
    if (books?.status !== 'live') return
    const nowUs = this.#ports.nowUs()
    const asking: string[] = []
    for (const ticker of this.#due) {
      const asked = this.#asked.get(ticker)
      // In a storm of gaps a market is asked for a few times a second at most; it stays due.
      if (asked && asked.times > 0 && nowUs - asked.askedUs < ASK_AGAIN_MIN_US) continue
      this.#due.delete(ticker)
      if (!books.tickers.has(ticker)) continue
      asking.push(ticker)
      this.#asked.set(ticker, { askedUs: nowUs, times: (asked?.times ?? 0) + 1 })
    }
    for (let from = 0; from < asking.length; from += CHUNK_MAX) {
      const marketTickers = asking.slice(from, from + CHUNK_MAX)
      this.#send(BOOKS, { kind: 'get-snapshot', sid: books.sid, marketTickers })
    }
  }

  #sync(): void {
    for (const [channel, state] of this.#channels) {
      const nowUs = this.#ports.nowUs()
      if (nowUs < state.retryAtUs) continue
      if (state.status === 'idle') this.#subscribe(channel, state, nowUs)
      else if (state.status === 'live' && isOfMarkets(channel)) {
        this.#adjust(channel, state, nowUs)
      }
    }
  }

  #subscribe(channel: Channel, state: ChannelState, nowUs: number): void {
    const isFiltered = isOfMarkets(channel)
    const others = channel === 'cfbenchmarks_value' ? this.#ports.indexIds : []
    const marketTickers = isFiltered ? this.#missing(state, nowUs) : others
    if (isFiltered && marketTickers.length === 0) return
    if (!this.#send(channel, { kind: 'subscribe', channel, marketTickers })) return
    state.status = 'pending'
    state.retryAtUs = nowUs
    for (const ticker of marketTickers) state.tickers.add(ticker)
  }

  #adjust(channel: Channel, state: ChannelState, nowUs: number): void {
    const { sid } = state
    for (;;) {
      const marketTickers = this.#missing(state, nowUs)
      if (marketTickers.length === 0) break
      if (!this.#send(channel, { kind: 'add-markets', sid, marketTickers })) return
      for (const ticker of marketTickers) state.tickers.add(ticker)
    }
    const over = [...state.tickers].filter((ticker) => !this.#wanted.has(ticker))
    if (over.length === 0) return
    if (!this.#send(channel, { kind: 'delete-markets', sid, marketTickers: over })) return
    for (const ticker of over) state.tickers.delete(ticker)
  }

  #missing({ tickers, chunk }: ChannelState, nowUs: number): string[] {
    const missing: string[] = []
    for (const ticker of this.#wanted) {
      if (missing.length >= chunk) break
      if (!tickers.has(ticker) && (this.#refused.get(ticker) ?? 0) <= nowUs) missing.push(ticker)
    }
    return missing
  }

  #send(channel: Channel, command: Command): boolean {
    const id = this.#ports.send(command)
    if (id === undefined) return false
    this.#sent.set(id, { command, channel, sentUs: this.#ports.nowUs() })
    return true
  }

  #onSubscribed(channel: string, sid: number): void {
    const state = isChannel(channel) ? this.#channels.get(channel) : undefined
    if (!state) return
    state.status = 'live'
    state.sid = sid
    state.failures = 0
    this.#sync()
    this.#ask([])
  }

  #onFailed(commandId: number | null, code: number): void {
    const sent = commandId === null ? undefined : this.#sent.get(commandId)
    if (!sent) return
    this.#sent.delete(commandId!)
    const { command, channel } = sent
    const isForbidden = code === CODE_FORBIDDEN
    const fix = isForbidden ? { fix: `the key may not read ${channel}: give it "read" scope` } : {}
    this.#ports.onFailure({ channel, kind: command.kind, code, ...fix })
    const state = this.#channels.get(channel)
    if (!state) return
    const nowUs = this.#ports.nowUs()
    if (command.kind !== 'subscribe' && command.kind !== 'add-markets') return
    if (isForbidden || code === CODE_SLOW_DOWN) {
      // No ticker is to blame: the channel rests as it is.
      for (const ticker of command.marketTickers) state.tickers.delete(ticker)
      if (command.kind === 'subscribe') state.status = 'idle'
      state.retryAtUs = nowUs + (isForbidden ? FORBIDDEN_FOR_US : SLOW_DOWN_US)
      return
    }
    for (const ticker of command.marketTickers) state.tickers.delete(ticker)
    // One ticker the venue does not know fails a whole command: halve until it stands alone.
    if (command.marketTickers.length === 1) {
      this.#refused.set(command.marketTickers[0]!, nowUs + REFUSED_FOR_US)
    } else state.chunk = Math.max(1, Math.floor(command.marketTickers.length / 2))
    fail(state, nowUs, command.kind === 'subscribe')
  }

  #onEnded(sid: number): void {
    for (const state of this.#channels.values()) {
      if (state.status === 'live' && state.sid === sid) fail(state, this.#ports.nowUs())
    }
  }
}

const newChannel = (): ChannelState => ({
  status: 'idle',
  sid: 0,
  tickers: new Set(),
  chunk: CHUNK_MAX,
  failures: 0,
  retryAtUs: 0,
})

/** Try again later, and ever later. */
function fail(state: ChannelState, nowUs: number, hasEnded = true): void {
  state.retryAtUs = nowUs + Math.min(RETRY_MAX_US, RETRY_MIN_US * 2 ** state.failures)
  state.failures = Math.min(state.failures + 1, 10)
  if (!hasEnded) return
  state.status = 'idle'
  state.tickers.clear()
}
