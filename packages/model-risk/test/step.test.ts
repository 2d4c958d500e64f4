import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import { defaultRiskLimits, riskMachine, type RiskInput, type RiskLimits } from '../src/index.ts'

const EVENT = 'KXHIGHNY-26NOV20'
const [LOW, HIGH] = [`${EVENT}-T40`, `${EVENT}-T41`]
const NOW_US = 1_795_000_000_000_000
const HOUR_US = 3_600_000_000
const USD = 1_000_000

const listed = (
  marketTicker: string,
  more: Partial<DataOf<'md.market-listed.v1'>> = {},
): DataOf<'md.market-listed.v1'> => ({
  marketTicker,
  eventTicker: EVENT,
  seriesTicker: 'KXHIGHNY',
  title: '',
  strikeType: marketTicker === LOW ? 'less' : 'greater',
  floorStrike: marketTicker === LOW ? null : 40,
  capStrike: marketTicker === LOW ? 41 : null,
  openTimeUs: NOW_US - 12 * HOUR_US,
  closeTimeUs: NOW_US + 12 * HOUR_US,
  status: 'active',
  priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
  exchangeIndex: 0,
  feeType: 'quadratic',
  feeMultiplierMilli: 0,
  rulesPrimary: '',
  isTradable: true,
  untradableReason: null,
  isSynthetic: true,
  ...more,
})

/** A risk machine with two fresh, active, fee-free markets that exclude each other. */
class Desk {
  readonly limits: RiskLimits
  state
  #count = 0

  constructor(limits: Partial<RiskLimits> = {}) {
    this.limits = { ...defaultRiskLimits, ...limits }
    this.state = riskMachine.initial(this.limits)
    this.list(LOW)
    this.list(HIGH)
    this.tick(NOW_US)
  }

  step<T extends RiskInput['type']>(
    type: T,
    data: DataOf<T>,
    timeUs = NOW_US,
  ): readonly Emission[] {
    const id = `in-${++this.#count}`
    const times = { eventTimeUs: timeUs, ingestTimeUs: timeUs }
    const event = { type, id, causationId: 'x', ...times, data } as unknown as RiskInput
    return riskMachine.step(this.state, event)
  }

  list(ticker: string, more: Partial<DataOf<'md.market-listed.v1'>> = {}): void {
    this.step('md.market-listed.v1', listed(ticker, more))
    this.step('md.book-snapshot.v1', { marketTicker: ticker, yes: [], no: [], venueSeq: 1 })
  }

  tick(timeUs: number): void {
    this.step('ops.tick.v1', { second: timeUs / 1e6, source: 'tape' }, timeUs)
  }

  intend(
    more: Partial<DataOf<'signal.order-intent.v1'>> = {},
    timeUs = NOW_US,
  ): DataOf<'risk.order-approved.v1'> | DataOf<'risk.order-denied.v1'> {
    const terms = { eventTicker: EVENT, marketTicker: LOW, side: 'yes', priceBps: 5_000 } as const
    const rest = { countCenti: 1_000, isPostOnly: true, ttlUs: 60_000_000, strategy: 's' }
    const why = { pmfId: 'p', fairBps: 5_500, evBps: 10, reason: 'r' }
    const [answer] = this.step(
      'signal.order-intent.v1',
      { ...terms, ...rest, ...why, ...more },
      timeUs,
    )
    return (answer as Emission).data as never
  }

  reasonFor(more: Partial<DataOf<'signal.order-intent.v1'>> = {}, timeUs = NOW_US): string {
    const answer = this.intend(more, timeUs)
    return 'intentId' in answer && 'limitMicros' in answer ? answer.reason : 'approved'
  }

  filled(more: Partial<DataOf<'exec.fill.v1'>> = {}): readonly Emission[] {
    const ids = { eventTicker: EVENT, marketTicker: LOW, clientOrderId: 'c', fillId: 'f' }
    const terms = { side: 'yes', priceBps: 5_000, countCenti: 1_000, feeMicros: 0 } as const
    return this.step('exec.fill.v1', {
      ...{ ...ids, ...terms, isTaker: false, remainingCenti: 0, cause: 'print' },
      ...more,
    })
  }
}

describe('every reason to deny', () => {
  test('none: approved, with the worst case of the event', () => {
    const answer = new Desk().intend() as DataOf<'risk.order-approved.v1'>
    expect(answer.worstCaseMicros).toBe(-5 * USD)
    expect(answer.clientOrderId).toBe(`o-${answer.intentId}`)
  })

  test('halted, until resumed', () => {
    const desk = new Desk()
    const request = { reason: 'lunch', requestedBy: 'operator' }
    expect(desk.step('ops.halt-requested.v1', request)).toEqual([
      { type: 'risk.halted.v1', data: request },
    ])
    expect(desk.step('ops.halt-requested.v1', request), 'a repeated halt is not news').toEqual([])
    expect(desk.reasonFor()).toBe('halted')
    expect(desk.step('ops.resume-requested.v1', request)).toEqual([
      { type: 'risk.resumed.v1', data: request },
    ])
    expect(desk.reasonFor()).toBe('approved')
  })

  test('halted by a settlement that contradicts the one that was booked', () => {
    const desk = new Desk()
    const values = { bookedValueBps: 10_000, disputedValueBps: 0 }
    const market = { eventTicker: EVENT, marketTicker: LOW }
    desk.step('exec.settlement-disputed.v1', { ...market, ...values })
    expect(desk.reasonFor({ marketTicker: HIGH })).toBe('halted')
  })

  test('a market unknown, or of another event', () => {
    const desk = new Desk()
    expect(desk.reasonFor({ marketTicker: 'KXHIGHNY-26NOV20-B99' })).toBe('unknown-market')
    expect(desk.reasonFor({ eventTicker: 'KXHIGHNY-26NOV21' })).toBe('unknown-market')
  })

  test('rules or fees that are not understood', () => {
    const desk = new Desk()
    desk.list(LOW, { isTradable: false, untradableReason: 'rules' })
    expect(desk.reasonFor()).toBe('untradable-market')
    desk.list(HIGH, { feeType: 'by-the-moon' })
    expect(desk.reasonFor({ marketTicker: HIGH })).toBe('untradable-market')
  })

  test('a market that is paused, until it is active again', () => {
    const desk = new Desk()
    const status = (to: string) =>
      desk.step('md.market-status.v1', {
        ...{ marketTicker: LOW, status: to, result: null, settlementValueBps: null },
      })
    status('paused')
    expect(desk.reasonFor()).toBe('market-inactive')
    status('active')
    expect(desk.reasonFor()).toBe('approved')
  })

  test('a book that is not to be believed', () => {
    const desk = new Desk()
    desk.step('md.book-stale.v1', { marketTicker: LOW, reason: 'sequence-gap' })
    expect(desk.reasonFor()).toBe('book-stale')
  })

  test.each([
    ['a day', 12 * HOUR_US, defaultRiskLimits.finalWindowUs],
    ['fifteen minutes', 0.1 * HOUR_US, defaultRiskLimits.finalWindowShortUs],
  ])('the last stretch of a market that lives %s', (_, sinceOpenUs, windowUs) => {
    const desk = new Desk()
    const openTimeUs = NOW_US - sinceOpenUs
    desk.list(LOW, { openTimeUs, closeTimeUs: NOW_US + windowUs })
    expect(desk.reasonFor()).toBe('approved')
    expect(desk.reasonFor({}, NOW_US + 1)).toBe('final-window')
  })

  test('no tick for too long', () => {
    const desk = new Desk()
    const lateUs = NOW_US + desk.limits.tickAgeMaxUs
    expect(desk.reasonFor({}, lateUs)).toBe('approved')
    expect(desk.reasonFor({}, lateUs + 1)).toBe('clock-stale')
  })

  test('too many open orders, until one is done', () => {
    const desk = new Desk({ openOrdersMax: 2 })
    const first = desk.intend({ countCenti: 100 }) as DataOf<'risk.order-approved.v1'>
    expect(desk.reasonFor({ countCenti: 100 })).toBe('approved')
    expect(desk.reasonFor({ countCenti: 100 })).toBe('too-many-open-orders')
    const { clientOrderId } = first
    const done = { eventTicker: EVENT, marketTicker: LOW, clientOrderId, canceledCenti: 100 }
    desk.step('exec.order-canceled.v1', { ...done, reason: 'expired' })
    expect(desk.reasonFor({ countCenti: 100 })).toBe('approved')
  })

  test('an order that costs more than the limit, by a hundredth of a contract', () => {
    const desk = new Desk({ orderCostMaxMicros: 5 * USD })
    expect(desk.reasonFor({ countCenti: 1_001 })).toBe('order-cost')
    expect(desk.reasonFor({ countCenti: 1_000 })).toBe('approved')
  })

  test('the worst case of its event, open orders filled against us', () => {
    const desk = new Desk({ eventWorstLossMaxMicros: 10 * USD })
    expect(desk.reasonFor()).toBe('approved')
    expect(desk.reasonFor()).toBe('approved')
    expect(desk.reasonFor({ countCenti: 1 })).toBe('event-worst-case')
  })

  test('what is held on one bracket pays for the other: a full set risks its price only', () => {
    const desk = new Desk({ eventWorstLossMaxMicros: 1 * USD })
    const low = desk.intend({ countCenti: 200 }) as DataOf<'risk.order-approved.v1'>
    expect(desk.reasonFor({ countCenti: 1 })).toBe('event-worst-case')
    desk.filled({ countCenti: 200, clientOrderId: low.clientOrderId })
    const leg = { marketTicker: HIGH, priceBps: 4_000, countCenti: 200 }
    const high = desk.intend(leg) as DataOf<'risk.order-approved.v1'>
    expect(high.worstCaseMicros, 'an open order never counts its gain').toBe(-1 * USD)
    desk.filled({ ...leg, clientOrderId: high.clientOrderId })
    // Either way the set pays $2 and cost $1.80.
    expect(desk.intend({ countCenti: 100 })).toMatchObject({ worstCaseMicros: (0.2 - 0.5) * USD })
  })

  test('the account: events do not net', () => {
    const desk = new Desk({ accountWorstLossMaxMicros: 6 * USD })
    const other = { eventTicker: 'KXHIGHCHI-26NOV20', marketTicker: 'KXHIGHCHI-26NOV20-T1' }
    desk.list(other.marketTicker, { eventTicker: other.eventTicker })
    expect(desk.reasonFor()).toBe('approved')
    expect(desk.reasonFor({ ...other, countCenti: 201 })).toBe('account-worst-case')
    expect(desk.reasonFor({ ...other, countCenti: 200 })).toBe('approved')
  })
})

describe('the day', () => {
  test('a realised loss at the limit halts, and a new day counts anew', () => {
    const desk = new Desk({ dailyLossMaxMicros: 5 * USD })
    desk.filled({ countCenti: 999 })
    const settle = (countCenti: number) =>
      desk.step('exec.settled.v1', {
        ...{ eventTicker: EVENT, marketTicker: LOW, settlementValueBps: 0, payoutMicros: 0 },
        ...{ positionCenti: countCenti, feesMicros: 0, pnlMicros: -countCenti * 5_000 },
      })
    expect(settle(999), 'a cent short of it').toEqual([])
    desk.filled({ marketTicker: HIGH, countCenti: 100, feeMicros: 5_000 })
    expect(desk.state.halt).toBe('daily-loss')
    desk.step('ops.resume-requested.v1', { reason: 'seen', requestedBy: 'operator' })
    expect(desk.state.halt).toBe(null)
    expect(desk.filled({ marketTicker: HIGH, countCenti: 100, feeMicros: 5_000 })).toEqual([])
    desk.tick(NOW_US + 24 * HOUR_US)
    expect(desk.state.day.startPnlMicros).toBe(desk.state.books.realizedMicros())
  })
})

test('a snapshot taken anywhere goes on as if nothing had happened', () => {
  const script: ((desk: Desk) => unknown)[] = [
    (desk) => desk.intend(),
    (desk) => desk.filled({ clientOrderId: 'o-in-6', countCenti: 400, remainingCenti: 600 }),
    (desk) => desk.intend({ marketTicker: HIGH, countCenti: 300 }),
    (desk) => desk.step('md.book-stale.v1', { marketTicker: LOW, reason: 'sequence-gap' }),
    (desk) => desk.intend(),
    (desk) => desk.step('ops.halt-requested.v1', { reason: 'x', requestedBy: 'y' }),
    (desk) => desk.intend({ marketTicker: HIGH }),
  ]
  const plain = new Desk()
  const expected = script.map((act) => act(plain))
  for (let cut = 0; cut <= script.length; cut++) {
    const desk = new Desk()
    const said = script.map((act, index) => {
      if (index === cut) {
        const text = JSON.stringify(riskMachine.snapshot(desk.state))
        desk.state = riskMachine.restore(desk.limits, JSON.parse(text))
      }
      return act(desk)
    })
    expect(said, `cut before ${cut}`).toEqual(expected)
  }
})

type Intent = EventOf<'signal.order-intent.v1'>
test('the same intent makes the same order id, whenever it is asked', () => {
  const [a, b] = [new Desk().intend(), new Desk().intend()]
  expect(a).toEqual(b)
  expect((a as DataOf<'risk.order-approved.v1'>).intentId satisfies Intent['id']).toBeTruthy()
})
