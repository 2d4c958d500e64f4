import { expect, test } from 'vitest'
import { INDEX_SECONDS_MAX, SyntheticIndex, indexBody } from '../src/index.ts'
import type { IndexSecond } from '../src/index.ts'

const START = 1_795_132_700
const open = (seed = 's'): SyntheticIndex =>
  new SyntheticIndex('BRTI', { seed, startSecond: START, startCents: 6_800_000 })

function walk(seconds: number, stride: number): IndexSecond[] {
  const index = open()
  const said: IndexSecond[] = []
  for (let at = stride; at <= seconds; at += stride) said.push(...index.advanceTo(START + at))
  return said
}

test('both averages are those of the seconds in their windows', () => {
  const said = walk(3_000, 1)
  const centsAt = new Map(said.map(({ second, cents }) => [second, cents]))
  const sumOf = (from: number, to: number): [cents: number, seconds: number] => {
    const inside = [...centsAt].filter(([second]) => second >= from && second <= to)
    return [inside.reduce((sum, [, cents]) => sum + cents, 0), inside.length]
  }
  let settled = 0
  for (const { second, cents, average60s, settlement } of said) {
    const [sum, count] = sumOf(second - 60, second - 1)
    expect([average60s.cents, average60s.seconds]).toEqual(count === 0 ? [cents, 0] : [sum, count])
    const close = Math.ceil(second / 900) * 900
    if (second <= close - 60) expect(settlement).toBeNull()
    else {
      expect([settlement!.cents, settlement!.seconds]).toEqual(sumOf(close - 59, second))
      expect(settlement!.fromSecond).toBe(close - 60)
      if (second === close) settled++
      if (second === close) expect(settlement!.seconds).toBe(60)
    }
  }
  expect(settled).toBe(4)
})

test('it is the same walk however often one looks, and another from another seed', () => {
  expect(walk(900, 1)).toEqual(walk(900, 30))
  expect(open('t').advanceTo(START + 60)).not.toEqual(open().advanceTo(START + 60))
})

test('who looks seldom is told the last seconds, and no more', () => {
  const said = open().advanceTo(START + 10_000_000)
  expect(said).toHaveLength(INDEX_SECONDS_MAX)
  expect(said.at(-1)!.second).toBe(START + 10_000_000)
})

test('the body says that it is synthetic', () => {
  const [said] = open().advanceTo(START + 1)
  const body = JSON.parse(indexBody('BRTI', said!)) as { data: string; avg_60s_data: object }
  expect(JSON.parse(body.data)).toMatchObject({ type: 'value', id: 'BRTI', synthetic: true })
  expect(body.avg_60s_data).toMatchObject({
    window_size: 0,
    window_end_ts_exclusive: (START + 1) * 1_000,
  })
})
