import { buildProcessor, machineConfigsOf, machinesOf, serviceStarted } from '@kwm/machines'
import type { MachineServiceSettings } from '@kwm/machines'
import { eventTypeOf } from '@kwm/contracts'
import { MachineHost, type TapeRecord } from '@kwm/runtime'
import type { Clock, DeadLetterLog, EventLog, SnapshotStore } from '@kwm/runtime'
import type { Metrics } from './metrics.ts'

export type ExecPorts = {
  readonly log: EventLog
  readonly snapshots: SnapshotStore
  readonly deadLetters: DeadLetterLog
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Ports in, the order machine and the paper venue in, `run(signal)` out. */
export class ExecService {
  readonly #host: MachineHost
  readonly #ports: ExecPorts

  constructor(settings: MachineServiceSettings, ports: ExecPorts) {
    const { log, clock, metrics, ...rest } = ports
    const machines = machinesOf('exec', settings)
    const configs = machineConfigsOf(settings)
    const start = { service: 'exec', machines, configs, version: '1' }
    this.#ports = ports
    this.#host = new MachineHost({
      ...rest,
      log,
      clock,
      service: 'exec',
      processor: buildProcessor(machines, configs, log.shard),
      observer: metrics.observer,
      snapshotEveryRecords: settings.SNAPSHOT_EVERY_RECORDS,
      onProcessed: (record) => {
        if (eventTypeOf(record.subject) === 'risk.order-approved.v1') this.#observeLatency(record)
      },
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

  #observeLatency(record: TapeRecord): void {
    type Times = { readonly eventTimeUs: number; readonly ingestTimeUs: number }
    const { eventTimeUs, ingestTimeUs } = JSON.parse(record.body) as Times
    if (eventTimeUs === ingestTimeUs) return // Caused by a tick: nothing came over the wire.
    const { clock, metrics } = this.#ports
    metrics.wireToIntentSeconds.observe((clock.nowUs() - ingestTimeUs) / 1e6)
  }
}
