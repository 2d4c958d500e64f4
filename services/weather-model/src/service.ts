import { buildProcessor, machineConfigsOf, machinesOf, serviceStarted } from '@kwm/machines'
import type { MachineServiceSettings } from '@kwm/machines'
import { MachineHost } from '@kwm/runtime'
import type { Clock, DeadLetterLog, EventLog, SnapshotStore } from '@kwm/runtime'
import type { Metrics } from './metrics.ts'

export type WeatherModelPorts = {
  readonly log: EventLog
  readonly snapshots: SnapshotStore
  readonly deadLetters: DeadLetterLog
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Ports in, the machine in, `run(signal)` out. */
export class WeatherModelService {
  readonly #host: MachineHost

  constructor(settings: MachineServiceSettings, ports: WeatherModelPorts) {
    const { log, clock, metrics, ...rest } = ports
    const machines = machinesOf('weather-model', settings)
    const configs = machineConfigsOf(settings)
    const start = { service: 'weather-model', machines, configs, version: '1' }
    this.#host = new MachineHost({
      ...rest,
      log,
      clock,
      service: 'weather-model',
      processor: buildProcessor(machines, configs, log.shard),
      observer: metrics.observer,
      snapshotEveryRecords: settings.SNAPSHOT_EVERY_RECORDS,
      onReady: async (resumedFromSeq) => {
        await log.append(
          serviceStarted({ ...start, resumedFromSeq, nowUs: clock.nowUs() }, log.shard),
        )
      },
    })
  }

  get isReady(): boolean {
    return this.#host.isReady
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#host.run(signal)
  }
}
