import { constants, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createRegistry } from '@kwm/adapter-telemetry'
import type { VenueSource } from '@kwm/sim'
import { WebSocket } from 'ws'
import { createMetrics } from '../src/metrics.ts'
import { serve } from '../src/server.ts'
import type { Server } from '../src/server.ts'
import { VenueSim } from '../src/service.ts'
import type { VenueSimOptions } from '../src/service.ts'

export const KEY_ID = 'test-key'
const pair = generateKeyPairSync('ed25519')

export type Message = {
  type: string
  id?: number
  sid?: number
  seq?: number
  msg: Record<string, unknown> & {
    market_ticker?: string
    yes_dollars_fp?: [string, string][]
    no_dollars_fp?: [string, string][]
  }
}

export type Venue = {
  readonly sim: VenueSim
  readonly server: Server
  readonly url: string
  get(path: string): Promise<unknown>
  post(path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  close(): Promise<void>
}

const silent = { info: () => undefined, warn: () => undefined }

export async function openVenue(
  source: VenueSource,
  options: Partial<VenueSimOptions> = {},
  keys: ReadonlyMap<string, KeyObject> = new Map([[KEY_ID, pair.publicKey]]),
): Promise<Venue> {
  const registry = createRegistry('venue-sim')
  const metrics = createMetrics(registry)
  const sim = new VenueSim(
    source,
    { speed: 5_000, start: 'manual', tier: 'unlimited', ...options },
    { log: silent, metrics, nowMs: () => performance.now() },
  )
  const server = await serve(sim, { host: '127.0.0.1', port: 0, keys, registry, metrics })
  const base = `http://127.0.0.1:${server.port}`
  return {
    sim,
    server,
    url: `ws://127.0.0.1:${server.port}/trade-api/ws/v2`,
    get: async (path) => (await fetch(base + path)).json(),
    post: async (path, body = {}) => {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      const response = await fetch(base + path, init)
      return { status: response.status, body: await response.json() }
    },
    close: async () => {
      sim.close()
      await server.close()
    },
  }
}

export function signedHeaders(
  key: KeyObject = pair.privateKey,
  keyId = KEY_ID,
  timestampMs = Date.now(),
): Record<string, string> {
  const text = Buffer.from(`${timestampMs}GET/trade-api/ws/v2`)
  const signature =
    key.asymmetricKeyType === 'rsa'
      ? sign('sha256', text, {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        })
      : sign(null, text, key)
  return {
    'KALSHI-ACCESS-KEY': keyId,
    'KALSHI-ACCESS-TIMESTAMP': String(timestampMs),
    'KALSHI-ACCESS-SIGNATURE': signature.toString('base64'),
  }
}

/** A raw client: it keeps every text it was sent, in order. */
export class Client {
  readonly texts: string[] = []
  readonly socket: WebSocket
  closeCode: number | undefined
  #changed: () => void = () => undefined

  constructor(url: string, headers = signedHeaders()) {
    this.socket = new WebSocket(url, { headers })
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data) => {
      this.texts.push((data as Buffer).toString())
      this.#changed()
    })
    this.socket.on('close', (code) => {
      this.closeCode = code
      this.#changed()
    })
  }

  static async open(url: string): Promise<Client> {
    const client = new Client(url)
    await new Promise((resolve, reject) => {
      client.socket.once('open', resolve)
      client.socket.once('error', reject)
    })
    return client
  }

  send(command: unknown): void {
    this.socket.send(typeof command === 'string' ? command : JSON.stringify(command))
  }

  get messages(): Message[] {
    return this.texts.map((text) => JSON.parse(text) as Message)
  }

  async until(isDone: (client: this) => boolean, timeoutMs = 50_000): Promise<void> {
    const deadline = performance.now() + timeoutMs
    while (!isDone(this)) {
      if (performance.now() > deadline) {
        throw new Error(`timed out; last frames: ${this.texts.slice(-3).join(' | ')}`)
      }
      await new Promise<void>((resolve) => {
        this.#changed = resolve
        setTimeout(resolve, 50)
      })
    }
  }

  /** Sends a command and waits for the answer that bears its id. */
  async ask(command: { readonly id: number } & Record<string, unknown>): Promise<Message> {
    const from = this.texts.length
    const find = (): string | undefined =>
      this.texts.slice(from).find((text) => text.includes(`"id":${command.id},`))
    this.send(command)
    await this.until(() => find() !== undefined)
    return JSON.parse(find()!) as Message
  }
}

/** Books as a map from side and price text to hundredths, rebuilt from frames alone. */
export class ClientBooks {
  readonly books = new Map<string, Map<string, number>>()
  readonly seqs = new Map<number, number>()

  apply(message: Message): void {
    const { type, sid, seq, msg } = message
    if (seq !== undefined) {
      const last = this.seqs.get(sid!) ?? 0
      if (seq !== last + 1) throw new Error(`sid ${sid}: ${last} then ${seq}`)
      this.seqs.set(sid!, seq)
    }
    const ticker = msg?.market_ticker
    if (ticker === undefined) return
    if (type === 'orderbook_snapshot') this.books.set(ticker, bookOf(msg))
    if (type === 'orderbook_delta') {
      const book = this.books.get(ticker)!
      const key = `${String(msg['side'])} ${String(msg['price_dollars'])}`
      const count = (book.get(key) ?? 0) + hundredths(String(msg['delta_fp']))
      if (count < 0) throw new Error(`${ticker} ${key} below zero`)
      if (count === 0) book.delete(key)
      else book.set(key, count)
    }
  }
}

export function bookOf(msg: Message['msg']): Map<string, number> {
  const book = new Map<string, number>()
  for (const [price, count] of msg.yes_dollars_fp ?? []) book.set(`yes ${price}`, hundredths(count))
  for (const [price, count] of msg.no_dollars_fp ?? []) book.set(`no ${price}`, hundredths(count))
  return book
}

export function restBook(answer: unknown): Map<string, number> {
  const { orderbook_fp: book } = answer as {
    orderbook_fp: { yes_dollars: [string, string][]; no_dollars: [string, string][] }
  }
  return bookOf({ yes_dollars_fp: book.yes_dollars, no_dollars_fp: book.no_dollars })
}

const hundredths = (text: string): number => Math.round(Number(text) * 100)
