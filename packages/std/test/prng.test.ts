import { expect, test } from 'vitest'
import { Prng, RingBuffer } from '@kwm/std'

test('xoshiro128** gives the published first outputs for state 1, 2, 3, 4', () => {
  const prng = new Prng([1, 2, 3, 4])
  expect([prng.nextUint32(), prng.nextUint32(), prng.nextUint32()]).toEqual([11520, 0, 5927040])
})

test('a stream goes on from its saved state', () => {
  const prng = new Prng('seed')
  prng.nextFloat()
  const copy = new Prng(prng.state())
  expect(Array.from({ length: 20 }, () => prng.nextUint32())).toEqual(
    Array.from({ length: 20 }, () => copy.nextUint32()),
  )
})

test('normals have mean 0 and variance 1, exponentials mean 1 / rate', () => {
  const prng = new Prng(7)
  const n = 50_000
  let sum = 0
  let squares = 0
  let waiting = 0
  for (let i = 0; i < n; i++) {
    const x = prng.nextNormal()
    sum += x
    squares += x * x
    waiting += prng.nextExponential(4)
  }
  expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n))
  expect(Math.abs(squares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
  expect(Math.abs(waiting / n - 0.25)).toBeLessThan(0.005)
})

test('a ring keeps the newest, oldest first', () => {
  const ring = new RingBuffer(3, [1, 2, 3, 4, 5])
  expect([ring.toArray(), ring.at(0), ring.at(-1), ring.at(3), ring.size]).toEqual([
    [3, 4, 5],
    3,
    5,
    undefined,
    3,
  ])
})
