import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'
import { syntheticDay } from '../src/index.ts'
import { residualStep, turbulenceSdF } from '../src/weather/temperature-path.ts'

const sum = (values: Iterable<number>): number => [...values].reduce((total, v) => total + v, 0)

test('they sum to one, forget what the running maximum has passed and end at the result', () => {
  for (let seed = 0; seed < 6; seed++) {
    const { truth, result } = syntheticDay({ seed })
    const { path, edgesF, probabilities, firstMinute } = truth
    for (let minute = firstMinute; minute < 1_440; minute++) {
      const row = probabilities.at(minute)
      expect(sum(row)).toBeCloseTo(1, 9)
      for (const [k, p] of row.entries()) {
        expect(p).toBeGreaterThanOrEqual(0)
        const isPassed = k < edgesF.length && path.runningMaxF[minute]! >= edgesF[k]!
        if (isPassed) expect(p).toBe(0)
      }
    }
    const last = probabilities.at(1_439)
    const winner = Object.values(result.results).indexOf('yes')
    expect([...last]).toEqual(Array.from(last, (_, k) => (k === winner ? 1 : 0)))
    const inBracket = edgesF.filter((edge) => result.officialHighF > edge).length
    expect(inBracket).toBe(winner)
    expect(result.officialHighF).toBe(Math.floor(Math.max(...path.tempF) + 0.5))
  }
})

// The oracle plays the rest of the day forward many times; the code goes backwards on a grid.
test('they agree with brute force', () => {
  const { truth } = syntheticDay({ seed: 'brute', fromHour: 9 })
  const { path, edgesF, probabilities } = truth
  const { weather } = path
  const { persistence, stepSdF } = residualStep(weather)
  const prng = new Prng('continuations')
  const runs = 4_000
  for (const minute of [600, 780, 870]) {
    const wins = Array.from({ length: edgesF.length + 1 }, () => 0)
    for (let run = 0; run < runs; run++) {
      let residual = path.residualF[minute]!
      let maximum = path.runningMaxF[minute]!
      for (let m = minute + 1; m < 1_440; m++) {
        residual = persistence * residual + stepSdF * prng.nextNormal()
        const temp = path.curveF[m]! + residual + turbulenceSdF(weather, m) * prng.nextNormal()
        maximum = Math.max(maximum, temp)
      }
      wins[edgesF.filter((edge) => maximum >= edge).length]!++
    }
    for (const [k, p] of probabilities.at(minute).entries()) {
      const error = Math.sqrt((p * (1 - p)) / runs)
      expect(Math.abs(wins[k]! / runs - p)).toBeLessThan(4 * error + 1e-3)
    }
  }
})

test('they are calibrated: what they call likely happens as often', () => {
  const bins = Array.from({ length: 10 }, () => ({ excess: 0, variance: 0 }))
  const byTime = new Map<number, { excess: number; variance: number }>()
  for (let seed = 0; seed < 100; seed++) {
    const { truth, result } = syntheticDay({ seed: `calibration ${seed}`, fromHour: 8 })
    const winner = Object.values(result.results).indexOf('yes')
    // Independent between days only, so each test statistic takes one moment of each day.
    const minute = [480, 660, 780, 870][seed % 4]!
    const row = truth.probabilities.at(minute)
    for (const [k, p] of row.entries()) {
      const bin = bins[Math.min(9, Math.floor(p * 10))]!
      bin.excess += (k === winner ? 1 : 0) - p
      bin.variance += p * (1 - p)
    }
    const score = byTime.get(minute) ?? { excess: 0, variance: 0 }
    // The probability of what happened, against its expectation: catches over-confidence.
    const expected = sum(row.map((p) => p * p))
    score.excess += row[winner]! - expected
    score.variance += sum(row.map((p) => p * (p - expected) ** 2))
    byTime.set(minute, score)
  }
  for (const { excess, variance } of [...bins, ...byTime.values()]) {
    expect(Math.abs(excess)).toBeLessThanOrEqual(4 * Math.sqrt(variance) + 1e-9)
  }
})
