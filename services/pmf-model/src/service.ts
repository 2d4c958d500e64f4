import { hostMachines, machineConfigsOf } from '@kwm/machines'
import type { MachinePorts, MachineServiceSettings } from '@kwm/machines'
import type { ForecastArtefact } from '@kwm/model-forecast'
import type { PmfCalibrationConfig } from '@kwm/model-pmf'
import type { MachineHost } from '@kwm/runtime'

/** What was fitted elsewhere and read from files. */
export type FittedArtefacts = {
  readonly forecasts: readonly ForecastArtefact[]
  readonly calibration: PmfCalibrationConfig
}

/** Ports in, the PMF and forecast machines in, `run(signal)` out. */
export function createPmfModel(
  settings: MachineServiceSettings,
  { forecasts, calibration }: FittedArtefacts,
  ports: MachinePorts,
): MachineHost {
  const configs = machineConfigsOf(settings)
  return hostMachines('pmf-model', settings, ports, {
    ...configs,
    'pmf-model': { ...configs['pmf-model'], calibration },
    forecast: { ...configs.forecast, artefacts: forecasts },
  })
}
