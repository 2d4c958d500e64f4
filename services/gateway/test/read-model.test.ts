import { decodeRecord } from '@kwm/machines'
import { describe, expect, test } from 'vitest'
import * as limits from '../src/read-model/limits.ts'
import { PointSeries } from '../src/read-model/point-series.ts'
import { isReadModelEvent, ReadModel } from '../src/read-model/read-model.ts'
import { RevisedMap } from '../src/read-model/revised-map.ts'
import { strikeLabel } from '../src/read-model/strike-label.ts'
import { DAY_START_US } from './day-market.ts'
import { Day } from './day.ts'
import { modelOf } from './model-of.ts'
import { TapeWriter } from './tape-writer.ts'

const T = DAY_START_US
const terms = {
  eventTicker: 'E',
  marketTicker: 'E-B1',
  side: 'yes',
  priceBps: 4_000,
  countCenti: 1_000,
  isPostOnly: true,
  ttlUs: 1_000_000,
} as const
const ids = { eventTicker: 'E', marketTicker: 'E-B1', clientOrderId: 'c1' }

/** A frame with one row, at these quotes. */
function frame(tape: TapeWriter, bidBps: number, askBps: number) {
  const cause = tape.outside('md.book-stale.v1', T, { marketTicker: 'E-B1', reason: 'audit' })
  const none = { mid: null, microprice: null, queueImbalance: null, depthImbalance: null }
  const flow = { ofi5s: null, ofi60s: null, signedFlow30s: 0, volume10min: 0 }
  const motion = { velocity: 0.002, velocitySe: 0.001, acceleration: 1, accelerationSe: 0 }
  const row = { ...none, ...flow, ...motion, ras: null, rasZ: null, isActive: true }
  return tape.made('features', 'feature.ladder-frame.v1', cause, {
    eventTicker: 'E',
    seriesTicker: 'KXHIGHNY',
    closeTimeUs: T,
    centres: [1],
    rows: [
      {
        ...row,
        marketTicker: 'E-B1',
        quoteState: 'two',
        bidBps,
        askBps,
        bidCenti: 100,
        askCenti: 100,
        fairMid: 0.5,
        fairVar: 0,
      },
    ],
    isPartition: true,
    trigger: 'change',
  })
}

function position(tape: TapeWriter, positionCenti: number, costMicros: number) {
  const cause = tape.outside('md.book-stale.v1', T, { marketTicker: 'E-B1', reason: 'audit' })
  const market = { eventTicker: 'E', marketTicker: 'E-B1' }
  const money = { costMicros, feesMicros: 70_000, realizedPnlMicros: 250_000 }
  return tape.made('exec', 'exec.position.v1', cause, { ...market, positionCenti, ...money })
}

describe('positions', () => {
  test('YES is marked at the bid, and the money is the ledger’s', () => {
    const tape = new TapeWriter()
    position(tape, 1_000, 4_000_000)
    frame(tape, 4_500, 4_700)
    const { status, positions } = modelOf(tape).since(0)
    expect(positions[0]!.mark).toEqual({ priceBps: 4_500, valueMicros: 4_500_000, isStale: false })
    expect(status.money).toEqual({
      feesMicros: 70_000,
      realizedPnlMicros: 250_000,
      pnlMicros: 180_000,
      unrealizedPnlMicros: 500_000,
      unmarked: 0,
    })
  })

  test('NO is marked at the other side of the offer, also by a frame that came before', () => {
    const tape = new TapeWriter()
    frame(tape, 4_500, 4_700)
    position(tape, -1_000, 4_000_000)
    const { positions } = modelOf(tape).since(0)
    expect(positions[0]!.mark?.valueMicros).toBe(5_300_000)
  })

  test('without a frame there is no mark, and it is said so', () => {
    const tape = new TapeWriter()
    position(tape, 1_000, 4_000_000)
    expect(modelOf(tape).status().money).toMatchObject({ unmarked: 1, unrealizedPnlMicros: 0 })
  })

  test('a settled position shows the ledger’s final word, with or without its position event', () => {
    const tape = new TapeWriter()
    position(tape, 1_000, 4_000_000)
    const market = { eventTicker: 'E', marketTicker: 'E-B1' }
    const result = { settlementValueBps: 10_000, positionCenti: 1_000, payoutMicros: 10_000_000 }
    const money = { feesMicros: 70_000, pnlMicros: 6_180_000 }
    const cause = tape.outside('md.book-stale.v1', T, { marketTicker: 'E-B1', reason: 'audit' })
    tape.made('exec', 'exec.settled.v1', cause, { ...market, ...result, ...money })
    const { status, positions } = modelOf(tape).since(0)
    expect(status.money).toMatchObject({ pnlMicros: 6_180_000, unrealizedPnlMicros: 0 })
    expect(positions[0]!.settled?.pnlMicros).toBe(6_180_000)
  })
})

describe('orders', () => {
  const begin = (tape: TapeWriter) => {
    const cause = tape.outside('md.book-stale.v1', T, { marketTicker: 'E-B1', reason: 'audit' })
    const why = { strategy: 's', pmfId: 'p', fairBps: 4_200, evBps: 120, reason: 'edge' }
    return tape.made('signals', 'signal.order-intent.v1', cause, { ...terms, ...why })
  }
  const send = (tape: TapeWriter) => {
    const intent = begin(tape)
    const approval = {
      intentId: intent.id,
      clientOrderId: 'c1',
      strategy: 's',
      worstCaseMicros: -1,
    }
    const approved = tape.made('risk', 'risk.order-approved.v1', intent, { ...terms, ...approval })
    const sent = { approvalId: approved.id, strategy: 's', mode: 'demo', expireTimeUs: T } as const
    return tape.made('exec', 'exec.order-submitted.v1', approved, {
      ...terms,
      ...sent,
      clientOrderId: 'c1',
    })
  }
  const fill = (tape: TapeWriter, countCenti: number, remainingCenti: number, index: number) =>
    tape.named('exec.fill.v1', `fill-${index}`, T, {
      ...ids,
      fillId: `f${index}`,
      side: 'yes',
      priceBps: 4_000,
      countCenti,
      feeMicros: 10_000,
      isTaker: false,
      remainingCenti,
      cause: 'print',
    })

  test('denied by risk, with the reason', () => {
    const tape = new TapeWriter()
    const intent = begin(tape)
    tape.made('risk', 'risk.order-denied.v1', intent, {
      intentId: intent.id,
      eventTicker: 'E',
      marketTicker: 'E-B1',
      strategy: 's',
      reason: 'halted',
      valueMicros: null,
      limitMicros: null,
    })
    const [order] = modelOf(tape).since(0).orders
    expect(order).toMatchObject({ state: 'denied', reason: 'halted', pmfId: 'p' })
  })

  test('filled in parts, fees summed, the mode taken from what was sent', () => {
    const tape = new TapeWriter()
    send(tape)
    fill(tape, 400, 600, 1)
    expect(modelOf(tape).since(0).orders[0]).toMatchObject({ state: 'resting', filledCenti: 400 })
    fill(tape, 600, 0, 2)
    const { orders, status } = modelOf(tape).since(0)
    expect(orders).toHaveLength(1)
    expect(orders[0]).toMatchObject({ state: 'filled', filledCenti: 1_000, feesMicros: 20_000 })
    expect(orders[0]!.stages.map(({ stage }) => stage)).toEqual([
      'order-intent',
      'order-approved',
      'order-submitted',
      'fill',
      'fill',
    ])
    expect(status.mode).toBe('demo')
  })

  test('a late ack does not bring back an order that ended', () => {
    const tape = new TapeWriter()
    const sent = send(tape)
    tape.made('paper-venue', 'exec.order-canceled.v1', sent, {
      ...ids,
      canceledCenti: 1_000,
      reason: 'expired',
    })
    const ack = { venueOrderId: 'v', remainingCenti: 1_000, queueAheadCenti: null }
    tape.made('paper-venue', 'exec.order-accepted.v1', sent, { ...ids, ...ack }, 1)
    expect(modelOf(tape).since(0).orders[0]!.state).toBe('canceled')
  })
})

describe('operations', () => {
  test('a halt is pending until risk answers', () => {
    const tape = new TapeWriter()
    const request = { reason: 'lunch', requestedBy: 'me' }
    const asked = tape.named('ops.halt-requested.v1', 'halt-1', T, request)
    expect(modelOf(tape).status().halt).toMatchObject({ isHalted: false, pending: 'halt' })
    tape.made('risk', 'risk.halted.v1', asked, request)
    expect(modelOf(tape).status().halt).toMatchObject({ isHalted: true, pending: null, ...request })
    const again = tape.named('ops.resume-requested.v1', 'resume-1', T, request)
    expect(modelOf(tape).status().halt.pending).toBe('resume')
    tape.made('risk', 'risk.resumed.v1', again, request)
    expect(modelOf(tape).status().halt).toMatchObject({ isHalted: false, pending: null })
  })

  test('a service started by the clock of the wall does not move the time of a simulated day', () => {
    const tape = new TapeWriter()
    tape.named('ops.tick.v1', 'clock-1', T, { second: T / 1e6, source: 'tape' })
    const data = { service: 'risk', machines: [], config: {}, version: '1', resumedFromSeq: 0 }
    tape.named('ops.service-started.v1', 'risk-started', T + 3_600_000_000, data)
    expect(modelOf(tape).eventTimeUs).toBe(T)
  })

  test('t-statistics are not defined where the error is not, or is nothing', () => {
    const tape = new TapeWriter()
    frame(tape, 4_500, 4_700)
    const quote = modelOf(tape).since(0).events[0]!.rows[0]!.quote!
    expect(quote.velocityT).toBe(2)
    expect(quote.accelerationT).toBeNull()
  })

  test('synthetic anywhere is synthetic on top', () => {
    const options = { seed: 1, hours: 1, stepSeconds: 600, isFinished: false }
    expect(modelOf(new Day({ ...options, isSynthetic: true }).tape).status().isSynthetic).toBe(true)
    expect(modelOf(new Day({ ...options, isSynthetic: false }).tape).status().isSynthetic).toBe(
      false,
    )
  })
})

describe('memory', () => {
  test('a long tape of everything stays within the limits', () => {
    const model = new ReadModel()
    const tape = new TapeWriter()
    for (let n = 0; n < 1_500; n++) {
      const eventTicker = `KXHIGHNY-${n}`
      const marketTicker = `${eventTicker}-B1`
      const cause = tape.outside('md.book-stale.v1', T + n, { marketTicker, reason: 'audit' })
      tape.made('signals', 'signal.order-intent.v1', cause, {
        ...terms,
        eventTicker,
        marketTicker,
        strategy: 's',
        pmfId: 'p',
        fairBps: 1,
        evBps: 1,
        reason: 'r',
      })
      tape.made(
        'signals',
        'signal.opportunity.v1',
        cause,
        {
          strategy: 's',
          eventTicker,
          pmfId: 'p',
          decision: n % 2 ? 'trade' : 'no-trade',
          reason: `r${n}`,
          leaderTicker: null,
          followerTicker: null,
          evBps: 0,
          gates: [],
        },
        1,
      )
      const money = { costMicros: 0, feesMicros: 10, realizedPnlMicros: 25 }
      const data = { eventTicker, marketTicker, positionCenti: 0, ...money }
      tape.made('exec', 'exec.position.v1', cause, data)
    }
    for (const record of tape.log.records) {
      const event = decodeRecord(record)
      if (isReadModelEvent(event)) model.apply(event, record.seq)
    }
    const { events, orders, opportunities, reasons, positions, status } = model.since(0)
    expect(events).toHaveLength(limits.EVENTS_MAX)
    expect(orders).toHaveLength(limits.ORDERS_MAX)
    expect(opportunities).toHaveLength(400)
    expect(reasons).toHaveLength(limits.REASONS_MAX)
    expect(positions).toHaveLength(limits.POSITIONS_MAX)
    expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(750)
    expect(status.money).toMatchObject({ feesMicros: 15_000, pnlMicros: 22_500 })
    expect(model.epoch).toBeGreaterThan(0)
  })

  test('the oldest that is over goes before the oldest', () => {
    const gone: string[] = []
    const map = new RevisedMap<number>({
      max: 2,
      isOver: (value) => value === 0,
      onForget: (key) => gone.push(key),
    })
    map.set('open', 1, 1)
    map.set('over', 0, 2)
    map.set('new', 1, 3)
    map.set('newer', 1, 4)
    expect(gone).toEqual(['over', 'open'])
    expect(map.since(3)).toEqual([1])
  })

  test('a line keeps seconds for a while and minutes for a day', () => {
    const series = new PointSeries()
    for (let second = 0; second < 100_000; second++) {
      series.add(second * 1e6, [second, null, null], second + 1)
    }
    const points = series.since(0)
    const { FINE_POINTS_MAX: fine, COARSE_POINTS_MAX: coarse } = limits
    expect(series.size).toBe(fine + coarse)
    expect(points.at(-1)).toEqual([99_999, 99_999, null, null])
    expect(points.map(([x]) => x)).toEqual(points.map(([x]) => x).sort((a, b) => a - b))
    expect(series.since(99_999)).toHaveLength(1)
  })
})

test('strike labels', () => {
  const base = { seriesTicker: 'KXHIGHNY', marketTicker: 'KXHIGHNY-26NOV20-T81' }
  const label = (
    strikeType: string,
    floorStrike: number | null,
    capStrike: number | null,
    seriesTicker = 'KXHIGHNY',
  ) => strikeLabel({ ...base, seriesTicker, strikeType, floorStrike, capStrike })
  expect(label('less', null, 81)).toBe('≤ 80°')
  expect(label('between', 81, 82)).toBe('81–82°')
  expect(label('greater', 88, null)).toBe('≥ 89°')
  expect(label('greater_or_equal', 63_441.03, null, 'KXBTC15M')).toBe('≥ $63,441.03')
  expect(label('greater', 72_749.99, null, 'KXBTCD')).toBe('> $72,749.99')
  expect(label('custom', null, null)).toBe('T81')
})
