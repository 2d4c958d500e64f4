import { VenueRequestError } from '@kwm/adapter-kalshi'
import type { VenueBook } from '@kwm/adapter-kalshi'
import type { Clock } from '@kwm/runtime'
import { expect, test } from 'vitest'
import { KeylessSocket } from '../src/keyless-socket.ts'

const SECOND_US = 1_000_000
const START_US = 1_795_000_000_000_000
const refused = (status: number) =>
  new VenueRequestError({
    ...{ method: 'GET', path: '/markets', status, message: 'no' },
    ...{ fault: status === 429 ? 'throttled' : 'unavailable', isSent: true },
  })

type Said = { readonly atMs: number; readonly text: string }

/** Polls a venue of equal books for so many seconds of a clock that passes when slept on. */
async function poll(options: {
  readonly markets: number
  readonly seconds: number
  readonly tokensPerSecond?: number
  readonly batchStatus?: number
  /** Of the n-th read of a book, at so many ms. */
  readonly book?: (atMs: number) => VenueBook
}) {
  let nowUs = START_US
  const ms = (): number => (nowUs - START_US) / 1_000
  const reads = { batch: 0, single: 0 }
  const singlesAtMs: number[] = []
  const said: Said[] = []
  const stop = new AbortController()
  const clock: Clock = {
    nowUs: () => nowUs,
    sleep: async (wait) => {
      nowUs += Math.max(1, wait) * 1_000
      if (nowUs >= START_US + options.seconds * SECOND_US) stop.abort()
    },
  }
  const book = options.book ?? (() => ({ yes: [[4_000, 1_000]], no: [] }))
  const say = (text: string): void => void said.push({ atMs: ms(), text })
  const tickers = Array.from({ length: options.markets }, (_, n) => `M${n}`)
  const socket = new KeylessSocket({
    clock,
    idPrefix: 'main-x',
    tokensPerSecond: options.tokensPerSecond ?? 100,
    onPoll: () => undefined,
    rest: {
      orderbook: async () => {
        reads.single++
        singlesAtMs.push(ms())
        return book(ms())
      },
      orderbooks: async (asked) => {
        reads.batch++
        if (options.batchStatus !== undefined) throw refused(options.batchStatus)
        return new Map(asked.map((ticker) => [ticker, book(ms())]))
      },
    },
    callbacks: {
      onOpen: (id) => {
        say(`open ${id}`)
        socket.send({ kind: 'subscribe', channel: 'orderbook_delta', marketTickers: tickers })
      },
      onFrame: (bytes) => say(Buffer.from(bytes).toString()),
      onClose: (reason) => say(`close ${reason}`),
    },
  })
  await socket.run(stop.signal)
  return { said, reads, singlesAtMs, texts: said.map(({ text }) => text) }
}

test('a batch a second carries a hundred books, whatever the budget allows', async () => {
  const { reads, texts } = await poll({ markets: 100, seconds: 20, tokensPerSecond: 10_000 })
  expect(reads.single).toBe(0)
  expect(reads.batch).toBeGreaterThanOrEqual(17)
  expect(reads.batch).toBeLessThanOrEqual(20)
  expect(texts[0]).toBe('open main-x-1')
  expect(JSON.parse(texts[1]!)).toEqual({
    id: 1,
    type: 'subscribed',
    msg: { channel: 'orderbook_delta', sid: 1 },
  })
})

test('without batches every read is within the budget: 10 tokens each of 100 a second', async () => {
  const { reads, singlesAtMs } = await poll({ markets: 30, seconds: 60, batchStatus: 401 })
  expect(reads.batch).toBe(1)
  expect(reads.single).toBeLessThanOrEqual(600)
  expect(reads.single).toBeGreaterThan(500)
  // Evenly: no second of it spends more than a second's tokens.
  const busiest = singlesAtMs.map(
    (fromMs) => singlesAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 999).length,
  )
  expect(Math.max(...busiest)).toBeLessThanOrEqual(11)
})

test('frames are numbered without holes; a book is said when it changed, else every 10 s', async () => {
  const book = (atMs: number): VenueBook => ({
    yes: [[atMs < 5_000 ? 4_000 : 4_105, 1_050]],
    no: [],
  })
  const { said } = await poll({ markets: 1, seconds: 31, book })
  const frames = said
    .filter(({ text }) => text.includes('orderbook_snapshot'))
    .map(({ atMs, text }) => ({ atMs, ...(JSON.parse(text) as { seq: number; msg: object }) }))
  expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, n) => n + 1))
  expect(frames).toHaveLength(4)
  expect(frames[1]!.atMs).toBeLessThan(6_500)
  expect(frames[1]!.msg).toEqual({
    market_ticker: 'M0',
    yes_dollars_fp: [['0.4105', '10.50']],
    no_dollars_fp: [],
  })
})

test('REST that is away for 25 s closes the line; when it answers the line is open again', async () => {
  const book = (atMs: number): VenueBook => {
    if (atMs > 5_000 && atMs < 60_000) throw refused(503)
    return { yes: [], no: [] }
  }
  const { said, texts } = await poll({ markets: 1, seconds: 90, book })
  const closed = said.find(({ text }) => text.startsWith('close'))!
  expect(closed.atMs).toBeGreaterThan(29_000)
  expect(closed.atMs).toBeLessThan(40_000)
  expect(texts.filter((text) => text.startsWith('open')).length).toBeGreaterThan(1)
  expect(texts.at(-2)).toContain('orderbook_snapshot')
  expect(texts.at(-1)).toBe('close stopping')
})
