import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { BtcRecordingReader, TopOfBookRecordingReader, feedFrames } from '../src/index.ts'
import type { VenueSource } from '../src/index.ts'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')
const BTC = join(DATA, 'kxbtc15m_ws/kxbtc15m_ws_20260513T1259Z.ndjson.gz')
const TOP = join(DATA, 'kxhighny_topbook/KXHIGHNY-25DEC06.csv.gz')

const linesOf = (file: string): string[] => gunzipSync(readFileSync(file)).toString().split('\n')

type Message = {
  type: string
  sid?: number
  seq?: number
  msg: Record<string, string> & {
    yes_dollars_fp?: [string, string][]
    no_dollars_fp?: [string, string][]
  }
}
type Book = Map<string, number>

/** The oracle: books as maps from the decimal text of a level to hundredths, from raw frames. */
function applyToBooks(books: Map<string, Book>, { type, msg }: Message): void {
  const ticker = msg['market_ticker']!
  const hundredths = (text: string): number => Math.round(Number(text) * 100)
  if (type === 'orderbook_snapshot') {
    const book: Book = new Map()
    for (const [price, count] of msg.yes_dollars_fp ?? [])
      book.set(`yes${price}`, hundredths(count))
    for (const [price, count] of msg.no_dollars_fp ?? []) book.set(`no${price}`, hundredths(count))
    books.set(ticker, book)
  }
  if (type === 'orderbook_delta') {
    const book = books.get(ticker)!
    const key = `${msg['side']}${msg['price_dollars']}`
    const count = (book.get(key) ?? 0) + hundredths(msg['delta_fp']!)
    if (count === 0) book.delete(key)
    else book.set(key, count)
  }
}

function booksOfFeed(source: VenueSource): Map<string, Book> {
  const books = new Map<string, Book>()
  const seqs = new Map<number, number>()
  for (const { frame } of feedFrames(source)) {
    const message = JSON.parse(frame) as Message
    if (message.seq !== undefined) {
      expect(message.seq).toBe((seqs.get(message.sid!) ?? 0) + 1)
      seqs.set(message.sid!, message.seq)
    }
    applyToBooks(books, message)
  }
  return books
}

test.skipIf(!existsSync(BTC))(
  `recorded BTC frames come out as the same books (needs ${BTC})`,
  () => {
    const lines = linesOf(BTC)
    const reader = new BtcRecordingReader()
    for (const line of lines) reader.push(line)
    const csv = readFileSync(join(DATA, 'kxbtc15m_ws/markets.csv'), 'utf8')
    const source = reader.source('test', csv)
    expect(source.skipped()).toEqual({})
    expect(source.markets.map(({ ticker }) => ticker)).toEqual([
      'KXBTC15M-26MAY130900-00',
      'KXBTC15M-26MAY130915-15',
      'KXBTC15M-26MAY130930-30',
    ])
    expect(source.markets[0]!.floorStrike).toBeGreaterThan(50_000)

    const wanted = new Map<string, Book>()
    for (const line of lines) {
      if (line !== '') applyToBooks(wanted, (JSON.parse(line) as { frame: Message }).frame)
    }
    expect(booksOfFeed(source)).toEqual(wanted)
  },
)

test.skipIf(!existsSync(TOP))(
  `recorded top-of-book rows come out as the same best prices (needs ${TOP})`,
  () => {
    const lines = linesOf(TOP)
    const reader = new TopOfBookRecordingReader()
    for (const line of lines) reader.push(line)
    const source = reader.source('test', [
      {
        ticker: 'KXHIGHNY-25DEC06-B43.5',
        result: 'yes',
        officialHighF: null,
        openTimeUs: null,
        closeTimeUs: null,
      },
    ])
    expect(source.skipped()).toEqual({ 'locked or crossed': 1 })
    expect(source.markets.map((m) => [m.strikeType, m.floorStrike, m.capStrike])).toEqual([
      ['less', null, 39],
      ['between', 39, 40],
      ['between', 41, 42],
      ['between', 43, 44],
      ['between', 45, 46],
      ['greater', 46, null],
    ])
    // 07:01:30.534544 in Pacific standard time.
    expect(source.startTimeUs).toBe(Date.UTC(2025, 11, 5, 15, 1, 30) * 1_000 + 534_544)
    expect(source.markets[0]!.closeTimeUs).toBe(Date.UTC(2025, 11, 7, 5) * 1_000)
    expect(source.markets[0]!.title).not.toMatch(/SYNTHETIC/)
    booksOfFeed(source) // Checks the sequence.
    const feedTops: string[] = []
    const live = new Map<string, Book>()
    let last = ''
    for (const { frame } of feedFrames(source)) {
      const message = JSON.parse(frame) as Message
      if (!message.type.startsWith('orderbook')) continue
      applyToBooks(live, message)
      const ticker = message.msg['market_ticker']!
      last = `${ticker} ${[...live.get(ticker)!.keys()].sort().toReversed().join(' ')}`
      feedTops.push(last)
    }
    const seen = new Set(feedTops)
    for (const line of lines.slice(1).filter((_, index) => index % 50 === 0)) {
      const [, ticker, yes, no] = line.split(',')
      if (!ticker || Number(yes) + Number(no) >= 100) continue
      const sides = [
        Number(yes) > 0 ? `yes0.${yes!.padStart(2, '0')}00` : '',
        Number(no) > 0 ? `no0.${no!.padStart(2, '0')}00` : '',
      ]
      expect(seen).toContain(`${ticker} ${sides.filter((text) => text !== '').join(' ')}`)
    }
  },
)

const frameLine = (recvUs: number, frame: unknown): string =>
  JSON.stringify({ recv_us: recvUs, conn: 'c', frame })

test('lines that cannot be used are counted with a reason, and the rest is played', () => {
  const reader = new BtcRecordingReader()
  const market_ticker = 'KXBTC15M-26MAY130900-00'
  const delta = (seq: number, price_dollars: string, delta_fp: string, side = 'yes'): string => {
    const msg = { market_ticker, side, price_dollars, delta_fp, ts_ms: 5 }
    return frameLine(seq, { type: 'orderbook_delta', sid: 1, seq, msg })
  }
  const snapshot = { market_ticker, yes_dollars_fp: [['0.100', '2.50']] }
  const lines = [
    delta(1, '0.1000', '1.00'),
    '{"recv_us":',
    '[]',
    'null',
    '{"recv_us":1.5,"frame":{}}',
    frameLine(2, { type: 'subscribed', msg: { market_ticker } }),
    frameLine(2, { type: 'ticker', sid: 2, msg: {} }),
    frameLine(2, { type: 'ticker', sid: 2, msg: { market_ticker, price_dollars: 'x' } }),
    frameLine(3, { type: 'orderbook_snapshot', sid: 1, seq: 2, msg: { ...snapshot } }),
    frameLine(3, {
      type: 'orderbook_snapshot',
      sid: 1,
      seq: 3,
      msg: { market_ticker, no_dollars_fp: [['0.1', '-1.00']] },
    }),
    delta(4, '0.1000', '-2.00'),
    delta(4, '0.1000', '-2.00'),
    delta(5, '0.1000', '-1.00'),
    delta(6, '1.0000', '1.00'),
    delta(7, '0.1000', '0.001'),
    delta(8, '0.1000', '0.00'),
    delta(9, '0.2000', '0.01', 'maybe'),
  ]
  for (const line of lines) reader.push(line)
  const source = reader.source('faults')
  expect(source.skipped()).toEqual({
    'delta before a snapshot': 1,
    'not JSON': 1,
    'not a frame': 3,
    'frame type subscribed': 1,
    'no market': 1,
    'ticker with a bad price': 1,
    'snapshot with a bad level': 1,
    'repeated sequence': 1,
    'delta below zero': 1,
    'delta with a bad level': 2,
    'delta with a bad count': 2,
  })
  expect(booksOfFeed(source)).toEqual(new Map([[market_ticker, new Map([['yes0.1000', 50]])]]))

  const top = new TopOfBookRecordingReader()
  const rows = ['x', '2025-12-05T07:01:30.5,KX-25DEC06-B43.5,1,2', '2025-13-05T07:01:30,a,1,2,3,4']
  rows.push('2025-12-05T07:01:30,KX-25DEC06,1,2,3,4', '2025-12-05T07:01:30,KX-1-T3,1,102,3,4')
  for (const row of rows) top.push(row)
  const counts = { 'not a row': 3, 'not a bracket': 1, 'bad price': 1 }
  expect(top.source('faults').skipped()).toEqual(counts)
})
