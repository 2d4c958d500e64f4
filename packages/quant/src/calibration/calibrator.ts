import { unreachable } from '@kwm/std'
import { BetaCalibrator } from './beta-calibrator.ts'
import type { BetaJson } from './beta-calibrator.ts'
import { IsotonicCalibrator } from './isotonic-calibrator.ts'
import type { IsotonicJson } from './isotonic-calibrator.ts'
import { PlattCalibrator } from './platt-calibrator.ts'
import type { PlattJson } from './platt-calibrator.ts'
import { TemperatureCalibrator } from './temperature-calibrator.ts'
import type { TemperatureJson } from './temperature-calibrator.ts'

export type CalibratorJson = PlattJson | IsotonicJson | BetaJson | TemperatureJson

/** A fitted monotone map to probabilities. Each class has a static `fit` and `fromJson` beside. */
export type Calibrator = {
  /** Of a probability; of a score (log-odds or raw) for Platt. */
  apply(input: number): number
  toJson(): CalibratorJson
}

/** The calibrator that `toJson` wrote. */
export function calibratorFromJson(json: CalibratorJson): Calibrator {
  switch (json.kind) {
    case 'platt':
      return PlattCalibrator.fromJson(json)
    case 'isotonic':
      return IsotonicCalibrator.fromJson(json)
    case 'beta':
      return BetaCalibrator.fromJson(json)
    case 'temperature':
      return TemperatureCalibrator.fromJson(json)
    default:
      return unreachable(json)
  }
}
