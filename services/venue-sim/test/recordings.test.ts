import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadRecording } from '../src/load-source.ts'
import { Client, openVenue } from './harness.ts'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')
const FOLDER = join(DATA, 'kxbtc15m_ws')
const files = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => name.endsWith('.ndjson.gz'))
  : []
if (files.length === 0) console.warn(`no recordings in ${FOLDER}: set KWM_DATA_DIR to play them`)

type Frame = {
  readonly type: string
  readonly msg: Readonly<Record<string, unknown>>
}
type Levels = readonly (readonly [string, string])[]

/** The oracle: a book as a map of decimal texts, and a number that any difference in it changes. */
class NaiveBook {
  #levels = new Map<string, number>()
  /** After each frame about it. */
  readonly states: number[] = []

  take({ type, msg }: Frame): void {
    if (type === 'orderbook_snapshot') this.#replace(msg)
    else
      this.#add(
        `${msg['side'] as string}${msg['price_dollars'] as string}`,
        msg['delta_fp'] as string,
      )
    this.states.push(this.#fingerprint)
  }

  #fingerprint = 0

  #replace(msg: Frame['msg']): void {
    this.#levels = new Map()
    this.#fingerprint = 0
    for (const [price, count] of (msg['yes_dollars_fp'] as Levels | undefined) ?? [])
      this.#add(`yes${price}`, count)
    for (const [price, count] of (msg['no_dollars_fp'] as Levels | undefined) ?? [])
      this.#add(`no${price}`, count)
  }

  #add(level: string, count: string): void {
    const before = this.#levels.get(level) ?? 0
    const change = Math.round(Number(count) * 100)
    this.#levels.set(level, before + change)
    this.#fingerprint = (this.#fingerprint + weightOf(level) * change) % 4_503_599_627_370_449
  }
}

function weightOf(text: string): number {
  let hash = 2_166_136_261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  return 1 + ((hash >>> 0) % 65_521)
}

function booksOf(frames: Iterable<Frame>): ReadonlyMap<string, NaiveBook> {
  const books = new Map<string, NaiveBook>()
  for (const frame of frames) {
    if (!frame.type.startsWith('orderbook_')) continue
    const ticker = frame.msg['market_ticker'] as string
    let book = books.get(ticker)
    if (!book) books.set(ticker, (book = new NaiveBook()))
    book.take(frame)
  }
  return books
}

function* recorded(file: string): Generator<Frame> {
  for (const line of gunzipSync(readFileSync(file)).toString().split('\n')) {
    if (line !== '') yield (JSON.parse(line) as { frame: Frame }).frame
  }
}

test.skipIf(files.length === 0).each(files.length > 0 ? files : ['recordings'])(
  '%s, played and read back over a socket, makes the recorded books in the recorded order',
  async (name) => {
    const file = join(FOLDER, name)
    const source = await loadRecording(file, { warn: () => undefined })
    const venue = await openVenue(source, { speed: 5_000, start: 'on-subscribe' })
    try {
      const client = await Client.open(venue.url)
      const market_tickers = source.markets.map(({ ticker }) => ticker)
      client.send({
        id: 1,
        cmd: 'subscribe',
        params: { channels: ['orderbook_delta'], market_tickers },
      })
      await client.until(() => venue.sim.player.isFinished, 60_000)
      const { framesSent } = venue.sim.status()
      await client.until(({ texts }) => texts.length >= framesSent)
      const read = booksOf(client.messages)
      const expected = booksOf(recorded(file))

      let compared = 0
      for (const [ticker, { states }] of expected) {
        const seen = read.get(ticker)!.states
        let at = 0
        for (const state of states) {
          // A snapshot in the middle comes as the deltas that lead to it: states of their own.
          while (at < seen.length && seen[at] !== state) at++
          expect(at, `${ticker}: state ${compared} of the recording was shown`).toBeLessThan(
            seen.length,
          )
          compared++
        }
        const last = seen.at(-1)
        expect(last, `${ticker} ends as recorded`).toBe(states.at(-1))
      }
      expect(compared).toBeGreaterThan(10_000)
    } finally {
      await venue.close()
    }
  },
  120_000,
)
