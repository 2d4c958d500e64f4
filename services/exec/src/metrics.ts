import { createMachineMetrics } from '@kwm/adapter-telemetry'
import { Summary, type Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** The machine's metrics, and how long a frame took to become an approved order at our door. */
export const createMetrics = (registry: Registry) => ({
  observer: createMachineMetrics(registry, 'exec'),
  wireToIntentSeconds: new Summary({
    name: 'exec_wire_to_intent_seconds',
    help: 'From receiving the frame that caused it to an approved order being here.',
    percentiles: [0.5, 0.9, 0.99],
    registers: [registry],
  }),
})
