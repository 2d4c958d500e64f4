import { createMachineMetrics } from '@kwm/adapter-telemetry'
import type { HostObserver } from '@kwm/runtime'
import { Histogram, type Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** The machine's metrics and, for exec, how long a frame took to become an order at its door. */
export function createMetrics(registry: Registry): {
  readonly observer: HostObserver
  readonly wireToIntentSeconds: Histogram
} {
  return {
    observer: createMachineMetrics(registry, 'exec'),
    wireToIntentSeconds: new Histogram({
      name: 'exec_wire_to_intent_seconds',
      help: 'From receiving the frame that caused it to an approved order being here.',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
      registers: [registry],
    }),
  }
}
