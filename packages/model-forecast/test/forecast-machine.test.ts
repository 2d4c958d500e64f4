import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  defaultForecastConfig,
  FeatureVector,
  forecastMachine,
  PooledForecaster,
} from '../src/index.ts'
import type { ForecastArtefact, ForecastConfig, Frame } from '../src/index.ts'
import { frameOf, inputAt } from './frames.ts'

const config: ForecastConfig = {
  ...defaultForecastConfig,
  online: { ...defaultForecastConfig.online, horizonsSeconds: [5], pairsMin: 60 },
}

/** The mid of each bracket will move by its left neighbour's flow, 5 s on: 1 cent a unit. */
function* ladders(count: number, seed: number): Generator<readonly [number, Frame, number[]]> {
  const prng = new Prng(seed)
  const flows = Array.from({ length: count + 5 }, () => [0, 1, 2, 3].map(() => prng.nextNormal()))
  const mids = [0.2, 0.3, 0.3, 0.2]
  for (let t = 0; t < count; t++) {
    if (t >= 5) {
      for (let j = 1; j < 4; j++) {
        const move = 0.01 * flows[t - 5]![j - 1]! - 0.02 * (mids[j]! - 0.25)
        mids[j]! += move
        mids[0]! -= move
      }
    }
    const extra = Object.fromEntries(flows[t]!.map((ofi5s, j) => [j, { ofi5s }]))
    yield [t * 1_000_000, frameOf([...mids], extra), flows[t]!]
  }
}

type Row = { meanChange: number; sd: number }
const play = (state = forecastMachine.initial(config), from = 0, count = 1_200) =>
  [...ladders(count, 1)]
    .slice(from)
    .flatMap(([timeUs, frame]) =>
      forecastMachine.step(state, inputAt(timeUs, frame)).map((said) => ({ timeUs, frame, said })),
    )

describe('online forecaster', () => {
  test('learns which neighbour leads, and its forecasts of a partition sum to zero', () => {
    const said = play()
    expect(said.length).toBeGreaterThan(1_000)
    const frames = new Map([...ladders(1_200, 1)].map(([timeUs, frame]) => [timeUs, frame]))
    let [error, still, count] = [0, 0, 0]
    for (const { timeUs, frame, said: emission } of said) {
      if (timeUs < 600_000_000) continue
      const rows = (emission.data as { rows: Row[] }).rows
      expect(Math.abs(rows.reduce((sum, row) => sum + row.meanChange, 0))).toBeLessThan(1e-12)
      const later = frames.get(timeUs + 5_000_000)
      if (!later) continue
      for (const j of [1, 2, 3]) {
        const change = later.rows[j]!.mid! - frame.rows[j]!.mid!
        error += (change - rows[j]!.meanChange) ** 2
        still += change ** 2
        count++
      }
    }
    // The flow now is one of the five moves of the window: a fifth of the variance, and some drift.
    expect(count).toBeGreaterThan(1_000)
    expect(error / still).toBeLessThan(0.9)
  })

  test('says at t what it would have said had the world ended at t', () => {
    const whole = play()
    const cut = 700
    const state = forecastMachine.initial(config)
    const prefix = [...ladders(1_200, 1)]
      .slice(0, cut)
      .flatMap(([timeUs, frame]) => forecastMachine.step(state, inputAt(timeUs, frame)))
    expect(prefix).toEqual(whole.filter(({ timeUs }) => timeUs < cut * 1e6).map((w) => w.said))
  })

  test('goes on from a snapshot as if nothing had happened; other options start anew', () => {
    const straight = play()
    const state = forecastMachine.initial(config)
    for (const [timeUs, frame] of ladders(900, 1))
      forecastMachine.step(state, inputAt(timeUs, frame))
    const saved = JSON.parse(JSON.stringify(forecastMachine.snapshot(state)))
    const rest = play(forecastMachine.restore(config, saved), 900)
    expect(rest).toEqual(straight.filter(({ timeUs }) => timeUs >= 900e6))
    const other = { ...config, online: { ...config.online, horizonsSeconds: [6] } }
    expect(forecastMachine.restore(other, saved).events.size).toBe(0)
  })

  test('a bracket without two fresh sides has no forecast, and the rest are not forced to zero', () => {
    const state = forecastMachine.initial(config)
    for (const [timeUs, frame] of ladders(300, 2))
      forecastMachine.step(state, inputAt(timeUs, frame))
    const one = frameOf([0.2, 0.3, 0.3, 0.2], { 1: { quoteState: 'stale' } })
    const [said] = forecastMachine.step(state, inputAt(300e6, one))
    const { rows } = said!.data as { rows: { marketTicker: string }[] }
    expect(rows.map((row) => row.marketTicker)).toEqual(
      one.rows.filter((_, j) => j !== 1).map((row) => row.marketTicker),
    )
  })
})

describe('feature vector', () => {
  test('missing is 0 with an indicator, and neighbours are the rows beside', () => {
    const vector = new FeatureVector(['ofi5s', 'notYetThere'])
    const frame = frameOf([0.4, 0.6], { 0: { ofi5s: 7 }, 1: { ofi5s: null } })
    const out = vector.fill(frame, 3_600_000_000)
    const at = (j: number, column: string): number =>
      out[j * vector.width + vector.columns.indexOf(column)]!
    expect([at(0, 'own.ofi5s'), at(0, 'own.ofi5s.missing')]).toEqual([7, 0])
    expect([at(0, 'upper.ofi5s'), at(0, 'upper.ofi5s.missing')]).toEqual([0, 1])
    expect([at(1, 'lower.ofi5s'), at(1, 'lower.ofi5s.missing')]).toEqual([7, 0])
    expect([at(0, 'lower.ofi5s'), at(0, 'lower.ofi5s.missing')]).toEqual([0, 1])
    expect([at(0, 'own.notYetThere'), at(0, 'own.notYetThere.missing')]).toEqual([0, 1])
    expect(at(0, 'hoursToClose')).toBe(24)
  })

  test('a feature of the event stands once, the same in every row', () => {
    const vector = new FeatureVector([
      'event.muVelocityT',
      'ofi5s',
      'event.hazard60min',
      'weatherGap',
    ])
    expect(vector.columns).toEqual([
      ...['own', 'lower', 'upper'].flatMap((side) =>
        ['ofi5s', 'weatherGap'].flatMap((name) => [`${side}.${name}`, `${side}.${name}.missing`]),
      ),
      ...['event.muVelocityT', 'event.muVelocityT.missing'],
      ...['event.hazard60min', 'event.hazard60min.missing'],
      ...['hoursToClose', 'daySin', 'dayCos'],
    ])
    const unknown = {
      ...{ mu: null, muAcceleration: null, muAccelerationSe: null, muCusum: null, muFocus: null },
      ...{ hardLowerF: null, hazard15min: null, probabilityOfNewHigh: null, weatherAgeMs: null },
      ...{ localHour: null, minutesToClose: 1 },
    }
    const event = { ...unknown, muVelocity: 3, muVelocitySe: 2, hazard60min: null }
    const frame = Object.assign(frameOf([0.4, 0.6], { 1: { weatherP: 0.5 } }), { event })
    const out = vector.fill(frame, 0)
    const at = (j: number, column: string): number =>
      out[j * vector.width + vector.columns.indexOf(column)]!
    for (const j of [0, 1]) {
      expect([at(j, 'event.muVelocityT'), at(j, 'event.muVelocityT.missing')]).toEqual([1.5, 0])
      expect([at(j, 'event.hazard60min'), at(j, 'event.hazard60min.missing')]).toEqual([0, 1])
    }
    expect([at(0, 'own.weatherGap.missing'), at(0, 'upper.weatherGap')]).toEqual([1, 0.5 - 0.6])
    const old = vector.fill(frameOf([0.4]), 0)
    expect(old[vector.columns.indexOf('event.muVelocityT.missing')]).toBe(1)
  })
})

describe('artefact', () => {
  const vector = new FeatureVector(['ofi5s'])
  const numbers = (value: number) => vector.columns.map(() => value)
  const artefact: ForecastArtefact = {
    format: 'kwm-forecast',
    v: 1,
    modelVersion: 'ridge-test',
    horizonSeconds: 30,
    features: ['ofi5s'],
    featureHash: 'to be filled',
    scaler: { mean: numbers(1), scale: numbers(2) },
    model: {
      kind: 'ridge',
      coefficients: vector.columns.map((name) => (name === 'own.ofi5s' ? 0.01 : 0)),
      intercept: 0.5,
    },
    residualSd: 0.02,
  }
  const hash = /is not (\w+) of/.exec(refusal(artefact))![1]!
  const good: ForecastArtefact = { ...artefact, featureHash: hash }

  test('predicts with its own scaler, beside the online forecaster', () => {
    const frame = frameOf([0.2, 0.3, 0.5], { 0: { ofi5s: 9 } })
    const features = vector.fill(frame, 0)
    expect(PooledForecaster.load(good).predict(features, 0)).toBeCloseTo(0.5 + 0.01 * 4, 12)
    const state = forecastMachine.initial({ ...config, artefacts: [good] })
    const [said] = forecastMachine.step(state, inputAt(5e6, frame))
    expect(said!.data).toMatchObject({ modelVersion: 'ridge-test', horizonSeconds: 30 })
    // Each would rise by 0.5 or so; prices of a partition cannot all rise.
    const { rows } = said!.data as { rows: Row[] }
    expect(rows.map((row) => row.sd)).toEqual([0.02, 0.02, 0.02])
    expect(rows.reduce((sum, row) => sum + row.meanChange, 0)).toBeCloseTo(0, 12)
    expect(rows[0]!.meanChange).toBeGreaterThan(rows[1]!.meanChange)
  })

  test.each([
    ['other features', { features: ['ofi60s'] }, 'train it again'],
    ['another order', { features: ['ofi60s', 'ofi5s'] }, 'train it again'],
    ['another version', { v: 2 }, 'v 1'],
    ['a horizon of half a second', { horizonSeconds: 0.5 }, 'horizonSeconds'],
    ['a scale of 0', { scaler: { mean: numbers(0), scale: numbers(0) } }, 'scaler.scale'],
    [
      'a missing coefficient',
      { model: { kind: 'ridge', coefficients: [1], intercept: 0 } },
      'model',
    ],
    ['an unknown model', { model: { kind: 'forest' } }, 'model.kind'],
    ['broken trees', { model: { kind: 'boosting', trees: {} } }, 'model.trees'],
  ])('is refused with %s', (_, change, words) => {
    expect(refusal({ ...good, ...change } as ForecastArtefact)).toContain(words)
  })

  function refusal(candidate: ForecastArtefact): string {
    try {
      PooledForecaster.load(candidate)
    } catch (error) {
      expect((error as Error).name).toBe('ArtefactRefusedError')
      return (error as Error).message
    }
    throw new Error('it was taken')
  }
})
