import { expect, test } from 'vitest'
import { pmfMachine, defaultPmfConfig, type PmfSnapshot } from '../src/index.ts'
import { CENTRES, Desk, EVENT, probabilities, QUIET, type Quote } from './desk.ts'

const WEATHER = [0.02, 0.1, 0.38, 0.36, 0.12, 0.02]
/** 42 to 44 in the lower tail with a mean of 43.5, 53 and 57 in the upper one with a mean of 54. */
const degrees = (upper: readonly [at53: number, at57: number]) => ({
  lowestF: 43,
  p: [0.01, 0.01, 0.05, 0.05, 0.19, 0.19, 0.18, 0.18, 0.06, 0.06, upper[0], 0, 0, 0, upper[1]],
})
const massOf = (p: readonly number[], centres: readonly number[]): number =>
  p.reduce((mu, value, k) => mu + value * centres[k]!, 0)

test('an open tail stands where the weather has its mean, and a degree beyond its edge without', () => {
  const desk = new Desk()
  const alone = desk.frame()
  expect(alone.mu).toBeCloseTo(massOf(probabilities(alone), CENTRES), 12)
  desk.weather(WEATHER, { pmf: degrees([0.015, 0.005]) })
  const said = desk.frame()
  const places = [43.5, 45.5, 47.5, 49.5, 51.5, (53 * 0.015 + 57 * 0.005) / 0.02]
  expect(said.mu).toBeCloseTo(massOf(probabilities(said), places), 12)
  desk.weather(WEATHER, { pmf: degrees([0, 0]) })
  const empty = desk.frame()
  expect(empty.mu).toBeCloseTo(massOf(probabilities(empty), [...places.slice(0, 5), 53.5]), 12)
})

test('a tail that moves is no motion of the market', () => {
  const weathers = [[0.02, 0] as const, [0.005, 0.015] as const]
  const [steady, moving] = weathers.map(() => new Desk())
  for (let n = 0; n < 40; n++) {
    const quotes: Quote[] = [...QUIET.slice(0, 5), [100 + 100 * (n % 3), 300 + 100 * (n % 3)]]
    steady!.weather(WEATHER, { pmf: degrees(weathers[0]!) })
    moving!.weather(WEATHER, { pmf: degrees(weathers[n % 2]!) })
    const [a, b] = [steady!.frame(quotes), moving!.frame(quotes)]
    expect(probabilities(b)).toEqual(probabilities(a))
    if (n % 2 === 1) expect(b.mu! - a.mu!).toBeGreaterThan(0.04)
    // What the tail holds moves with the quotes, so the two are not quite the same.
    if (n > 20) expect(Math.abs(b.muVelocity! - a.muVelocity!)).toBeLessThan(0.004)
    if (n > 20) expect(b.muVelocitySe!).toBeLessThan(2 * a.muVelocitySe!)
  }
})

test('resumed from JSON the axis is the same to the bit', () => {
  const [straight, resumed] = [new Desk(), new Desk()]
  for (let n = 0; n < 12; n++) {
    for (const desk of [straight, resumed]) {
      if (n % 3 === 0) desk.weather(WEATHER, { pmf: degrees([0.02 - n / 1_000, n / 1_000]) })
    }
    expect(JSON.stringify(resumed.frame())).toBe(JSON.stringify(straight.frame()))
    const saved = JSON.parse(JSON.stringify(pmfMachine.snapshot(resumed.state))) as PmfSnapshot
    resumed.state = pmfMachine.restore(defaultPmfConfig, saved)
    expect(resumed.state.events.has(EVENT)).toBe(true)
  }
})
