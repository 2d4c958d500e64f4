import { multiclassLogScore, PmfCalibrator } from '@kwm/quant'
import { describe, expect, test } from 'vitest'
import {
  calibrationTournament,
  daysBetween,
  isRefitShort,
  refitCalibration,
  REFIT_DAYS,
  TuningError,
} from '../src/index.ts'
import type { CalibrationRow } from '../src/index.ts'
import { dayOf, rowsOf } from './calibration-rows.ts'

const options = { trainDays: 60, testDays: 7, isOnlyDue: true }
const tooSure = rowsOf(300, 2.5, 1)
const first = refitCalibration(null, tooSure, options)
const inForce = first.artefact!

const later = (days: number, spread: number, seed = 2): CalibrationRow[] => [
  ...tooSure,
  ...rowsOf(days, spread, seed, 300),
]
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length

test('without maps in force the winners of the tournament are', () => {
  expect(first.places).toMatchObject([{ reason: 'new', verdict: 'first', before: null }])
  expect(first.isChanged).toBe(true)
  expect(inForce).toEqual(calibrationTournament(tooSure, options).artefact)
  expect(inForce.entries[0]!.method).not.toBe('none')
})

test('within the month nothing is fitted unless asked, and nothing new leaves all as it is', () => {
  const soon = refitCalibration(inForce, later(REFIT_DAYS - 1, 2.5), options)
  expect(soon.places).toMatchObject([{ reason: null, verdict: 'not-due' }])
  expect([soon.isChanged, soon.artefact]).toEqual([false, inForce])
  const asked = refitCalibration(inForce, later(20, 2.5), { ...options, isOnlyDue: false })
  expect(asked.places[0]).toMatchObject({ reason: 'asked', trial: { days: 19 } })
  const again = refitCalibration(inForce, tooSure, { ...options, isOnlyDue: false })
  expect(again.places).toMatchObject([{ verdict: 'no-news' }])
  expect(again.artefact).toEqual(inForce)
})

describe('a month later', () => {
  test.each([1, 2, 3, 4, 5, 6])('the lower log score on unseen days stays, series %i', (seed) => {
    const rows = later(REFIT_DAYS + 4, 2.5, seed)
    const refit = refitCalibration(inForce, rows, options)
    const [place] = refit.places
    expect(place!.reason).toBe('month')
    // The same by hand: every fold's fit of the winning method, day by day.
    const after = rows.filter(({ day }) => day > inForce.entries[0]!.fittedThrough)
    const method = refit.tournament.places[0]!.entry.method
    const old = new PmfCalibrator(inForce.entries[0]!.map)
    const [oldScores, newScores]: [number[], number[]] = [[], []]
    for (let from = 0; from + 67 <= rows.length; from += 7) {
      const train = rows.slice(from, from + 59) // The last day of a block is not settled yet.
      const fit = PmfCalibrator.fit(
        method,
        train.map(({ pmf }) => pmf),
        train.map(({ outcome }) => outcome),
      )!
      for (const row of rows.slice(from + 60, from + 67)) {
        if (!after.includes(row)) continue
        oldScores.push(multiclassLogScore(old.apply(row.pmf), row.outcome))
        newScores.push(multiclassLogScore(fit.apply(row.pmf), row.outcome))
      }
    }
    expect(place!.trial!.days).toBe(oldScores.length)
    expect(oldScores.length).toBeGreaterThan(25)
    expect(place!.trial!.inForce).toBeCloseTo(meanOf(oldScores), 12)
    expect(place!.trial!.challenger).toBeCloseTo(meanOf(newScores), 12)
    const isBetter = meanOf(newScores) < meanOf(oldScores)
    expect(place!.verdict).toBe(isBetter ? 'replaced' : 'kept')
    expect(refit.isChanged).toBe(isBetter)
    expect(refit.artefact!.previous).toBe(isBetter ? inForce.version : undefined)
    expect(refit.artefact!.entries[0]!.map).toEqual(
      isBetter ? refit.tournament.places[0]!.entry.map : inForce.entries[0]!.map,
    )
    // Judged now: not due tomorrow, and the same run again changes nothing.
    const tomorrow = refitCalibration(refit.artefact, [...rows, ...rowsOf(1, 2.5, 9, 335)], options)
    expect(tomorrow.places[0]!.verdict).toBe('not-due')
    const again = refitCalibration(refit.artefact, rows, { ...options, isOnlyDue: false })
    expect([again.isChanged, again.artefact]).toEqual([false, refit.artefact])
  })

  test('a new fit that does better takes over and names what it took over from', () => {
    const maps = new Set([1, 2, 3, 4, 5, 6].map((seed) => judged(seed)))
    expect(maps).toEqual(new Set(['replaced', 'kept'])) // Both happen: the test above saw both.
    function judged(seed: number): string {
      return refitCalibration(inForce, later(REFIT_DAYS + 4, 2.5, seed), options).places[0]!.verdict
    }
  })

  test('none takes over from a map where maps help no more', () => {
    const calibrated = rowsOf(120, 1, 5, 300)
    const refit = refitCalibration(inForce, calibrated, options)
    expect(refit.places[0]).toMatchObject({ verdict: 'replaced', after: { method: 'none' } })
    expect(refit.places[0]!.trial!.none).toBeLessThan(refit.places[0]!.trial!.inForce)
  })

  test('too few days on the tapes leave the map and say so', () => {
    const refit = refitCalibration(inForce, rowsOf(40, 2.5, 5, 300), options)
    expect(refit.places).toMatchObject([{ reason: 'month', verdict: 'too-few-days' }])
    expect([refit.isChanged, isRefitShort(refit)]).toEqual([false, true])
    expect(isRefitShort(first)).toBe(false)
  })
})

describe('drift', () => {
  test('a map that does harm is replaced before the month is over', () => {
    const rows = [...tooSure, ...rowsOf(30, 0.5, 3, 300)]
    const refit = refitCalibration(inForce, rows, options)
    expect(refit.places[0]).toMatchObject({ reason: 'drift', verdict: 'replaced' })
    expect(refit.artefact!.version).not.toBe(inForce.version)
  })

  test('and dropped where there is nothing to fit another on', () => {
    const refit = refitCalibration(inForce, rowsOf(40, 0.5, 3, 300), options)
    expect(refit.places[0]).toMatchObject({ reason: 'drift', verdict: 'dropped' })
    expect(refit.artefact!.entries[0]).toMatchObject({ method: 'none', map: { kind: 'none' } })
    expect(isRefitShort(refit)).toBe(true)
  })
})

test('other cities and leads stay as they are, new ones join in their place', () => {
  const chicago = rowsOf(100, 2.5, 7).map((row) => ({ ...row, series: 'KXHIGHCHI' }))
  const early = rowsOf(100, 2.5, 8).map((row) => ({ ...row, leadHours: 1 }))
  const few = rowsOf(10, 2.5, 8).map((row) => ({ ...row, leadHours: 3 }))
  const refit = refitCalibration(inForce, [...chicago, ...early, ...few], options)
  expect(refit.artefact!.entries.map(({ series, leadHours }) => `${series} ${leadHours}`)).toEqual([
    'KXHIGHCHI 6',
    'KXHIGHNY 1',
    'KXHIGHNY 6',
  ])
  expect(refit.artefact!.entries[2]).toEqual(inForce.entries[0])
  expect(refit.places[2]).toMatchObject({ leadHours: 3, verdict: 'too-few-days', after: null })
  expect(isRefitShort(refit)).toBe(false)
})

test('nothing to fit on is nothing in force, and options that cannot be are refused', () => {
  const refit = refitCalibration(null, rowsOf(20, 1, 1), options)
  expect([refit.artefact, isRefitShort(refit)]).toEqual([null, true])
  expect(() => refitCalibration(null, tooSure, { ...options, trainDays: 1 })).toThrow(TuningError)
})

test('days between climate days count months and leap days', () => {
  expect(daysBetween('2026-10-31', '2026-12-01')).toBe(31)
  expect(daysBetween('2028-02-28', '2028-03-01')).toBe(2)
  expect(daysBetween(dayOf(0), dayOf(300))).toBe(300)
  expect(daysBetween('2026-10-31', undefined)).toBe(0)
})
