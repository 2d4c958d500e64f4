import { hostMachines, machineConfigsOf } from '@kwm/machines'
import type { MachinePorts, MachineServiceSettings } from '@kwm/machines'
import type { StationModel } from '@kwm/model-weather'
import type { MachineHost } from '@kwm/runtime'

/** Ports and fitted stations in, the machine in, `run(signal)` out. */
export function createWeatherModel(
  settings: MachineServiceSettings,
  stationModels: Readonly<Record<string, StationModel>>,
  ports: MachinePorts,
): MachineHost {
  const configs = machineConfigsOf(settings)
  return hostMachines('weather-model', settings, ports, {
    ...configs,
    'weather-model': { ...configs['weather-model'], stationModels },
  })
}
