import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import { PairMotion, type PairMotionConfig } from '../src/index.ts'

const config: PairMotionConfig = {
  ...{ stepUs: 1_000_000, fastHalfLifeUs: 10_000_000, slowHalfLifeUs: 40_000_000, minNEff: 6 },
}

/** Lower and upper mids by the second: the upper one follows the lower one's change, opposite, late. */
function path(seed: number, seconds: number, lag: number, share = -0.8): [number, number][] {
  const prng = new Prng(seed)
  const changes = Array.from({ length: seconds + lag }, () => 0.01 * prng.nextNormal())
  let [a, b] = [0.5, 0.3]
  return Array.from({ length: seconds }, (_, n) => {
    a += changes[n + lag]!
    b += share * changes[n]! + 0.001 * prng.nextNormal()
    return [a, b]
  })
}

const play = (mids: readonly (readonly [number, number])[], of = config): PairMotion => {
  const pair = new PairMotion(of)
  for (const [n, [a, b]] of mids.entries()) pair.sample(n * 1_000_000, a, b)
  return pair
}

/** The same by lists of changes with weights 2^(-age / half-life). */
function byDefinition(mids: readonly (readonly [number, number])[], halfLifeUs: number) {
  const change = (n: number, k: 0 | 1) => mids[n]![k] - mids[n - 1]![k]
  const weight = (n: number) => 2 ** ((-(mids.length - 1 - n) * config.stepUs) / halfLifeUs)
  const sum = (from: number, f: (n: number) => number) => {
    let total = 0
    for (let n = from; n < mids.length; n++) total += weight(n) * f(n)
    return total
  }
  const correlation = (from: number, x: (n: number) => number, y: (n: number) => number) =>
    sum(from, (n) => x(n) * y(n)) /
    Math.sqrt(sum(from, (n) => x(n) ** 2) * sum(from, (n) => y(n) ** 2))
  const a = (n: number) => change(n, 0)
  const b = (n: number) => change(n, 1)
  let [weights, squares] = [0, 0]
  for (let n = 1; n < mids.length; n++) {
    weights += weight(n)
    squares += weight(n) ** 2
  }
  return {
    correlation: correlation(1, a, b),
    leadLag: correlation(2, (n) => a(n - 1), b) - correlation(2, (n) => b(n - 1), a),
    beta: sum(1, (n) => a(n) * b(n)) / sum(1, (n) => a(n) ** 2),
    nEff: weights ** 2 / squares,
  }
}

describe('against the definition', () => {
  test.each([1, 2, 3, 4, 5])('correlations, lead and shift of path %i', (seed) => {
    const mids = path(seed, 20 + seed * 17, seed % 3)
    const pair = play(mids)
    const slow = byDefinition(mids, config.slowHalfLifeUs)
    const fast = byDefinition(mids, config.fastHalfLifeUs)
    expect(pair.correlation).toBeCloseTo(slow.correlation, 9)
    expect(pair.leadLag).toBeCloseTo(slow.leadLag, 9)
    const shift =
      (Math.atanh(fast.correlation) - Math.atanh(slow.correlation)) * Math.sqrt(fast.nEff - 3)
    expect(pair.shift).toBeCloseTo(shift, 8)
  })

  test('the gap is what the upper one departs beyond beta times the lower one', () => {
    const mids = path(6, 60, 0)
    const keep = 2 ** (-config.stepUs / config.fastHalfLifeUs)
    let [meanA, meanB] = mids[0]!
    for (const [a, b] of mids.slice(1)) {
      meanA = keep * meanA + (1 - keep) * a
      meanB = keep * meanB + (1 - keep) * b
    }
    const [a, b] = mids.at(-1)!
    const { beta } = byDefinition(mids, config.slowHalfLifeUs)
    expect(play(mids).gap).toBeCloseTo(b - meanB - beta * (a - meanA), 9)
  })
})

test('who leads is told apart', () => {
  const lowerLeads = play(path(7, 300, 1))
  expect(lowerLeads.leadLag).toBeLessThan(-0.5) // It moves against it, a step later.
  const sameSign = play(path(7, 300, 1, 0.8))
  expect(sameSign.leadLag).toBeGreaterThan(0.5)
  expect(play(path(7, 300, 0)).correlation).toBeLessThan(-0.9)
})

test('a sudden departure is a gap of many standard deviations', () => {
  const mids = path(8, 200, 0)
  const quiet = Math.abs(play(mids).gapZ!)
  const [a, b] = mids.at(-1)!
  const jumped = play([...mids.slice(0, -1), [a, b + 0.05]])
  expect(quiet).toBeLessThan(4)
  expect(jumped.gapZ).toBeGreaterThan(8)
})

test('the first sample of a step counts, and a gap in the quotes is no change', () => {
  const pair = new PairMotion(config)
  for (let n = 0; n < 20; n++) {
    pair.sample(n * 1_000_000, 0.5 + 0.01 * (n % 3), 0.4 - 0.01 * (n % 3))
    pair.sample(n * 1_000_000 + 500_000, 0.9, 0.9)
  }
  expect(pair.correlation).toBeCloseTo(-0.999, 12)
  pair.sample(20_000_000, NaN, 0.4)
  expect(pair.gap).toBeNull()
  pair.sample(21_000_000, 0.1, 0.9)
  pair.sample(30_000_000, 0.9, 0.9)
  expect(pair.correlation).toBeCloseTo(-0.999, 12)
  expect(new PairMotion().correlation).toBeNull()
  expect(new PairMotion().leadLag).toBeNull()
})

test('a snapshot anywhere goes on bit for bit', () => {
  const mids = path(9, 80, 1)
  const straight = play(mids)
  for (const cut of [0, 1, 2, 30, 79]) {
    let pair = play(mids.slice(0, cut))
    pair = PairMotion.restore(config, JSON.parse(JSON.stringify(pair.snapshot())) as never)
    for (let n = cut; n < mids.length; n++) pair.sample(n * 1_000_000, ...mids[n]!)
    expect(pair.snapshot()).toEqual(straight.snapshot())
    expect([pair.shift, pair.gapZ]).toEqual([straight.shift, straight.gapZ])
  }
})
