import { hostMachines, machineConfigsOf } from '@kwm/machines'
import type { MachinePorts, MachineServiceSettings } from '@kwm/machines'
import type { FeaturesConfig } from '@kwm/model-features'
import type { MachineHost } from '@kwm/runtime'

/** Ports and fitted intensities in, the machine in, `run(signal)` out. */
export function createFeatures(
  settings: MachineServiceSettings,
  tradeIntensityOfSeries: FeaturesConfig['tradeIntensityOfSeries'],
  ports: MachinePorts,
): MachineHost {
  const configs = machineConfigsOf(settings)
  return hostMachines('features', settings, ports, {
    ...configs,
    features: { ...configs.features, tradeIntensityOfSeries },
  })
}
