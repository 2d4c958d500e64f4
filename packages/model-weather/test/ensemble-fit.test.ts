import { normCdf } from '@kwm/quant'
import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  cdfOf,
  certainPmf,
  defaultDressing,
  dayMaximum,
  dressedCrps,
  dressingAt,
  ENSEMBLE_DAYS_MIN,
  fitDressing,
  fitPoolWeight,
  fitStation,
  pmfOfCdf,
  pooled,
  wholeCrps,
  type DressingSample,
  type PoolSample,
  type WholePmf,
} from '../src/index.ts'
import { made, OFFSET } from './made-weather.ts'

const date = (day: number): string =>
  new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)

/** Days whose high is a member's maximum, a bias and a deviation off, or what was reached before. */
function samplesOf(
  days: number,
  truth: { readonly biasF: number; readonly sdF: number; readonly soFarF?: number | undefined },
  hoursLeft = [12],
): DressingSample[] {
  const prng = new Prng(`dressing ${days}`)
  return Array.from({ length: days }).flatMap((_, d) => {
    const maximaF = Array.from({ length: 20 }, () => 70 + 1.5 * prng.nextNormal())
    const drawn = maximaF[prng.nextInt(20)]! + truth.biasF + truth.sdF * prng.nextNormal()
    const soFarF = truth.soFarF ?? null
    const officialF = Math.max(Math.round(drawn), soFarF ?? -Infinity)
    const soFar = soFarF === null ? null : certainPmf(soFarF)
    return hoursLeft.map((hours) => ({
      date: date(d),
      hoursLeft: hours,
      maximaF,
      soFar,
      officialF,
    }))
  })
}

describe('the dressing of an ensemble', () => {
  test.each([
    ['nothing reached yet', { biasF: 2, sdF: 1.5 }],
    [
      'in the afternoon, where half of the days are over already',
      { biasF: 2, sdF: 1.5, soFarF: 72 },
    ],
  ])('has the bias and deviation that days were made with: %s', (_, truth) => {
    const fit = fitDressing(samplesOf(400, truth), 0.5)
    expect(fit).toMatchObject({ provenance: 'fitted', days: 400 })
    const { biasF, dressSdF } = dressingAt(fit.dressing, 12)
    expect(Math.abs(biasF - 2)).toBeLessThan(0.25)
    expect(Math.abs(dressSdF - 1.5)).toBeLessThan(0.3)
  })

  test('is judged by the CRPS of the maximum it gives', () => {
    for (const soFarF of [undefined, 66, 71, 76]) {
      for (const sample of samplesOf(20, { biasF: 1, sdF: 2, soFarF })) {
        const dressing = { biasF: 0.7, dressSdF: 1.3 }
        const pmf = dayMaximum(sample, dressing)
        expect(dressedCrps(sample, dressing)).toBeCloseTo(wholeCrps(pmf, sample.officialF), 5)
      }
    }
  })

  test('is of each hour its own, and shrunk to the default by twenty days', () => {
    const few = fitDressing(samplesOf(40, { biasF: 4, sdF: 1 }), 0.5)
    const many = fitDressing(samplesOf(400, { biasF: 4, sdF: 1 }), 0.5)
    expect(few.dressing.biasF[0]!).toBeLessThan(many.dressing.biasF[0]! - 0.5)
    const [warm, cool] = [
      samplesOf(100, { biasF: 3, sdF: 1 }, [6]),
      samplesOf(100, { biasF: -3, sdF: 1 }, [18]),
    ]
    const { dressing } = fitDressing([...warm, ...cool], 0)
    expect(dressing.hoursLeft).toEqual([6, 18])
    expect(dressing.biasF[0]!).toBeGreaterThan(2)
    expect(dressing.biasF[1]!).toBeLessThan(-2)
  })

  test('from too few days is the default, and says so', () => {
    const fit = fitDressing(samplesOf(ENSEMBLE_DAYS_MIN - 1, { biasF: 4, sdF: 1 }, [6, 12]), 0.5)
    expect(fit).toMatchObject({
      provenance: 'default',
      reason: '39 days with ensembles and an official high, 40 are needed',
    })
    for (const hours of [6, 12, 24]) {
      expect(dressingAt(fit.dressing, hours)).toEqual(defaultDressing(0.5, hours))
    }
  })
})

const normal = (mean: number, sd: number): WholePmf =>
  pmfOfCdf((n) => normCdf((n + 0.5 - mean) / sd), 50, 95)

function poolOf(days: number, nowcastSdF: number, ensembleSdF: number): PoolSample[] {
  const prng = new Prng(`pool ${nowcastSdF} ${ensembleSdF}`)
  return Array.from({ length: days }, (_, d) => {
    const high = 70 + 5 * prng.nextNormal()
    return {
      date: date(d),
      nowcast: normal(high + nowcastSdF * prng.nextNormal(), nowcastSdF),
      ensemble: normal(high + ensembleSdF * prng.nextNormal(), ensembleSdF),
      floorF: null,
      officialF: Math.round(high),
    }
  })
}

describe('the weight of the ensemble', () => {
  test.each([
    [1, 4],
    [4, 1],
    [2, 2],
  ])('is where a fine search finds the best log score: deviations %d and %d', (a, b) => {
    const samples = poolOf(180, a, b)
    const score = (weight: number): number =>
      samples.reduce((sum, { nowcast, ensemble, officialF }) => {
        const pmf = pooled(nowcast, ensemble, 1 - weight, null)
        return sum + Math.log(cdfOf(pmf, officialF) - cdfOf(pmf, officialF - 1))
      }, 0)
    const grid = Array.from({ length: 101 }, (_, i) => i / 100)
    const best = grid.reduce((x, y) => (score(y) > score(x) ? y : x))
    const { weight } = fitPoolWeight(samples, 0.3)
    expect(Math.abs(weight - (0.9 * best + 0.1 * 0.3))).toBeLessThan(0.011)
    if (a < b) expect(weight).toBeLessThan(0.35)
    if (a > b) expect(weight).toBeGreaterThan(0.65)
  })

  test('from too few days is the default, and says so', () => {
    expect(fitPoolWeight(poolOf(39, 4, 1), 0.5)).toMatchObject({
      ...{ provenance: 'default', weight: 0.5 },
      reason: '39 days with a nowcast and an ensemble, 40 are needed',
    })
  })
})

test('persistence of five minutes is found from readings an hour apart', () => {
  const weather = made({ days: 60, biasF: 0, sdF: 2, phi: 0.985, seed: 'hourly' })
  const days = weather.days.map((day) => ({
    ...day,
    points: day.points.filter((_, k) => k % 12 === 10),
  }))
  const common = { version: 'v', stdOffsetMinutes: OFFSET, kind: 'tenth-f' } as const
  const { forecasts } = weather
  const { residual, leftOut } = fitStation({ ...common, rowsPerReading: 12, days, forecasts })
  expect(leftOut).toEqual([])
  expect(residual.provenance).toBe('fitted')
  expect(Math.abs(residual.model.phi - 0.985)).toBeLessThan(0.006)
})
