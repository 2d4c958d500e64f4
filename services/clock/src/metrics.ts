import type { Registry } from '@kwm/adapter-telemetry'
import { Counter, Gauge, Histogram } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    ticksTotal: new Counter({
      name: 'clock_ticks_total',
      help: 'Ticks by outcome; a duplicate was stored first by another replica.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    skippedSecondsTotal: new Counter({
      name: 'clock_skipped_seconds_total',
      help: 'Seconds without a tick: a suspend, a slow broker, or a leap of the tape.',
      registers,
    }),
    tickDelaySeconds: new Histogram({
      name: 'clock_tick_delay_seconds',
      help: 'From the second boundary to the acknowledgement (wall source).',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    lastTickTimestampSeconds: new Gauge({
      name: 'clock_last_tick_timestamp_seconds',
      help: 'The second of the newest tick.',
      registers,
    }),
  }
}
