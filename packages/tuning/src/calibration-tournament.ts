import {
  dieboldMariano,
  EProcess,
  holm,
  multiclassBrier,
  multiclassLogScore,
  PMF_CALIBRATIONS,
  PmfCalibrator,
  walkForwardFolds,
} from '@kwm/quant'
import type { PmfCalibration, PmfCalibratorJson } from '@kwm/quant'
import { hash32 } from '@kwm/std'
import type { CalibrationRow } from './calibration-rows.ts'
import { TuningError } from './errors.ts'

export type TournamentOptions = { readonly trainDays: number; readonly testDays: number }

export type MethodScore = {
  readonly method: PmfCalibration
  /** Mean log score out of sample, in nats. */
  readonly logScore: number
  /** Holm-adjusted, of being as good as none; null for none, and where they never differ. */
  readonly p: number | null
}

export type CalibrationEntry = {
  readonly series: string
  readonly leadHours: number
  readonly method: PmfCalibration
  readonly map: PmfCalibratorJson
  readonly testDays: number
  readonly scores: readonly MethodScore[]
  /** The last climate day it was fitted on. */
  readonly fittedThrough: string
}

/** A versioned set of maps; what it has no entry for is left as it is. */
export type CalibrationArtefact = {
  readonly format: 'kwm-calibration'
  readonly v: 1
  readonly version: string
  readonly entries: readonly CalibrationEntry[]
}

export type TournamentResult = {
  readonly artefact: CalibrationArtefact
  /** City and lead with too few days, and how many there were. */
  readonly skipped: readonly { series: string; leadHours: number; days: number }[]
}

export const TOURNAMENT_P = 0.05

/**
 * For each city and lead, every map of MODELS 7.6 is fitted on the train days and scored on the days
 * after, walking forward. A map wins only when it beats none by the log score with a Holm-adjusted
 * p of at most 0.05 over daily losses; otherwise none wins. The winner is fitted on the last block.
 */
export function calibrationTournament(
  rows: readonly CalibrationRow[],
  options: TournamentOptions,
): TournamentResult {
  const { trainDays, testDays } = options
  if (!(trainDays > 1 && testDays > 0)) {
    throw new TuningError(`train days ${trainDays} and test days ${testDays}: at least 2 and 1`)
  }
  const entries: CalibrationEntry[] = []
  const skipped: { series: string; leadHours: number; days: number }[] = []
  for (const group of groups(rows)) {
    const { series, leadHours } = group[0]!
    const entry = compete(group, options)
    if (entry) entries.push({ series, leadHours, ...entry })
    else skipped.push({ series, leadHours, days: group.length })
  }
  const hash = hash32(JSON.stringify(entries)).toString(16).padStart(8, '0')
  return {
    artefact: { format: 'kwm-calibration', v: 1, version: `calibration-${hash}`, entries },
    skipped,
  }
}

/** One list a city and lead, in order of the day. */
function groups(rows: readonly CalibrationRow[]): readonly (readonly CalibrationRow[])[] {
  const byKey = new Map<string, CalibrationRow[]>()
  for (const row of rows) {
    const key = `${row.series} ${row.leadHours}`
    const group = byKey.get(key) ?? []
    group.push(row)
    byKey.set(key, group)
  }
  return [...byKey.values()].map((group) => group.toSorted((a, b) => (a.day < b.day ? -1 : 1)))
}

const fit = (method: PmfCalibration, rows: readonly CalibrationRow[]): PmfCalibrator | null =>
  PmfCalibrator.fit(
    method,
    rows.map((row) => row.pmf),
    rows.map((row) => row.outcome),
  )

function compete(
  rows: readonly CalibrationRow[],
  { trainDays, testDays }: TournamentOptions,
): Omit<CalibrationEntry, 'series' | 'leadHours'> | null {
  const folds = walkForwardFolds(rows.length, {
    train: trainDays,
    test: testDays,
    step: testDays,
    // A settlement is known the next morning.
    embargo: 1,
  })
  if (folds.length === 0) return null
  const losses = new Map<PmfCalibration, number[]>(PMF_CALIBRATIONS.map((method) => [method, []]))
  for (const { trainFrom, trainableTo, testFrom, testTo } of folds) {
    const train = rows.slice(trainFrom, trainableTo)
    for (const method of PMF_CALIBRATIONS) {
      // A map that cannot be fitted leaves the PMF as it is.
      const map = fit(method, train) ?? new PmfCalibrator({ kind: 'none' })
      for (const { pmf, outcome } of rows.slice(testFrom, testTo)) {
        losses.get(method)!.push(multiclassLogScore(map.apply(pmf), outcome))
      }
    }
  }
  const scores = scoresOf(losses)
  const winner = scores.reduce((best, next) =>
    next.p !== null && next.p <= TOURNAMENT_P && next.logScore < best.logScore ? next : best,
  )
  const block = rows.slice(-trainDays)
  const map = fit(winner.method, block)
  return {
    method: map ? winner.method : 'none',
    map: map?.json ?? { kind: 'none' },
    testDays: losses.get('none')!.length,
    scores,
    fittedThrough: rows.at(-1)!.day,
  }
}

/** None first, so that a tie leaves it the winner. */
function scoresOf(losses: ReadonlyMap<PmfCalibration, readonly number[]>): readonly MethodScore[] {
  const none = losses.get('none')!
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, v) => sum + v, 0) / values.length
  const others = PMF_CALIBRATIONS.filter((method) => method !== 'none')
  const p = others.map((method) =>
    none.length > 1 ? (dieboldMariano(losses.get(method)!, none)?.pTwoSided ?? null) : null,
  )
  const adjusted = holm(p.map((value) => value ?? 1))
  return [
    { method: 'none', logScore: meanOf(none), p: null },
    ...others.map((method, i) => ({
      method,
      logScore: meanOf(losses.get(method)!),
      p: p[i] === null ? null : adjusted[i]!,
    })),
  ]
}

export type DriftCheck = {
  readonly series: string
  readonly leadHours: number
  readonly method: PmfCalibration
  /** Days after the fit. */
  readonly days: number
  /** Mean change of the Brier score by the map; above 0 it does harm. */
  readonly meanHarm: number | null
  /** Anytime-valid, of the map doing no harm: it may be looked at every day. */
  readonly p: number
  readonly isDrifted: boolean
  readonly isDue: boolean
}

export const DRIFT_P = 0.05
/** Maps are fitted again each month. */
export const REFIT_DAYS = 31

/** Does each map still help on the days after its fit? An e-process of the Brier score against none. */
export function checkCalibrationDrift(
  { entries }: CalibrationArtefact,
  rows: readonly CalibrationRow[],
): readonly DriftCheck[] {
  return entries.map(({ series, leadHours, method, map, fittedThrough }) => {
    const after = rows.filter(
      (row) => row.series === series && row.leadHours === leadHours && row.day > fittedThrough,
    )
    const calibrator = new PmfCalibrator(map)
    const process = new EProcess({ bound: 2 })
    let harm = 0
    for (const { pmf, outcome } of after) {
      const d = multiclassBrier(calibrator.apply(pmf), outcome) - multiclassBrier(pmf, outcome)
      harm += d
      process.add(d)
    }
    return {
      series,
      leadHours,
      method,
      days: after.length,
      meanHarm: after.length > 0 ? harm / after.length : null,
      p: process.anytimeP,
      isDrifted: process.anytimeP <= DRIFT_P,
      isDue: after.length >= REFIT_DAYS,
    }
  })
}
