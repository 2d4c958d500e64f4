import type { OrderResult } from '../src/index.ts'
import { Exchange, Refusal, VenueState, privateMessage, syntheticDay } from '../src/index.ts'
import type { Account, OrderRequest, VenueEvent, VenueMarket, VenueSeries } from '../src/index.ts'

const day = syntheticDay({ seed: 'exchange', fromHour: 14, toHour: 15 }).source
export const US = 1_000_000
export const OPENING_MICROS = 1_000 * US

type Without<T> = T extends VenueEvent ? Omit<T, 'timeUs' | 'venueTimeUs' | 'marketTicker'> : never

export type Told = { readonly keyId: string; readonly type: string; readonly msg: object }

/** An exchange of two markets, with everything it said written down. */
export class Bench {
  readonly exchange: Exchange
  readonly published: { readonly event: VenueEvent; readonly clientOrderId: string | undefined }[] =
    []
  readonly told: Told[] = []
  readonly ticker: string
  readonly other: string
  #orders = 0

  constructor(
    markets: readonly VenueMarket[] = day.markets.slice(0, 2),
    series: VenueSeries = day.series,
  ) {
    const state = new VenueState(markets, day.startTimeUs)
    const options = { seed: '1', series, openingCashMicros: OPENING_MICROS }
    this.exchange = new Exchange(state, options, {
      published: (event, cause) =>
        this.published.push({ event, clientOrderId: cause?.clientOrderId }),
      told: (account, event, timeUs) => {
        const { type, body } = privateMessage(account, event, timeUs)
        this.told.push({ keyId: account.keyId, type, msg: JSON.parse(body) as object })
      },
    })
    this.ticker = markets[0]!.ticker
    this.other = markets[1]!.ticker
  }

  account(keyId = 'alice'): Account {
    return this.exchange.account(keyId)
  }

  play(event: Without<VenueEvent>, afterUs = 1_000, marketTicker = this.ticker): void {
    const timeUs = this.exchange.nowUs + afterUs
    this.exchange.play({ ...event, timeUs, venueTimeUs: timeUs, marketTicker })
  }

  /** Size of the flow: `['yes', 40, 100]` adds one contract to the YES bid at 40 cents. */
  level(side: 'yes' | 'no', cents: number, countDeltaCenti: number): void {
    this.play({ type: 'level-changed', side, priceBps: cents * 100, countDeltaCenti })
  }

  /** A trade of the flow, with the change of the level before it. */
  trade(takerSide: 'yes' | 'no', yesCents: number, countCenti: number): void {
    const maker = takerSide === 'yes' ? 'no' : 'yes'
    this.level(maker, maker === 'yes' ? yesCents : 100 - yesCents, -countCenti)
    const yesPriceBps = yesCents * 100
    const type = 'trade-printed'
    this.play({ type, tradeId: 'flow', takerSide, yesPriceBps, countCenti }, 0)
  }

  request(changes: Partial<OrderRequest> = {}): OrderRequest {
    return {
      marketTicker: this.ticker,
      clientOrderId: `order-${++this.#orders}`,
      side: 'bid',
      countCenti: 1_000,
      yesPriceBps: 4_000,
      timeInForce: 'good_till_canceled',
      expirationUs: undefined,
      isPostOnly: false,
      selfTrade: 'taker_at_cross',
      cancelOnPause: false,
      isReduceOnly: false,
      groupId: undefined,
      exchangeIndex: undefined,
      ...changes,
    }
  }

  place(changes: Partial<OrderRequest> = {}, keyId = 'alice'): OrderResult {
    const result = this.exchange.place(this.account(keyId), this.request(changes))
    if (result instanceof Refusal) throw new Error(`${result.code}: ${result.message}`)
    return result
  }

  /** The code of the refusal, or '' when it was granted. */
  refused(changes: Partial<OrderRequest>, keyId = 'alice'): string {
    const result = this.exchange.place(this.account(keyId), this.request(changes))
    return result instanceof Refusal ? result.code : ''
  }

  cashMicros(keyId = 'alice', shard = 0): number {
    return this.account(keyId).shard(shard).cashMicros
  }

  position(keyId = 'alice', ticker = this.ticker): number {
    return this.account(keyId).holdings.get(ticker)?.signedCenti ?? 0
  }

  /** Bids by cents, best first. */
  bids(side: 'yes' | 'no'): [number, number][] {
    const { book } = this.exchange.state.market(this.ticker)!
    return book.levels(side).map(([bps, centi]) => [bps / 100, centi])
  }

  /** Cash, what is owed to open contracts, and fees: what was ever paid in. */
  totalMicros(): number {
    let total = this.exchange.feesMicros
    for (const account of this.exchange.accounts.values()) {
      for (const { cashMicros } of account.shards.values()) total += cashMicros
    }
    for (const market of this.exchange.markets.values()) {
      const longs = market.holdings.map(({ signedCenti }) => signedCenti)
      const open = [...longs, market.outsideSignedCenti].reduce((sum, n) => sum + Math.max(0, n), 0)
      total += market.outsideCashMicros + open * 10_000
    }
    return total
  }
}
