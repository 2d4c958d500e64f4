import { assert, Prng } from '@kwm/std'
import {
  fitBeta,
  fitKnots,
  identityCalibration,
  recalibrated,
  type CdfCalibration,
} from './cdf-calibration.ts'

/** Where an outcome n fell: F(n − 1) and F(n) of a forecast made before it. */
export type PitStep = { readonly below: number; readonly upTo: number }

/** All forecasts of one day: they share its weather, so they count as one. */
export type PitDay = readonly PitStep[]

/** What a map would have gained in log score over no map, a day, in nats. */
export type CalibrationGain = {
  readonly kind: 'knots' | 'beta'
  readonly gainPerDay: number
  readonly standardError: number
}

export type CalibrationChoice = {
  readonly calibration: CdfCalibration
  /** Days the maps were compared on, each by a map of the days before it. */
  readonly comparedDays: number
  readonly gains: readonly CalibrationGain[]
}

/** Days a map is learnt on before it is first compared, and between two fits. */
const TRAIN_DAYS_MIN = 30
const REFIT_DAYS = 7
/** The outcome of a day is known the morning after. */
const EMBARGO_DAYS = 1
/** Fewer could not tell a map from luck. */
export const CALIBRATION_DAYS_MIN = 60
/** A forecast that gave the outcome less is scored as if it had given this. */
const PROBABILITY_MIN = 1e-6
const PIT_MARGIN = 1e-6

const FITS = { knots: fitKnots, beta: fitBeta } as const

/**
 * Knots, a beta map or none, whichever predicted best: every day is scored by maps of the days before
 * it alone, and a map has to beat none by more than its standard error over the days (MODELS 5.11).
 * The PIT is randomised by `seed`. `days` in order of time.
 */
export function chooseCalibration(days: readonly PitDay[], seed: string): CalibrationChoice {
  const prng = new Prng(seed)
  const pits = days.map((steps) => steps.map((step) => randomised(step, prng.nextFloat())))
  if (days.length < CALIBRATION_DAYS_MIN) {
    return { calibration: identityCalibration, comparedDays: 0, gains: [] }
  }
  const compared = days.length - TRAIN_DAYS_MIN
  const gains = (['knots', 'beta'] as const).map((kind): CalibrationGain => {
    let map = identityCalibration
    const perDay: number[] = []
    for (let at = TRAIN_DAYS_MIN; at < days.length; at++) {
      if ((at - TRAIN_DAYS_MIN) % REFIT_DAYS === 0) map = mapOf(kind, pits, at - EMBARGO_DAYS)
      perDay.push(dayGain(days[at]!, map))
    }
    return { kind, ...meanOf(perDay) }
  })
  const best = gains.reduce((a, b) => (b.gainPerDay > a.gainPerDay ? b : a))
  const isBetter = best.gainPerDay > best.standardError
  const calibration = isBetter ? mapOf(best.kind, pits, days.length) : identityCalibration
  return { calibration, comparedDays: compared, gains }
}

const mapOf = (kind: keyof typeof FITS, pits: readonly number[][], days: number): CdfCalibration =>
  FITS[kind](pits.slice(0, days).flat(), days)

function randomised({ below, upTo }: PitStep, v: number): number {
  assert(upTo >= below, `F rises: ${below} to ${upTo}`)
  const u = below + v * (upTo - below)
  return Math.min(1 - PIT_MARGIN, Math.max(PIT_MARGIN, u))
}

function dayGain(steps: PitDay, map: CdfCalibration): number {
  const score = (p: number): number => Math.log(Math.max(PROBABILITY_MIN, p))
  const sum = steps.reduce((total, { below, upTo }) => {
    const mapped = recalibrated(map, upTo) - recalibrated(map, below)
    return total + score(mapped) - score(upTo - below)
  }, 0)
  return steps.length === 0 ? 0 : sum / steps.length
}

function meanOf(values: readonly number[]): { gainPerDay: number; standardError: number } {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0)
  return {
    gainPerDay: mean,
    standardError: Math.sqrt(squares / (values.length - 1) / values.length),
  }
}
