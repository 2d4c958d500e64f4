import { buildProcessor, machineConfigsOf, machinesOf, serviceStarted } from '@kwm/machines'
import type { MachineServiceSettings } from '@kwm/machines'
import type { ForecastArtefact } from '@kwm/model-forecast'
import { MachineHost } from '@kwm/runtime'
import type { Clock, DeadLetterLog, EventLog, SnapshotStore } from '@kwm/runtime'
import type { Metrics } from './metrics.ts'

export type PmfModelPorts = {
  readonly log: EventLog
  readonly snapshots: SnapshotStore
  readonly deadLetters: DeadLetterLog
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Ports in, the machine in, `run(signal)` out. */
export class PmfModelService {
  readonly #host: MachineHost

  constructor(
    settings: MachineServiceSettings,
    artefacts: readonly ForecastArtefact[],
    ports: PmfModelPorts,
  ) {
    const { log, clock, metrics, ...rest } = ports
    const machines = machinesOf('pmf-model', settings)
    const base = machineConfigsOf(settings)
    const configs = { ...base, forecast: { ...base.forecast, artefacts } }
    const start = { service: 'pmf-model', machines, configs, version: '1' }
    this.#host = new MachineHost({
      ...rest,
      log,
      clock,
      service: 'pmf-model',
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
