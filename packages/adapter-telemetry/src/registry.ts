import { collectDefaultMetrics, Registry } from 'prom-client'

export type { Registry }

/** A registry of its own, with the process's metrics: CPU, memory, event loop lag, GC. */
export function createRegistry(service: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  return registry
}
