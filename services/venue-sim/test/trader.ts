import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { syntheticDay } from '@kwm/sim'
import type { VenueSource } from '@kwm/sim'
import { Client, openVenue, signedHeaders } from './harness.ts'
import type { Venue } from './harness.ts'

const API = '/trade-api/v2'
export const day = syntheticDay({ seed: 'orders', fromHour: 14, toHour: 15 }).source
/** The market whose outcome is most open: both sides are bid far from a cent. */
export const TICKER = mostOpen(day)

export type Answer = { readonly status: number; readonly body: Record<string, unknown> }

/** A member: a key of its own, signed REST calls, a private socket. */
export class Trader {
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly #privateKey: KeyObject
  #venue: Venue | undefined

  constructor(keyId: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    this.keyId = keyId
    this.publicKey = publicKey
    this.#privateKey = privateKey
  }

  join(venue: Venue): void {
    this.#venue = venue
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const { response } = await this.send(method, path, body)
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
    }
  }

  async send(method: string, path: string, body?: unknown): Promise<{ response: Response }> {
    const timestamp = String(Date.now())
    const text = Buffer.from(timestamp + method + API + path.split('?')[0]!)
    const headers = {
      'KALSHI-ACCESS-KEY': this.keyId,
      'KALSHI-ACCESS-TIMESTAMP': timestamp,
      'KALSHI-ACCESS-SIGNATURE': sign(null, text, this.#privateKey).toString('base64'),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const url = `http://127.0.0.1:${this.#venue!.server.port}${API}${path}`
    const init =
      body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    return { response: await fetch(url, init) }
  }

  place(changes: Record<string, unknown> = {}): Promise<Answer> {
    return this.call('POST', '/portfolio/events/orders', this.order(changes))
  }

  order(changes: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      ticker: TICKER,
      side: 'bid',
      count: '2.00',
      price: '0.0100',
      time_in_force: 'good_till_canceled',
      self_trade_prevention_type: 'taker_at_cross',
      ...changes,
    }
  }

  async listen(channels: readonly string[], market_tickers?: readonly string[]): Promise<Client> {
    const headers = signedHeaders(this.#privateKey, this.keyId)
    const client = new Client(this.#venue!.url, headers)
    await new Promise((resolve, reject) => {
      client.socket.once('open', resolve)
      client.socket.once('error', reject)
    })
    client.send({
      id: 1,
      cmd: 'subscribe',
      params: { channels, ...(market_tickers ? { market_tickers } : {}) },
    })
    await client.until(
      ({ texts }) => texts.filter((t) => t.includes('"subscribed"')).length === channels.length,
    )
    return client
  }
}

export async function openFor(
  traders: readonly Trader[],
  source: VenueSource = day,
  openingCashDollars = 1_000,
): Promise<Venue> {
  const keys = new Map(traders.map(({ keyId, publicKey }) => [keyId, publicKey]))
  const venue = await openVenue(source, { start: 'manual', openingCashDollars }, keys)
  for (const trader of traders) trader.join(venue)
  return venue
}

/** Best prices of a market as the public sees them, in whole cents of YES. */
export async function quotesOf(venue: Venue): Promise<{ bidCents: number; askCents: number }> {
  const { market } = (await venue.get(`${API}/markets/${TICKER}`)) as {
    market: { yes_bid_dollars: string; yes_ask_dollars: string }
  }
  const cents = (dollars: string): number => Math.round(Number(dollars) * 100)
  return { bidCents: cents(market.yes_bid_dollars), askCents: cents(market.yes_ask_dollars) }
}

export const dollarsOf = (cents: number): string => (cents / 100).toFixed(4)

function mostOpen(source: VenueSource): string {
  let found = { ticker: '', bps: 0 }
  for (const event of source.changes()) {
    if (event.type !== 'book-replaced' || event.timeUs > source.startTimeUs) break
    const best = (levels: readonly (readonly [number, number])[]): number =>
      Math.max(0, ...levels.map(([bps]) => bps))
    const bps = Math.min(best(event.yes), best(event.no))
    if (bps > found.bps) found = { ticker: event.marketTicker, bps }
  }
  return found.ticker
}
