import type { DataOf, Emission } from '@kwm/contracts'
import { expect, test } from 'vitest'
import { execMachine, type ExecInput } from '../src/exec-machine.ts'

const EVENT = 'KXHIGHNY-26NOV20'
const MARKET = `${EVENT}-B40.5`
const START_US = 1_795_000_000_000_000
const ids = { eventTicker: EVENT, marketTicker: MARKET }

class Desk {
  state = execMachine.initial({ mode: 'paper' })
  #count = 0

  constructor() {
    this.step('md.market-listed.v1', ids as DataOf<'md.market-listed.v1'>)
  }

  step<T extends ExecInput['type']>(
    type: T,
    data: DataOf<T>,
    timeUs = START_US,
  ): readonly Emission[] {
    const times = { eventTimeUs: timeUs, ingestTimeUs: timeUs }
    const event = { type, id: `in-${++this.#count}`, causationId: 'x', ...times, data }
    return execMachine.step(this.state, event as unknown as ExecInput)
  }

  approve(clientOrderId: string, marketTicker = MARKET): readonly Emission[] {
    return this.step('risk.order-approved.v1', {
      ...{ eventTicker: EVENT, marketTicker, side: 'yes', priceBps: 4_000, countCenti: 1_000 },
      ...{ isPostOnly: true, ttlUs: 60_000_000, intentId: `i-${clientOrderId}`, clientOrderId },
      ...{ strategy: 's', worstCaseMicros: -4_000_000 },
    })
  }

  fill(): readonly Emission[] {
    return this.step('exec.fill.v1', {
      ...{ ...ids, clientOrderId: 'c1', fillId: 'c1-1', side: 'yes', priceBps: 4_000 },
      ...{
        countCenti: 1_000,
        feeMicros: 42_000,
        isTaker: false,
        remainingCenti: 0,
        cause: 'print',
      },
    })
  }

  settle(result: 'yes' | 'no'): readonly Emission[] {
    const data = { marketTicker: MARKET, status: 'determined', result, settlementValueBps: null }
    return this.step('md.market-status.v1', data)
  }
}

const canceled = (outputs: readonly Emission[]): unknown[] =>
  outputs.map(({ type, data }) =>
    type === 'exec.cancel-requested.v1' ? [data.clientOrderId, data.reason] : type,
  )

test('an approval becomes one order, however often it is told', () => {
  const desk = new Desk()
  expect(desk.approve('c1')).toMatchObject([
    { type: 'exec.order-submitted.v1', data: { clientOrderId: 'c1', mode: 'paper' } },
  ])
  expect(desk.approve('c1')).toEqual([])
})

test('cancels: expired, stale book, closed market, halt; each order is asked for once', () => {
  const desk = new Desk()
  for (const id of ['a', 'b']) desk.approve(id)
  desk.approve('c', 'OTHER')
  const tick = (timeUs: number) =>
    desk.step('ops.tick.v1', { second: Math.floor(timeUs / 1e6), source: 'tape' }, timeUs)
  const stale = { marketTicker: 'OTHER', reason: 'sequence-gap' } as const
  expect(canceled(desk.step('md.book-stale.v1', stale))).toEqual([['c', 'book-stale']])
  expect(tick(START_US + 59_999_999)).toEqual([])
  expect(canceled(tick(START_US + 60_000_000))).toEqual([
    ['a', 'expired'],
    ['b', 'expired'],
  ])
  desk.approve('d')
  const closed = { marketTicker: MARKET, status: 'closed', result: null, settlementValueBps: null }
  expect(canceled(desk.step('md.market-status.v1', closed))).toEqual([['d', 'market-closed']])
  desk.approve('e', 'OTHER')
  const halt = { reason: 'daily-loss', requestedBy: 'risk' }
  expect(canceled(desk.step('risk.halted.v1', halt))).toEqual([['e', 'halted']])
})

test('a settlement pays once; told again it is not news', () => {
  const desk = new Desk()
  desk.approve('c1')
  desk.fill()
  const [settled, position] = desk.settle('yes')
  // 10 contracts pay $10.00, cost $4.00 and a fee of $0.042.
  expect(settled).toMatchObject({ data: { payoutMicros: 10_000_000, pnlMicros: 5_958_000 } })
  expect(position).toMatchObject({ type: 'exec.position.v1', data: { positionCenti: 0 } })
  expect(desk.settle('yes')).toEqual([])
})

test('a settlement that contradicts the first is told, and pays nothing', () => {
  const desk = new Desk()
  desk.approve('c1')
  desk.fill()
  desk.settle('yes')
  const [only, ...more] = desk.settle('no')
  expect(more).toEqual([])
  expect(only).toEqual({
    type: 'exec.settlement-disputed.v1',
    data: { ...ids, bookedValueBps: 10_000, disputedValueBps: 0 },
  })
})
