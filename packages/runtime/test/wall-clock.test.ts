import { expect, test } from 'vitest'
import { createWallClock, systemClock } from '../src/index.ts'

const START_MS = 1_795_000_000_000

/** A machine's two clocks; `step` is a correction of the first. */
function machine() {
  let [wall, steady] = [START_MS, 5_000]
  const nowUs = createWallClock({ wallMs: () => Math.floor(wall), steadyMs: () => steady })
  return {
    nowUs: () => nowUs() / 1_000 - START_MS,
    pass: (ms: number) => {
      wall += ms
      steady += ms
    },
    step: (ms: number) => void (wall += ms),
  }
}

test('between corrections it has the resolution of the steady clock', () => {
  const { nowUs, pass } = machine()
  expect(nowUs()).toBe(0)
  pass(0.25)
  expect(nowUs()).toBe(0.25)
  pass(1_000)
  expect(nowUs()).toBe(1_000.25)
})

test('a correction forward is taken at once', () => {
  const { nowUs, pass, step } = machine()
  pass(10)
  step(3_600_000)
  expect(nowUs()).toBeCloseTo(3_600_010, -1)
  pass(1)
  expect(nowUs()).toBeCloseTo(3_600_011, -1)
})

test('after a correction backward time slows down, never returns, and meets the wall again', () => {
  const { nowUs, pass, step } = machine()
  pass(10_000)
  const before = nowUs()
  step(-4_000)
  let last = before
  for (let ms = 0; ms < 8_000; ms += 10) {
    pass(10)
    const now = nowUs()
    expect(now).toBeGreaterThan(last)
    expect(now - last).toBeLessThanOrEqual(10)
    last = now
  }
  expect(last).toBeCloseTo(before + 4_000, -1)
  pass(1_000)
  expect(nowUs()).toBeCloseTo(before + 5_000, -1)
})

test('read without pause it still goes on', () => {
  const { nowUs, pass, step } = machine()
  step(-1_000)
  const before = nowUs()
  for (let i = 0; i < 10_000; i++) {
    pass(0.000_5) // Half a microsecond: alone it would always be rounded away.
    nowUs()
  }
  expect(nowUs() - before).toBeCloseTo(2.5, 1)
})

test('the system clock agrees with the wall', () => {
  const beforeMs = Date.now()
  const nowUs = systemClock.nowUs()
  const afterMs = Date.now()
  expect(nowUs / 1_000).toBeGreaterThan(beforeMs - 100)
  expect(nowUs / 1_000).toBeLessThan(afterMs + 100)
})
