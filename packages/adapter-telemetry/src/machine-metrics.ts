import { isEventType } from '@kwm/contracts'
import type { HostObserver } from '@kwm/runtime'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** The metrics every hosted machine has, as the observer its host reports to. */
export function createMachineMetrics(registry: Registry, service: string): HostObserver {
  const metrics = defineMetrics(registry, service.replaceAll('-', '_'))
  const inputs = new Map<string, { observe(seconds: number): void }>()
  const outputs = new Map<string, { inc(): void }>()
  return {
    // Children are kept: finding one by its labels costs more than many a step.
    input(type, seconds) {
      let child = inputs.get(type)
      if (!child) inputs.set(type, (child = metrics.inputSeconds.labels(closedType(type))))
      child.observe(seconds)
    },
    output(type) {
      let child = outputs.get(type)
      if (!child) outputs.set(type, (child = metrics.outputsTotal.labels(closedType(type))))
      child.inc()
    },
    deadLetter(reason) {
      metrics.deadLettersTotal.labels(closedReason(reason)).inc()
    },
    snapshot(bytes, seconds) {
      metrics.snapshotBytes.set(bytes)
      metrics.snapshotSeconds.observe(seconds)
    },
    caughtUp(seconds, records) {
      metrics.catchUpSeconds.set(seconds)
      metrics.catchUpRecords.set(records)
    },
    position(throughSeq) {
      metrics.tapePosition.set(throughSeq)
    },
  }
}

const closedType = (type: string): string => (isEventType(type) ? type : 'other')

/** Reasons are codes (`TAPE_UNPARSABLE_RECORD`); a sentence would make a series of its own. */
const closedReason = (reason: string): string =>
  /^[A-Z][A-Z_]{2,39}$/.test(reason) ? reason : 'other'

function defineMetrics(registry: Registry, prefix: string) {
  const registers = [registry]
  return {
    inputSeconds: new Histogram({
      name: `${prefix}_input_seconds`,
      help: 'Time to decode one record, step the machine and encode what it causes.',
      labelNames: ['type'] as const,
      buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.1],
      registers,
    }),
    outputsTotal: new Counter({
      name: `${prefix}_outputs_total`,
      help: 'Events appended to the tape, by type.',
      labelNames: ['type'] as const,
      registers,
    }),
    deadLettersTotal: new Counter({
      name: `${prefix}_dead_letters_total`,
      help: 'Records that could not be parsed, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    snapshotBytes: new Gauge({
      name: `${prefix}_snapshot_bytes`,
      help: 'Size of the newest snapshot before compression.',
      registers,
    }),
    snapshotSeconds: new Histogram({
      name: `${prefix}_snapshot_seconds`,
      help: 'Time to take and store a snapshot.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    catchUpSeconds: new Gauge({
      name: `${prefix}_catch_up_seconds`,
      help: 'Time the last recovery took.',
      registers,
    }),
    catchUpRecords: new Gauge({
      name: `${prefix}_catch_up_records`,
      help: 'Records read in the last recovery.',
      registers,
    }),
    tapePosition: new Gauge({
      name: `${prefix}_tape_position_records`,
      help: 'Tape sequence processed through.',
      registers,
    }),
  }
}
