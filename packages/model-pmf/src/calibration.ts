import { calibratorFromJson, clipProbability, logit, type Calibrator } from '@kwm/quant'
import { assert } from '@kwm/std'
import type { PmfCalibration } from './config.ts'

/**
 * The calibration of a PMF: a fitted map of each probability, then to sum one again. 0 and 1 stay
 * what they are: certainty comes from the record of observations, not from a fit.
 */
export class PmfCalibrator {
  readonly version: string
  readonly #map: Calibrator | null
  readonly #isOfLogit: boolean

  constructor({ version, map }: PmfCalibration) {
    assert(version.length > 0 && version.length <= 64, `calibration version: "${version}"`)
    this.version = version
    this.#map = map === null ? null : calibratorFromJson(map)
    this.#isOfLogit = map?.kind === 'platt'
  }

  /** In place. Standard deviations stay those of the PMF before calibration. */
  apply(pmf: Float64Array): void {
    const map = this.#map
    if (map === null) return
    let sum = 0
    for (let i = 0; i < pmf.length; i++) {
      const p = pmf[i]!
      if (p > 0 && p < 1) pmf[i] = clipProbability(map.apply(this.#isOfLogit ? logit(p) : p))
      sum += pmf[i]!
    }
    for (let i = 0; i < pmf.length; i++) pmf[i]! /= sum
  }
}
