import { buildProcessor, machineConfigsOf, machinesOf, serviceStarted } from '@kwm/machines'
import type { MachineServiceSettings } from '@kwm/machines'
import type { ForecastArtefact } from '@kwm/model-forecast'
import type { PmfCalibrationConfig } from '@kwm/model-pmf'
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

/** What was fitted elsewhere and read from files. */
export type FittedArtefacts = {
  readonly forecasts: readonly ForecastArtefact[]
  readonly calibration: PmfCalibrationConfig
}

/** Ports in, the machine in, `run(signal)` out. */
export class PmfModelService {
  readonly #host: MachineHost

  constructor(
    settings: MachineServiceSettings,
    { forecasts, calibration }: FittedArtefacts,
    ports: PmfModelPorts,
  ) {
    const { log, clock, metrics, ...rest } = ports
    const machines = machinesOf('pmf-model', settings)
    const base = machineConfigsOf(settings)
    const configs = {
      ...base,
      'pmf-model': { ...base['pmf-model'], calibration },
      forecast: { ...base.forecast, artefacts: forecasts },
    }
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
