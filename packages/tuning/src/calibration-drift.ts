import { EProcess, multiclassBrier, PmfCalibrator } from '@kwm/quant'
import type { PmfCalibration } from '@kwm/quant'
import type { CalibrationRow } from './calibration-rows.ts'
import type { CalibrationArtefact } from './calibration-tournament.ts'
import { daysBetween } from './event-day.ts'

export type DriftCheck = {
  readonly series: string
  readonly leadHours: number
  readonly method: PmfCalibration
  /** PMFs of days after the fit. */
  readonly days: number
  /** Mean change of the Brier score by the map; above 0 it does harm. */
  readonly meanHarm: number | null
  /** Anytime-valid, of the map doing no harm: it may be looked at every day. */
  readonly p: number
  readonly isDrifted: boolean
  readonly isDue: boolean
}

export const DRIFT_P = 0.05
/** Maps are fitted again each month, of days on the tape. */
export const REFIT_DAYS = 31

/**
 * Does each map still help on the days after its fit? An e-process of the Brier score against none. The
 * null: on no day is harm to be expected, given what was said that day; so each day is measured against
 * the most that the map could change there, whatever wins.
 */
export function checkCalibrationDrift(
  { entries }: CalibrationArtefact,
  rows: readonly CalibrationRow[],
): readonly DriftCheck[] {
  return entries.map(({ series, leadHours, method, map, fittedThrough, judgedThrough }) => {
    const after = rows
      .filter((row) => row.series === series && row.leadHours === leadHours)
      .filter((row) => row.day > fittedThrough)
      .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
    const calibrator = new PmfCalibrator(map)
    const process = new EProcess({ bound: 1 })
    let harm = 0
    for (const { pmf, outcome } of after) {
      const mapped = calibrator.apply(pmf)
      const changes = pmf.map((_, k) => multiclassBrier(mapped, k) - multiclassBrier(pmf, k))
      const most = Math.max(...changes.map(Math.abs))
      harm += changes[outcome]!
      if (most > CHANGE_MIN) process.add(changes[outcome]! / most)
    }
    return {
      series,
      leadHours,
      method,
      days: after.length,
      meanHarm: after.length > 0 ? harm / after.length : null,
      p: process.anytimeP,
      isDrifted: process.anytimeP <= DRIFT_P && harm > 0,
      isDue: daysBetween(judgedThrough ?? fittedThrough, after.at(-1)?.day) >= REFIT_DAYS,
    }
  })
}

/** A smaller change of the score is rounding. */
const CHANGE_MIN = 1e-9
