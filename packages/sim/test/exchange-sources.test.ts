import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import type { VenueEvent, VenueSource } from '../src/index.ts'
import {
  BtcRecordingReader,
  Exchange,
  TopOfBookRecordingReader,
  VenueState,
  syntheticDay,
} from '../src/index.ts'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')
const BTC = join(DATA, 'kxbtc15m_ws/kxbtc15m_ws_20260514T130107Z.ndjson.gz')
const TOP = join(DATA, 'kxhighny_topbook/KXHIGHNY-25DEC12.csv.gz')
const OPENING_MICROS = 1_000_000_000
const PLAYED_MAX = 60_000

function open(source: VenueSource, published: (event: VenueEvent) => void): Exchange {
  const state = new VenueState(source.markets, source.startTimeUs)
  const options = { seed: '1', series: source.series, openingCashMicros: OPENING_MICROS }
  return new Exchange(state, options, { published, told: () => undefined })
}

/** Members quote and take at random around what the source shows. Returns the fills. */
function trade(source: VenueSource): number {
  const exchange = open(source, () => undefined)
  const accounts = ['alice', 'bob'].map((keyId) => exchange.account(keyId))
  const prng = new Prng(11)
  const tickers = source.markets.map(({ ticker }) => ticker)
  let played = 0
  for (const event of source.changes()) {
    exchange.play(event)
    if (++played >= PLAYED_MAX) break
    if (prng.nextInt(20) > 0) continue
    const account = accounts[prng.nextInt(2)]!
    const marketTicker = tickers[prng.nextInt(tickers.length)]!
    const { book } = exchange.state.market(marketTicker)!
    const aroundBps = prng.nextInt(2) === 0 ? book.bestYesBidBps : book.bestYesAskBps
    exchange.place(account, {
      ...{ marketTicker, clientOrderId: '', side: prng.nextInt(2) === 0 ? 'bid' : 'ask' },
      countCenti: 1 + prng.nextInt(500),
      yesPriceBps: aroundBps + (prng.nextInt(5) - 2) * 100,
      timeInForce: 'good_till_canceled',
      expirationUs: exchange.nowUs + 60_000_000,
      ...{ isPostOnly: false, selfTrade: 'maker', cancelOnPause: false, isReduceOnly: false },
      ...{ groupId: undefined, exchangeIndex: undefined },
    })
  }
  expect(exchange.inconsistentChanges + exchange.state.inconsistentChanges).toBe(0)
  let total = exchange.feesMicros
  for (const market of exchange.markets.values()) {
    total += market.outsideCashMicros + market.openCenti * 10_000
    for (const side of ['yes', 'no'] as const) {
      const { removal } = market
      const shown = new Map(market.book.levels(side))
      if (removal?.side === side) {
        const left = shown.get(removal.priceBps)! - removal.countCenti
        if (left > 0) shown.set(removal.priceBps, left)
        else shown.delete(removal.priceBps)
      }
      expect(market.state.book.levels(side)).toEqual([...shown])
    }
  }
  for (const account of accounts) total += account.shard(0).cashMicros
  expect(total).toBe(2 * OPENING_MICROS)
  return accounts.reduce((sum, { fills }) => sum + fills.size, 0)
}

async function read(file: string, push: (line: string) => void): Promise<void> {
  for await (const line of createInterface({
    input: createReadStream(file).pipe(createGunzip()),
  })) {
    push(line)
  }
}

describe('without orders', () => {
  test('an exchange publishes what the source says, unchanged', () => {
    const { source } = syntheticDay({ seed: 'plain', fromHour: 13, toHour: 15 })
    const state = new VenueState(source.markets, source.startTimeUs)
    const published: VenueEvent[] = []
    const exchange = open(source, (event) => published.push(event))
    const expected: VenueEvent[] = []
    for (const event of source.changes()) {
      expected.push(...state.apply(event))
      exchange.play(event)
    }
    expect(published.length).toBeGreaterThan(1_000)
    expect(published).toEqual(expected)
  })
})

describe('money and books hold with orders', () => {
  test('in a synthetic day', () => {
    const { source } = syntheticDay({ seed: 'traded', fromHour: 10, toHour: 16 })
    expect(trade(source)).toBeGreaterThan(300)
  })

  test.skipIf(!existsSync(BTC))(`in recorded frames (needs ${BTC})`, async () => {
    const reader = new BtcRecordingReader()
    await read(BTC, (line) => reader.push(line))
    expect(trade(reader.source('btc', ''))).toBeGreaterThan(300)
  })

  test.skipIf(!existsSync(TOP))(`in recorded best prices (needs ${TOP})`, async () => {
    const reader = new TopOfBookRecordingReader()
    await read(TOP, (line) => reader.push(line))
    expect(trade(reader.source('top'))).toBeGreaterThan(300)
  })
})
