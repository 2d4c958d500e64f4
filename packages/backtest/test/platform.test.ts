import { eventTypeOf, makerOf, type AnyEvent } from '@kwm/contracts'
import { ALL_MACHINES, Platform, replay } from '@kwm/backtest'
import { eagerConfigs, randomMarket } from '@kwm/backtest/testing'
import { buildProcessor, compose, type MachineConfigs } from '@kwm/machines'
import type { TapeRecord } from '@kwm/runtime'
import { expect, test } from 'vitest'

const SHARD = 'test'
const play = (seed: number, count = 400, configs: MachineConfigs = eagerConfigs): Platform => {
  const platform = new Platform(SHARD, configs)
  for (const event of randomMarket(seed, count)) platform.push(event)
  return platform
}
const isBy = (name: string) => (record: { readonly id: string }) => makerOf(record.id) === name
/** Equal line by line; a difference is shown alone, not the whole tape. */
function expectSame(got: readonly string[], wanted: readonly string[], what = ''): void {
  const at = wanted.findIndex((line, index) => got[index] !== line)
  if (at >= 0) expect(got[at], `${what} line ${at}`).toBe(wanted[at])
  expect(got.length, what).toBe(wanted.length)
}
const lines = (records: readonly { readonly id: string; readonly body: string }[]): string[] =>
  records.map(({ id, body }) => `${id} ${body}`)
const countOf = (records: readonly TapeRecord[], type: string): number =>
  records.filter((record) => eventTypeOf(record.subject) === type).length

test('a random market has orders, fills, denials and settlements in it', () => {
  const { records } = play(1).tape
  for (const type of [
    'feature.ladder-frame.v1',
    'pmf.fused-pmf.v1',
    'signal.opportunity.v1',
    'signal.order-intent.v1',
    'risk.order-approved.v1',
    'risk.order-denied.v1',
    'risk.halted.v1',
    'exec.order-accepted.v1',
    'exec.order-canceled.v1',
    'exec.fill.v1',
    'exec.settled.v1',
  ]) {
    expect(countOf(records, type), type).toBeGreaterThan(0)
  }
})

test('the same events give the same tape, twice', () => {
  expectSame(lines(play(2).tape.records), lines(play(2).tape.records))
})

test.each(ALL_MACHINES)(
  '%s alone on the composed tape says what it said composed, byte for byte',
  (name) => {
    const { records } = play(3).tape
    const alone = replay(buildProcessor([name], eagerConfigs, SHARD), records)
    expect(alone.length).toBeGreaterThan(0)
    expectSame(lines(alone), lines(records.filter(isBy(name))))
  },
)

test('machines composed in part say what they say apart, unless others answer them', () => {
  const { records } = play(4).tape
  for (const group of [
    ['features', 'pmf-model'],
    ['pmf-model', 'signals'],
    ['features', 'pmf-model', 'signals'],
    ['exec', 'paper-venue'],
  ] as const) {
    const outputs = replay(buildProcessor(group, eagerConfigs, SHARD), records)
    const wanted = records.filter((record) => group.some((name) => isBy(name)(record)))
    expectSame(lines(outputs), lines(wanted))
  }
})

test('a machine resumed from a snapshot anywhere goes on as if nothing had happened', () => {
  const { records } = play(5, 250).tape
  for (const name of ALL_MACHINES) {
    const straight = lines(replay(buildProcessor([name], eagerConfigs, SHARD), records))
    for (const cut of [1, 60, 200, 500, records.length - 5]) {
      const first = buildProcessor([name], eagerConfigs, SHARD)
      const before = lines(replay(first, records.slice(0, cut)))
      const second = buildProcessor([name], eagerConfigs, SHARD)
      second.restore(JSON.parse(JSON.stringify(first.snapshot())) as string)
      const after = lines(replay(second, records.slice(cut)))
      expectSame([...before, ...after], straight, `${name} cut at ${cut}`)
    }
  }
})

test('causality: what comes after t changes nothing said up to t', () => {
  const events = [...randomMarket(6, 300)]
  const whole = new Platform(SHARD, eagerConfigs)
  for (const event of events) whole.push(event)
  for (const cut of [40, 120, 250]) {
    const part = new Platform(SHARD, eagerConfigs)
    for (const event of events.slice(0, cut)) part.push(event)
    const said = lines(part.tape.records)
    expectSame(said, lines(whole.tape.records.slice(0, said.length)))
  }
})

test('every order can be followed back to an event from outside', () => {
  const { records } = play(7).tape
  const byId = new Map(records.map((r) => [r.id, JSON.parse(r.body) as AnyEvent]))
  const submitted = records.filter((r) => eventTypeOf(r.subject) === 'exec.order-submitted.v1')
  expect(submitted.length).toBeGreaterThan(0)
  for (const { id } of submitted) {
    const path: string[] = []
    let event = byId.get(id)
    while (event) {
      path.push(event.type)
      event = byId.get(event.causationId)
    }
    expect(path.slice(0, 5)).toEqual([
      'exec.order-submitted.v1',
      'risk.order-approved.v1',
      'signal.order-intent.v1',
      'pmf.fused-pmf.v1',
      'feature.ladder-frame.v1',
    ])
    expect(path.at(-1)).toMatch(/^(md|ops)\./)
  }
})

test('money is conserved: settled profit is payouts less what was paid and charged', () => {
  for (let seed = 10; seed < 20; seed++) {
    const events = play(seed).tape.records.map((r) => JSON.parse(r.body) as AnyEvent)
    const fills = events.filter((e) => e.type === 'exec.fill.v1').map((e) => e.data)
    const settled = events.filter((e) => e.type === 'exec.settled.v1').map((e) => e.data)
    const winner = 'KXHIGHSYN-26NOV20-B50.5'
    let expected = 0
    for (const { side, marketTicker, priceBps, countCenti, feeMicros } of fills) {
      const pays = (marketTicker === winner) === (side === 'yes')
      expected += (pays ? 10_000 : 0) * countCenti - priceBps * countCenti - feeMicros
    }
    expect(settled.reduce((sum, { pnlMicros }) => sum + pnlMicros, 0)).toBe(expected)
  }
})

test('a composition hides its inner events from its inputs', () => {
  const processor = buildProcessor(['exec', 'paper-venue'], eagerConfigs, SHARD)
  expect(processor.inputTypes.filter((type) => type.startsWith('exec.'))).toEqual([])
  expect(compose([], SHARD).inputTypes).toEqual([])
})
