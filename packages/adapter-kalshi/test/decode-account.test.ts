import { describe, expect, test } from 'vitest'
import { decodeFrame } from '../src/index.ts'
import { accountFrames as frames } from './account-frames.ts'
import { bytesOf } from './frames.ts'

const decode = (frame: unknown) => decodeFrame(bytesOf(frame))
const withMsg = (frame: { msg: object }, change: object) => ({
  ...frame,
  msg: { ...frame.msg, ...change },
})
const refusal = (frame: unknown): string => {
  const decoded = decode(frame)
  return decoded.kind === 'refused' ? `${decoded.reason} ${decoded.field}` : decoded.kind
}

describe('frames of the account', () => {
  test('a fill: fee and position to the last digit, the canonical side', () => {
    expect(decode(frames.fill)).toEqual({
      kind: 'fill',
      sid: 13,
      seq: null,
      venueTimeUs: 1_795_207_441_000_000,
      tradeId: 'a91bc706-ee49-470d-82d8-11418bda6fed',
      orderId: 'ee587a1c-8b87-4dcf-b721-9f6f790619fa',
      clientOrderId: 'kwm-1',
      marketTicker: 'KXHIGHNY-26NOV20-B48.5',
      exchangeIndex: 0,
      isTaker: true,
      outcomeSide: 'no',
      yesPriceBps: 7_500,
      countCenti: 27_825,
      feeMicros: 10_001,
      postPositionCenti: -50_000,
      subaccount: 3,
    })
  })

  test('an order, a position, an order group', () => {
    expect(decode(frames.userOrder)).toMatchObject({
      kind: 'user-order',
      seq: null,
      exchangeIndex: 2,
      status: 'resting',
      yesPriceBps: 3_500,
      fillCenti: 150,
      remainingCenti: 850,
      initialCenti: 1_000,
      feesMicros: 23_901,
      expirationTimeUs: 1_795_211_041_000_000,
    })
    expect(decode(frames.position)).toEqual({
      kind: 'position',
      sid: 14,
      seq: null,
      marketTicker: 'KXHIGHNY-26NOV20-B48.5',
      positionCenti: -10_000,
      costMicros: 50_000_000,
      realizedPnlMicros: -10_000_100,
      feesPaidMicros: 1_000_000,
    })
    expect(decode(frames.orderGroup)).toMatchObject({
      kind: 'order-group',
      seq: 7,
      eventType: 'limit_updated',
      limitCenti: 15_000,
    })
  })

  test('states the venue has yet to think of are passed on', () => {
    expect(decode(withMsg(frames.userOrder, { status: 'napping' }))).toMatchObject({
      status: 'napping',
    })
  })

  test.each([
    ['bad-field fee_cost', withMsg(frames.fill, { fee_cost: '0.0000001' })],
    ['bad-field fee_cost', withMsg(frames.fill, { fee_cost: 0.01 })],
    ['bad-count count_fp', withMsg(frames.fill, { count_fp: '0.00' })],
    ['bad-field outcome_side', withMsg(frames.fill, { outcome_side: 'maybe' })],
    ['unknown-field surprise', withMsg(frames.fill, { surprise: 1 })],
    ['bad-count remaining_count_fp', withMsg(frames.userOrder, { remaining_count_fp: '1.001' })],
    ['bad-time expiration_ts_ms', withMsg(frames.userOrder, { expiration_ts_ms: -1 })],
    ['bad-field realized_pnl_dollars', withMsg(frames.position, { realized_pnl_dollars: '1e3' })],
    ['missing-field order_group_id', withMsg(frames.orderGroup, { order_group_id: '' })],
  ])('%s', (reason, frame) => expect(refusal(frame)).toBe(reason))
})

describe('an index', () => {
  test('a value of its second, with both averages to the micro-dollar', () => {
    expect(decode(frames.index)).toEqual({
      kind: 'index-value',
      sid: 1,
      seq: 42,
      venueTimeUs: 1_795_207_441_000_000,
      index: 'BRTI',
      valueMicros: 68_000_120_000,
      average60sMicros: 68_000_123_457,
      settlementAverageMicros: 68_000_230_000,
      settlementAverageCount: 14,
    })
    const { last_60s_windowed_average_15min: _gone, ...msg } = frames.index.msg
    expect(decode({ ...frames.index, msg })).toMatchObject({ settlementAverageMicros: null })
    expect(decode(frames.indexList)).toMatchObject({ indexIds: ['BRTI', 'ETHUSD_RTI'] })
  })

  test.each([
    ['bad-field data', { data: '{"type":"value"' }],
    ['bad-field data', { data: '{"type":"value","id":"ETHUSD_RTI","time":1,"value":"1"}' }],
    ['bad-price data.value', { data: '{"type":"value","id":"BRTI","time":1,"value":"-1"}' }],
    ['bad-time data.time', { data: '{"type":"value","id":"BRTI","time":"1","value":"1"}' }],
    ['bad-field avg_60s_data', { avg_60s_data: { value: 'x', window_size: 60 } }],
  ])('%s', (reason, change) => expect(refusal(withMsg(frames.index, change))).toBe(reason))
})
