import {
  tapeSubject,
  type AnyEvent,
  type DataOf,
  type EventType,
  type ShadowEvaluation,
} from '@kwm/contracts'
import { Platform } from '@kwm/backtest'
import { eagerConfigs, randomMarket } from '@kwm/backtest/testing'
import { expect, test } from 'vitest'
import { TapeTally, type Tally } from '../src/tape/tape-tally.ts'

const market = { eventTicker: 'E', marketTicker: 'E-B1' }
const thought: ShadowEvaluation = {
  ...{ strategy: 's', decision: 'no-trade', reason: 'edge', evBps: null, gates: [] },
  ...{ leaderTicker: null, followerTicker: null },
}

type Told = { readonly type: EventType; readonly data: unknown }
const told = <T extends EventType>(type: T, data: Partial<DataOf<T>>): Told => ({ type, data })

function tallyOf(events: readonly Told[]): Tally {
  const tally = new TapeTally()
  for (const { type, data } of events) {
    tally.add({ subject: tapeSubject('test', type, 'key'), body: JSON.stringify({ type, data }) })
  }
  return tally.result()
}

test('every evaluation is an opportunity, alone on the tape or with others; in shadow none has a reason', () => {
  const shadow: ShadowEvaluation = { ...thought, isAllocated: false }
  const { records, opportunities, noTrades, intents } = tallyOf([
    told('signal.opportunity.v1', { ...thought, reason: 'stale' }),
    told('signal.opportunity.v1', { ...thought, isAllocated: true }),
    told('signal.opportunity.v1', { ...thought, isAllocated: true }),
    told('signal.opportunity.v1', { ...thought, decision: 'trade', reason: 'trade' }),
    told('signal.opportunity.v1', { ...shadow, decision: 'trade', reason: 'trade' }),
    told('signal.opportunity.v1', shadow),
    told('signal.shadow-evaluations.v1', { evaluations: [shadow, shadow, shadow] }),
    told('signal.shadow-evaluations.v1', { evaluations: [shadow] }),
  ])
  expect({ records, opportunities, intents }).toEqual({ records: 8, opportunities: 10, intents: 0 })
  expect(noTrades).toEqual({ stale: 1, edge: 2 })
})

test('frames are the last word of each feed, and conserved on each', () => {
  const status = (feed: string, framesIn: number, applied: number, isSynthetic = false) =>
    told('ops.feed-status.v1', {
      ...{ feed, framesIn, applied, isSynthetic },
      ...{ duplicate: 1, quarantined: 2, rejected: 3 },
    })
  const good = [status('a', 16, 10), status('b', 26, 20, true), status('a', 106, 100)]
  expect(tallyOf(good)).toMatchObject({
    ...{ framesIn: 132, applied: 120, duplicate: 2, quarantined: 4, rejected: 6 },
    ...{ isConserved: true, isSynthetic: true, duplicates: { a: 1, b: 1 } },
  })
  // What one feed lost is not made up for by what another has twice.
  const lost = tallyOf([status('a', 17, 10), status('b', 25, 20), status('c', 6, 0)])
  expect(lost).toMatchObject({ framesIn: 48, applied: 30, isConserved: false, isSynthetic: false })
})

test('money is the last word of each position; denials are counted by reason', () => {
  const position = (marketTicker: string, feesMicros: number, realizedPnlMicros: number) =>
    told('exec.position.v1', { marketTicker, feesMicros, realizedPnlMicros })
  const tally = tallyOf([
    position('E-B1', 5, 40),
    position('E-B2', 7, -100),
    position('E-B1', 10, 90),
    told('risk.order-denied.v1', { ...market, reason: 'halted' }),
    told('risk.order-denied.v1', { ...market, reason: 'halted' }),
    told('risk.order-denied.v1', { ...market, reason: 'exposure' }),
    told('exec.fill.v1', market),
    told('md.market-listed.v1', { ...market, isSynthetic: true }),
  ])
  expect(tally).toMatchObject({ feesMicros: 17, pnlMicros: -27, fills: 1, denied: 3 })
  expect(tally.denials).toEqual({ halted: 2, exposure: 1 })
  expect(tally.isSynthetic).toBe(true)
})

test('a random market is counted as its bodies say, one by one', () => {
  const platform = new Platform('test', eagerConfigs)
  for (const event of randomMarket(3, 150)) platform.push(event)
  const tally = new TapeTally()
  const events = platform.tape.records.map((record) => {
    tally.add(record)
    return JSON.parse(record.body) as AnyEvent
  })
  const count = (type: EventType): number => events.filter((event) => event.type === type).length
  const together = events.flatMap((event) =>
    event.type === 'signal.shadow-evaluations.v1' ? event.data.evaluations : [],
  )
  expect(together.length, 'some are told together').toBeGreaterThan(0)
  expect(tally.result()).toMatchObject({
    records: events.length,
    opportunities: count('signal.opportunity.v1') + together.length,
    intents: count('signal.order-intent.v1'),
    approved: count('risk.order-approved.v1'),
    denied: count('risk.order-denied.v1'),
    orders: count('exec.order-submitted.v1'),
    accepted: count('exec.order-accepted.v1'),
    fills: count('exec.fill.v1'),
  })
})
