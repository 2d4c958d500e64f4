import { assert } from '@kwm/std'
import type { Metrics } from '../metrics.ts'

const CLIENTS_MAX = 32
const INTERVAL_MS = 100
const HEARTBEAT_MS = 10_000
const STALL_MAX_MS = 30_000

/** How far a page is: what it has of the tape, of the health table, and before what was forgotten. */
export type Cursor = { readonly seq: number; readonly health: number; readonly epoch: number }

export type UpdateSource = {
  cursor(): Cursor
  /** What changed since, as JSON. */
  updateSince(cursor: Cursor): string
}

/** The writing end of one page's stream. */
export type Sink = {
  write(text: string): boolean
  onDrain(listener: () => void): void
  destroy(): void
}

type Client = { readonly sink: Sink; cursor: Cursor; blockedSinceMs: number | null }

const START: Cursor = { seq: 0, health: -1, epoch: 0 }

/**
 * Sends pages what changed, at most ten times a second. Nothing is queued for a page: while it does
 * not read it is passed over, and the next update covers all it missed.
 */
export class UpdateHub {
  readonly #clients = new Set<Client>()
  readonly #source: UpdateSource
  readonly #metrics: Metrics
  readonly #heartbeat: NodeJS.Timeout
  #flushTimer: NodeJS.Timeout | undefined
  #lastFlushMs = Number.NEGATIVE_INFINITY

  constructor(source: UpdateSource, metrics: Metrics) {
    this.#source = source
    this.#metrics = metrics
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
    this.#heartbeat.unref()
  }

  get isFull(): boolean {
    return this.#clients.size >= CLIENTS_MAX
  }

  /** Adds a page and sends it everything. Returns how to remove it. */
  add(sink: Sink): () => void {
    assert(!this.isFull, 'too many pages')
    const client: Client = { sink, cursor: START, blockedSinceMs: null }
    sink.onDrain(() => {
      client.blockedSinceMs = null
      this.notify()
    })
    this.#clients.add(client)
    this.#metrics.streamClients.set(this.#clients.size)
    this.#send(client, 'retry: 1000\n\n')
    this.notify()
    return () => this.#remove(client)
  }

  /** Something changed. */
  notify(): void {
    if (this.#flushTimer || this.#clients.size === 0) return
    const waitMs = Math.max(0, this.#lastFlushMs + INTERVAL_MS - performance.now())
    this.#flushTimer = setTimeout(() => this.#flush(), waitMs)
  }

  close(): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#flushTimer)
    for (const client of this.#clients) client.sink.destroy()
    this.#clients.clear()
  }

  #flush(): void {
    this.#flushTimer = undefined
    this.#lastFlushMs = performance.now()
    const now = this.#source.cursor()
    const texts = new Map<string, string>() // Pages that are equally far share one update.
    for (const client of this.#clients) {
      if (client.blockedSinceMs !== null) continue
      const { seq, health, epoch } = client.cursor
      if (seq === now.seq && health === now.health && epoch === now.epoch && seq > 0) continue
      const from = epoch === now.epoch ? client.cursor : START
      const key = `${from.seq} ${from.health}`
      const text = texts.get(key) ?? this.#source.updateSince(from)
      texts.set(key, text)
      client.cursor = now
      this.#metrics.streamUpdatesTotal.inc()
      this.#send(client, `data: ${text}\n\n`)
    }
  }

  #send(client: Client, text: string): void {
    if (!client.sink.write(text)) client.blockedSinceMs ??= performance.now()
  }

  #beat(): void {
    for (const client of this.#clients) {
      if (client.blockedSinceMs === null) this.#send(client, 'event: beat\ndata:\n\n')
      else if (performance.now() - client.blockedSinceMs > STALL_MAX_MS) {
        this.#metrics.streamStalledTotal.inc()
        client.sink.destroy()
        this.#remove(client)
      }
    }
  }

  #remove(client: Client): void {
    this.#clients.delete(client)
    this.#metrics.streamClients.set(this.#clients.size)
  }
}
