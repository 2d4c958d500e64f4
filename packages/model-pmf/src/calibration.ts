import { PmfCalibrator } from '@kwm/quant'
import type { PmfCalibrationConfig } from './config.ts'

export const IDENTITY_CALIBRATION: PmfCalibrationConfig = { version: 'identity' }

type Entry = { readonly leadHours: number; readonly map: PmfCalibrator }

const HOUR_US = 3.6e9

/**
 * The calibration of what is said, by series and time to the close: a map is in force from the lead it
 * was fitted at to the next one's, and before the first there is none. A probability of 0 stays 0.
 */
export class Calibrations {
  readonly version: string
  /** Of each series, by rising lead. */
  readonly #entries = new Map<string, Entry[]>()

  constructor({ version, maps = [] }: PmfCalibrationConfig) {
    this.version = version
    for (const { series, leadHours, map } of maps) {
      const entries = this.#entries.get(series) ?? []
      entries.push({ leadHours, map: new PmfCalibrator(map) })
      this.#entries.set(
        series,
        entries.toSorted((a, b) => a.leadHours - b.leadHours),
      )
    }
  }

  /**
   * The map in force so long before the close; null for none. Standard deviations stay those of the
   * PMF before calibration.
   */
  mapFor(series: string, leftUs: number): PmfCalibrator | null {
    const entries = this.#entries.get(series)
    if (!entries) return null
    for (const { leadHours, map } of entries) {
      if (leftUs <= leadHours * HOUR_US) return map.json.kind === 'none' ? null : map
    }
    return null
  }
}
