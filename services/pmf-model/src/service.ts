import { hostMachines, machineConfigsOf } from '@kwm/machines'
import type { MachinePorts, MachineServiceSettings } from '@kwm/machines'
import type { ForecastArtefact } from '@kwm/model-forecast'
import type { MachineHost } from '@kwm/runtime'

/** Ports in, the PMF and forecast machines in, `run(signal)` out. */
export function createPmfModel(
  settings: MachineServiceSettings,
  artefacts: readonly ForecastArtefact[],
  ports: MachinePorts,
): MachineHost {
  const configs = machineConfigsOf(settings)
  return hostMachines('pmf-model', settings, ports, {
    ...configs,
    forecast: { ...configs.forecast, artefacts },
  })
}
