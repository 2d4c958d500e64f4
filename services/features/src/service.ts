import { hostMachines } from '@kwm/machines'
import type { MachinePorts, MachineServiceSettings } from '@kwm/machines'
import type { MachineHost } from '@kwm/runtime'

/** Ports in, the machine in, `run(signal)` out. */
export const createFeatures = (
  settings: MachineServiceSettings,
  ports: MachinePorts,
): MachineHost => hostMachines('features', settings, ports)
