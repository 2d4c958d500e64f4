import type { Registry } from '@kwm/adapter-telemetry'
import { Counter, Gauge, Histogram } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    recordsTotal: new Counter({
      name: 'recorder_records_total',
      help: 'Tape records committed.',
      registers,
    }),
    rowsTotal: new Counter({
      name: 'recorder_rows_total',
      help: 'Rows committed, by table.',
      labelNames: ['table'] as const,
      registers,
    }),
    deadLettersTotal: new Counter({
      name: 'recorder_dead_letters_total',
      help: 'Records without a typed row: not parsed, or refused by PostgreSQL.',
      registers,
    }),
    missingRecordsTotal: new Counter({
      name: 'recorder_missing_records_total',
      help: 'Records the tape no longer had when they were read.',
      registers,
    }),
    reconnectsTotal: new Counter({
      name: 'recorder_reconnects_total',
      help: 'Times the database was lost.',
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'recorder_commit_seconds',
      help: 'Time to write and commit a batch.',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    batchRows: new Histogram({
      name: 'recorder_batch_rows',
      help: 'Rows in a batch.',
      buckets: [1, 10, 100, 1_000, 5_000, 10_000, 50_000],
      registers,
    }),
    tapePosition: new Gauge({
      name: 'recorder_tape_position_records',
      help: 'Tape sequence committed through.',
      registers,
    }),
    tapeLag: new Gauge({
      name: 'recorder_tape_lag_records',
      help: 'Records on the tape that are not committed yet.',
      registers,
    }),
  }
}
