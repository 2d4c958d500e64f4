import { PooledForecaster } from '@kwm/model-forecast'
import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  directionOf,
  fitForecaster,
  ForecastTableBuilder,
  trainForecaster,
  TuningError,
} from '../src/index.ts'
import type { Candidate, ForecastTable } from '../src/index.ts'
import { marketFrames, type MarketOptions } from './frames.ts'

const FEATURES = ['mid', 'ofi5s', 'queueImbalance']
const options = {
  seed: 1,
  trialsPerKind: 2,
  trainDays: 6,
  testDays: 2,
  latencyUs: 1_000_000,
} as const

function tableOf(market: MarketOptions, features: readonly string[] = FEATURES): ForecastTable {
  const builder = new ForecastTableBuilder({ features, horizonSeconds: 30, everySeconds: 60 })
  for (const frame of marketFrames(market)) builder.add(frame)
  return builder.build()
}

describe('table', () => {
  test('holds the change one horizon on, and each event day weighs the same', () => {
    const market = { days: 2, seed: 5, flowEffect: 0.001 }
    const table = tableOf(market)
    const frames = [...marketFrames(market)]
    const width = table.columns.length
    const ofi = table.columns.indexOf('own.ofi5s')
    expect(table.targets.length).toBe(2 * 100 * 3)
    for (let r = 0; r < table.targets.length; r++) {
      const at = frames.findIndex((frame) => frame.eventTimeUs === table.times[r])
      const [now, later] = [frames[at]!.data.rows, frames[at + 1]!.data.rows]
      const j = r % 3
      expect(table.features[r * width + ofi]).toBe(now[j]!.ofi5s)
      expect(table.targets[r]).toBe(later[j]!.mid! - now[j]!.mid!)
      expect(table.labelTimes[r]! - table.times[r]!).toBe(30_000_000)
    }
    expect(table.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(2, 9)
  })
})

describe('training', () => {
  test('finds a planted effect out of sample and makes an artefact that loads', () => {
    const table = tableOf({ days: 14, seed: 1, flowEffect: 0.001 })
    const { report, artefact } = trainForecaster(table, options)
    expect(report.reason).toBe('better than no change')
    expect(report.skill).toBeGreaterThan(0.1)
    expect(report.folds).toHaveLength(4)
    expect(report.trials).toHaveLength(4 * 3 * 2)
    expect(report.leakage.isAlarmed).toBe(false)
    expect(report.daily.map(({ day }) => day)).toEqual([...new Set(table.days)].slice(6))
    const sum = (key: 'ours' | 'still') => report.daily.reduce((total, d) => total + d[key], 0)
    expect(1 - sum('ours') / sum('still')).toBeCloseTo(report.skill, 6)
    const gap = report.bins.at(-1)!.meanRealised - report.bins[0]!.meanRealised
    expect(gap).toBeGreaterThan(0.02)
    const model = PooledForecaster.load(JSON.parse(JSON.stringify(artefact)))
    expect(artefact!.modelVersion).toMatch(/^(ridge|logistic|boosting)-30s-[0-9a-f]{8}$/)
    expect(artefact!.residualSd).toBeGreaterThan(0.015)
    expect(artefact!.residualSd).toBeLessThan(0.025)
    // A flow of 20 pushes the mid by 2 cents.
    const row = table.features.slice(0, table.columns.length)
    const change = (flow: number): number => {
      row[table.columns.indexOf('own.ofi5s')] = flow
      return model.predict(row, 0)
    }
    expect(change(15) - change(-15)).toBeGreaterThan(0.015)
    expect(trainForecaster(table, options).artefact).toEqual(artefact)
  })

  const candidates: Candidate[] = [
    { kind: 'ridge', ridge: 1e-4 },
    { kind: 'logistic', ridge: 1 },
    { kind: 'boosting', learningRate: 0.1, depthMax: 3, leafRowsMin: 30 },
  ]
  test.each(candidates)('$kind learns the planted effect alone', (candidate) => {
    const table = tableOf({ days: 8, seed: 6, flowEffect: 0.001 })
    const rows = Uint32Array.from(table.targets.keys())
    const model = PooledForecaster.load(fitForecaster(table, rows, candidate, 2)!)
    const row = table.features.slice(0, table.columns.length)
    const change = (flow: number): number => {
      row[table.columns.indexOf('own.ofi5s')] = flow
      return model.predict(row, 0)
    }
    expect(change(15) - change(-15)).toBeGreaterThan(0.015)
    expect(change(15) - change(-15)).toBeLessThan(0.045)
    expect(change(15)).toBeGreaterThan(0)
    expect(change(-15)).toBeLessThan(0)
  })

  test('shuffled labels give nothing', () => {
    const table = tableOf({ days: 14, seed: 2, flowEffect: 0.001 })
    const prng = new Prng(3)
    const targets = table.targets.slice()
    for (let i = targets.length - 1; i > 0; i--) {
      const j = prng.nextInt(i + 1)
      ;[targets[i], targets[j]] = [targets[j]!, targets[i]!]
    }
    const { report, artefact } = trainForecaster({ ...table, targets }, options)
    expect(artefact).toBeNull()
    expect(report.skill).toBeLessThan(0.02)
    expect(Math.abs(report.leakage.auc! - 0.5)).toBeLessThan(0.08)
  })

  test('an injected future mid fires the leakage alarm, which names the column', () => {
    const market = { days: 14, seed: 4, flowEffect: 0, leaksFuture: true }
    const { report, artefact } = trainForecaster(
      tableOf(market, [...FEATURES, 'futureMidGap']),
      options,
    )
    expect(report.leakage.isAlarmed).toBe(true)
    expect(report.leakage.auc!).toBeGreaterThan(0.9)
    expect(report.leakage.suspect?.column).toBe('own.futureMidGap')
    expect(report.reason).toContain('leakage')
    expect(artefact).toBeNull()
  })

  test('a move of one cent is flat, of one cent and a half is not, at any price', () => {
    for (let cents = 1; cents < 97; cents++) {
      const at = cents / 100
      expect(directionOf((cents + 1) / 100 - at)).toBe(0)
      expect(directionOf(at - (cents + 1) / 100)).toBe(0)
      expect(directionOf((cents + 1.5) / 100 - at)).toBe(1)
      expect(directionOf(at - (cents + 1.5) / 100)).toBe(-1)
    }
  })

  test('a feature that no row has is named', () => {
    const table = tableOf({ days: 8, seed: 5, flowEffect: 0 }, [...FEATURES, 'ofi5ss', 'event.mu'])
    expect(trainForecaster(table, options).report.absent).toEqual(['ofi5ss', 'event.mu'])
  })

  test('too few days are refused with what is needed', () => {
    const table = tableOf({ days: 5, seed: 5, flowEffect: 0 })
    expect(() => trainForecaster(table, options)).toThrow(TuningError)
    expect(() => trainForecaster(table, options)).toThrow('5 climate days of rows, 8 needed')
  })
})
