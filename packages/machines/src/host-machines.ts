import { MachineHost, type HostOptions } from '@kwm/runtime'
import { buildProcessor, type MachineConfigs } from './machine-catalog.ts'
import { machineConfigsOf, machinesOf, type MachineServiceSettings } from './machine-settings.ts'
import { serviceStarted } from './service-started.ts'

/** What a service of machines brings: the log, where snapshots and letters go, a clock, and who watches. */
export type MachinePorts = Omit<
  HostOptions,
  'service' | 'processor' | 'snapshotEveryRecords' | 'onReady'
>

/**
 * The host of the machines a service of this name runs: its own, or those of `SERVICES`. When recovery is
 * over it says on the tape how it was started, which is what a replay needs.
 */
export function hostMachines(
  service: string,
  settings: MachineServiceSettings,
  ports: MachinePorts,
  configs: MachineConfigs = machineConfigsOf(settings),
): MachineHost {
  const { log, clock } = ports
  const machines = machinesOf(service, settings)
  const start = { service, machines, configs, version: '1' }
  return new MachineHost({
    ...ports,
    service,
    processor: buildProcessor(machines, configs, log.shard),
    snapshotEveryRecords: settings.SNAPSHOT_EVERY_RECORDS,
    onReady: (resumedFromSeq) => {
      const record = { ...start, resumedFromSeq, nowUs: clock.nowUs() }
      return log.append(serviceStarted(record, log.shard)).then(() => undefined)
    },
  })
}
