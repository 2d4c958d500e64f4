import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'
import { reliabilityOf } from '../src/index.ts'
import type { TestedPmf } from '../src/index.ts'

/** Two brackets a day; the first was said to win with p, and wins so often. */
const days = (said: readonly number[], wins: (i: number) => boolean): TestedPmf[] =>
  said.map((p, i) => {
    const pmf = Float64Array.of(p, 1 - p)
    const mapped = { none: pmf, platt: pmf, temperature: pmf, beta: pmf, isotonic: pmf }
    return { day: `day ${i}`, outcome: wins(i) ? 0 : 1, mapped }
  })

test('bins count every bracket, say what was said and won there', () => {
  const prng = new Prng(2)
  const said = Array.from({ length: 600 }, () => prng.nextFloat())
  const luck = said.map((p) => prng.nextFloat() < p)
  const { bins, brier } = reliabilityOf(
    days(said, (i) => luck[i]!),
    'none',
  )!
  expect(bins.map(({ from }) => from)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
  expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(1_200)
  for (const { from, to, said: mean, won } of bins) {
    const pairs = said.flatMap((p, i) => [
      { p, y: luck[i] ? 1 : 0 },
      { p: 1 - p, y: luck[i] ? 0 : 1 },
    ])
    const mine = pairs.filter(({ p }) => p >= from && p < to)
    expect(mean).toBeCloseTo(mine.reduce((sum, { p }) => sum + p, 0) / mine.length, 12)
    expect(won).toBeCloseTo(mine.reduce((sum, { y }) => sum + y, 0) / mine.length, 12)
  }
  expect(brier).toBeCloseTo(
    said.reduce((sum, p, i) => sum + (p - Number(luck[i])) ** 2, 0) / 600,
    9,
  )
})

test('bars hold the truth nine times in ten', () => {
  const prng = new Prng(3)
  let [held, total] = [0, 0]
  for (let trial = 0; trial < 30; trial++) {
    const said = Array.from({ length: 300 }, () => prng.nextFloat())
    const luck = said.map((p) => prng.nextFloat() < p)
    const { bins } = reliabilityOf(
      days(said, (i) => luck[i]!),
      'none',
    )!
    held += bins.filter(({ low, high, said: mean }) => low <= mean && mean <= high).length
    total += bins.length
  }
  expect(Math.abs(held / total - 0.9)).toBeLessThan(0.06)
})

test('few brackets join the bin below, impossible ones count nowhere', () => {
  const low = Array.from({ length: 100 }, () => 0.05)
  const { bins } = reliabilityOf(
    days([...low, 0.55, 0.56, 0, 1], () => false),
    'none',
  )!
  expect(bins.map(({ from, to, n }) => [from, to, n])).toEqual([
    [0, 0.9, 104],
    [0.9, 1, 102],
  ])
  expect(reliabilityOf([], 'none')).toBeNull()
})
