import { hostMachines } from '@kwm/machines'
import type { MachinePorts, MachineServiceSettings } from '@kwm/machines'
import type { MachineHost } from '@kwm/runtime'

/** Ports in, the order machine and the paper venue in, `run(signal)` out. */
export const createExec = (settings: MachineServiceSettings, ports: MachinePorts): MachineHost =>
  hostMachines('exec', settings, ports)
