import { hostMachines } from '@kwm/machines'
import type { MachinePorts, MachineServiceSettings } from '@kwm/machines'
import type { MachineHost } from '@kwm/runtime'

/** Ports in, the machine in, `run(signal)` out. */
export const createRisk = (settings: MachineServiceSettings, ports: MachinePorts): MachineHost =>
  hostMachines('risk', settings, ports)
