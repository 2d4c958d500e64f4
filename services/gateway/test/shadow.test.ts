import type { DataOf, ShadowEvaluation } from '@kwm/contracts'
import { expect, test } from 'vitest'
import { DAY_START_US } from './day-market.ts'
import { modelOf } from './model-of.ts'
import { TapeWriter } from './tape-writer.ts'

const T = DAY_START_US
const STRATEGIES_MAX = 32

const outside = (tape: TapeWriter, timeUs = T) =>
  tape.outside('md.book-stale.v1', timeUs, { marketTicker: 'E-B1', reason: 'audit' })

const thought = (strategy: string, more: Partial<ShadowEvaluation> = {}): ShadowEvaluation => ({
  ...{ strategy, decision: 'no-trade', reason: 'edge', evBps: -12, gates: [] },
  ...{ leaderTicker: null, followerTicker: null, isAllocated: false },
  ...more,
})

const opportunity = (evaluation: ShadowEvaluation): DataOf<'signal.opportunity.v1'> => ({
  ...{ eventTicker: 'E', pmfId: 'p' },
  ...evaluation,
})

/** One record for all of them, as signals writes it. */
const together = (tape: TapeWriter, evaluations: ShadowEvaluation[], timeUs = T) =>
  tape.made('signals', 'signal.shadow-evaluations.v1', outside(tape, timeUs), {
    ...{ eventTicker: 'E', pmfId: 'p' },
    evaluations,
  })

test('what runs in shadow is shown as such, and counts neither as a trade nor as a reason', () => {
  const tape = new TapeWriter()
  const cause = outside(tape)
  const say = (evaluation: ShadowEvaluation, index: number) =>
    tape.made('signals', 'signal.opportunity.v1', cause, opportunity(evaluation), index)
  const { isAllocated: _, ...unsaid } = thought('before')
  say(thought('live', { decision: 'trade', reason: 'trade', isAllocated: true }), 0)
  say(unsaid, 1)
  say(thought('shadow', { decision: 'trade', reason: 'trade' }), 2)
  say(thought('dark'), 3)
  const { events, opportunities, reasons, status } = modelOf(tape).since(0)
  const shadows = { live: false, before: false, shadow: true, dark: true }
  for (const shown of [events[0]!.evaluations, opportunities]) {
    expect(Object.fromEntries(shown.map((one) => [one.strategy, one.isShadow]))).toEqual(shadows)
  }
  expect(status.counts).toMatchObject({ opportunities: 4, trades: 1 })
  expect(reasons).toMatchObject([{ reason: 'edge', count: 1 }])
})

test('each evaluation of a record of many is an opportunity of its strategy', () => {
  const tape = new TapeWriter()
  const gates = [{ gate: 'edge', value: -12, threshold: 0, passed: false }]
  const { id } = together(tape, [thought('a', { gates }), thought('b', { reason: 'stale' })])
  const { events, opportunities, reasons, status } = modelOf(tape).since(0)
  const common = { id, timeUs: T, decision: 'no-trade', isShadow: true, evBps: -12 }
  expect(events[0]!.evaluations).toEqual([
    { ...common, strategy: 'a', reason: 'edge', gates },
    { ...common, strategy: 'b', reason: 'stale', gates: [] },
  ])
  expect(status.counts).toMatchObject({ opportunities: 2, trades: 0 })
  expect([opportunities, reasons], 'nothing that was held back is listed').toEqual([[], []])
})

test('the last look of a strategy counts, whether it was told alone or with others', () => {
  const tape = new TapeWriter()
  together(tape, [thought('a'), thought('b')])
  const trade = thought('a', { decision: 'trade', reason: 'trade', evBps: 30 })
  tape.made('signals', 'signal.opportunity.v1', outside(tape, T + 1e6), opportunity(trade))
  const seen = modelOf(tape)
  const said = () => modelOf(tape, seen).since(0).events[0]!.evaluations
  expect(said().map(({ strategy, evBps }) => [strategy, evBps])).toEqual([
    ['a', 30],
    ['b', -12],
  ])
  const before = seen.tapeSeq
  together(tape, [thought('a', { evBps: -5 })], T + 2e6)
  expect(said()[0]).toMatchObject({ decision: 'no-trade', evBps: -5, timeUs: T + 2e6 })
  expect(seen.since(before).events.map(({ eventTicker }) => eventTicker)).toEqual(['E'])
  expect(seen.status().counts).toMatchObject({ opportunities: 4, trades: 0 })
})

test('more strategies than are shown are counted, and those shown still follow', () => {
  const tape = new TapeWriter()
  const names = Array.from({ length: STRATEGIES_MAX + 3 }, (_, index) => `s${index}`)
  together(
    tape,
    names.map((name) => thought(name)),
  )
  together(
    tape,
    names.toReversed().map((name) => thought(name, { reason: 'later' })),
    T + 1e6,
  )
  const { events, status } = modelOf(tape).since(0)
  const shown = events[0]!.evaluations
  expect(shown.map(({ strategy }) => strategy)).toEqual(names.slice(0, STRATEGIES_MAX))
  expect(shown.every(({ reason }) => reason === 'later')).toBe(true)
  expect(status.counts.opportunities).toBe(2 * names.length)
})
