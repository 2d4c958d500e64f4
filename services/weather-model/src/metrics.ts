import { createMachineMetrics } from '@kwm/adapter-telemetry'
import type { Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** What every hosted machine reports: inputs, outputs, dead letters, snapshots, position. */
export const createMetrics = (registry: Registry) => ({
  observer: createMachineMetrics(registry, 'weather-model'),
})
