import { describe, expect, test } from 'vitest'
import { decodeFrame } from '../src/index.ts'
import { bytesOf, frames } from './frames.ts'

const decode = (frame: unknown) => decodeFrame(bytesOf(frame))
const refusal = (frame: unknown): string => {
  const decoded = decode(frame)
  return decoded.kind === 'refused' ? `${decoded.reason} ${decoded.field}` : decoded.kind
}
const withMsg = (frame: { msg: object }, change: object) => ({
  ...frame,
  msg: { ...frame.msg, ...change },
})
const without = (frame: { msg: object }, field: string) => ({
  ...frame,
  msg: Object.fromEntries(Object.entries(frame.msg).filter(([name]) => name !== field)),
})

const MARKET = 'KXHIGHNY-26NOV20-B48.5'
const VENUE_TIME_US = 1_795_207_441_000_000

describe('frames in our units', () => {
  test('a book delta', () => {
    expect(decode(frames.delta)).toEqual({
      kind: 'book-delta',
      sid: 2,
      seq: 3,
      marketTicker: MARKET,
      venueTimeUs: VENUE_TIME_US,
      side: 'yes',
      priceBps: 9_600,
      countDeltaCenti: -5_400,
    })
  })

  test('a book snapshot, with one side, and with none', () => {
    expect(decode(frames.snapshot)).toEqual({
      kind: 'book-snapshot',
      sid: 2,
      seq: 2,
      marketTicker: MARKET,
      venueTimeUs: null,
      yes: [
        [800, 30_000],
        [2_200, 33_307],
      ],
      no: [[5_400, 2_000]],
    })
    const empty = without(without(frames.snapshot, 'yes_dollars_fp'), 'no_dollars_fp')
    expect(decode(empty)).toMatchObject({ kind: 'book-snapshot', yes: [], no: [] })
  })

  test('a trade: the outcome side counts, the older taker_side stands in', () => {
    expect(decode(frames.trade)).toMatchObject({
      kind: 'trade',
      seq: 5,
      yesPriceBps: 3_600,
      countCenti: 13_650,
      takerSide: 'no',
      isBlock: false,
      venueTimeUs: VENUE_TIME_US,
    })
    expect(decode(without(frames.trade, 'taker_outcome_side'))).toMatchObject({ takerSide: 'no' })
    expect(decode(without(frames.trade, 'is_block_trade'))).toMatchObject({ isBlock: false })
  })

  test('a ticker: no seq, empty sides at 0 and 1, no last price before the first trade', () => {
    expect(decode(frames.ticker)).toMatchObject({ kind: 'ticker', seq: null, lastPriceBps: 4_800 })
    const quiet = withMsg(frames.ticker, {
      price_dollars: '0.0000',
      yes_bid_dollars: '0.0000',
      yes_ask_dollars: '1.0000',
    })
    expect(decode(quiet)).toMatchObject({ lastPriceBps: null, yesBidBps: 0, yesAskBps: 10_000 })
  })

  test('the life of markets and events', () => {
    expect(decode(frames.determined)).toMatchObject({
      kind: 'market-lifecycle',
      eventType: 'determined',
      result: 'yes',
      settlementValueBps: 10_000,
    })
    expect(decode(frames.created)).toMatchObject({ closeTimeUs: 1_795_300_000_000_000 })
    expect(decode(frames.ranges)).toMatchObject({
      priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 10 }],
    })
    expect(decode(frames.eventLifecycle)).toMatchObject({ eventTicker: 'KXHIGHNY-26NOV21' })
    expect(decode(frames.eventFee)).toMatchObject({ feeType: 'quadratic', feeMultiplierMilli: 500 })
    const ended = withMsg(frames.eventFee, {
      fee_type_override: null,
      fee_multiplier_override: null,
    })
    expect(decode(ended)).toMatchObject({ feeType: null, feeMultiplierMilli: null })
  })

  test('answers to commands; overflow and channel errors end the sid', () => {
    expect(decode(frames.subscribed)).toMatchObject({ kind: 'subscribed', commandId: 1, sid: 2 })
    expect(decode(frames.unsubscribed)).toMatchObject({ kind: 'unsubscribed', sid: 2, seq: 7 })
    expect(decode(frames.ok)).toMatchObject({ kind: 'ok', commandId: 123, sid: 2, seq: 222 })
    expect(decode(frames.okList)).toMatchObject({ kind: 'ok', sid: null, seq: null })
    expect(decode(frames.error)).toMatchObject({ code: 9, isTerminal: false, sid: null })
    for (let code = 1; code <= 28; code++) {
      expect(decode(withMsg(frames.terminal, { code }))).toMatchObject({
        kind: 'error',
        isTerminal: code === 10 || code === 25,
      })
    }
  })

  test('fields that are known and of no use to us are tolerated', () => {
    for (const frame of Object.values(frames)) {
      expect(decode({ ...frame, sending_ts_ms: 1_795_207_441_001 }).kind).not.toBe('refused')
    }
    const own = { price_cents: 96, client_order_id: 'abc', subaccount: 3 }
    expect(decode(withMsg(frames.delta, own)).kind).toBe('book-delta')
  })
})

describe('refusals', () => {
  test.each([
    ['', 'not-json '],
    ['{"type":', 'not-json '],
    ['[]', 'not-object '],
    ['null', 'not-object '],
    ['{}', 'missing-field type'],
    ['{"type":"mystery","sid":1,"msg":{}}', 'unknown-type type'],
    ['{"type":7}', 'unknown-type type'],
  ])('%s', (text, expected) => {
    expect(refusal(text)).toBe(expected)
  })

  test('bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff]), Buffer.from('"}')])
    expect(decodeFrame(bytes)).toMatchObject({ kind: 'refused', reason: 'not-utf8' })
    expect(refusal('{"type":"\uFFFD"}')).toBe('unknown-type type')
  })

  test('a field we do not know is never dropped, at the top or inside', () => {
    for (const frame of Object.values(frames)) {
      expect(refusal({ ...frame, surprise: 1 })).toBe('unknown-field surprise')
      if ('msg' in frame && !Array.isArray(frame.msg)) {
        expect(refusal(withMsg(frame as never, { surprise: 1 }))).toBe('unknown-field surprise')
      }
    }
    expect(refusal('{"type":"ok","__proto__":{"a":1}}')).toBe('unknown-field __proto__')
  })

  test('a refusal says where it came from', () => {
    expect(decode(withMsg(frames.delta, { surprise: 1 }))).toMatchObject({
      sid: 2,
      seq: 3,
      marketTicker: MARKET,
    })
  })

  test.each([
    ['0', 'off-range'],
    ['1.0000', 'off-range'],
    ['-0.5', 'off-range'],
    ['1.5', 'off-range'],
    ['0.96005', 'bad-price'],
    ['', 'bad-price'],
    ['.', 'bad-price'],
    ['0,5', 'bad-price'],
    ['5e-1', 'bad-price'],
    [0.5, 'bad-price'],
    [null, 'bad-price'],
  ])('a price of %j is %s', (price, reason) => {
    expect(refusal(withMsg(frames.delta, { price_dollars: price }))).toBe(`${reason} price_dollars`)
    const snapshot = withMsg(frames.snapshot, { no_dollars_fp: [[price, '1.00']] })
    expect(refusal(snapshot)).toBe(`${reason} no_dollars_fp`)
    const trade = withMsg(frames.trade, { yes_price_dollars: price })
    expect(refusal(trade)).toBe(`${reason} yes_price_dollars`)
  })

  test.each([['0.960000'], ['.96'], ['0.96'], ['00.9600']])('%s is the same price', (price) => {
    expect(decode(withMsg(frames.delta, { price_dollars: price }))).toMatchObject({
      priceBps: 9_600,
    })
  })

  test.each([['1.005'], ['x'], [5], [null], ['1'.repeat(20)]])('a count of %j is bad', (count) => {
    expect(refusal(withMsg(frames.delta, { delta_fp: count }))).toBe('bad-count delta_fp')
    expect(refusal(withMsg(frames.trade, { count_fp: count }))).toBe('bad-count count_fp')
  })

  test('what must be there is there', () => {
    for (const field of ['market_ticker', 'price_dollars', 'delta_fp']) {
      expect(refusal(without(frames.delta, field))).toBe(`missing-field ${field}`)
    }
    expect(refusal({ ...frames.delta, seq: undefined })).toBe('missing-field seq')
    expect(refusal({ ...frames.delta, sid: -1 })).toBe('missing-field sid')
    expect(refusal(without(frames.delta, 'side'))).toBe('bad-field side')
    expect(refusal(without(frames.trade, 'trade_id'))).toBe('missing-field trade_id')
    expect(refusal(withMsg(frames.delta, { ts_ms: 1e300 }))).toBe('bad-time ts_ms')
  })
})
