import type { Registry } from '@kwm/adapter-telemetry'
import { Counter, Gauge } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    framesTotal: new Counter({
      name: 'venue_sim_frames_total',
      help: 'Text frames sent to clients.',
      labelNames: ['channel'] as const,
      registers,
    }),
    eventsTotal: new Counter({
      name: 'venue_sim_events_total',
      help: 'Events of the source played.',
      registers,
    }),
    connections: new Gauge({
      name: 'venue_sim_connections',
      help: 'WebSocket clients connected.',
      registers,
    }),
    refusedTotal: new Counter({
      name: 'venue_sim_refused_upgrades_total',
      help: 'WebSocket upgrades refused for want of a valid signature.',
      registers,
    }),
    overflowsTotal: new Counter({
      name: 'venue_sim_overflows_total',
      help: 'Clients cut off because they did not read.',
      registers,
    }),
    faultsTotal: new Counter({
      name: 'venue_sim_faults_total',
      help: 'Faults asked for.',
      labelNames: ['kind'] as const,
      registers,
    }),
    fillsTotal: new Counter({
      name: 'venue_sim_fills_total',
      help: 'Fills of clients, each side of a trade counted.',
      registers,
    }),
    progressRatio: new Gauge({
      name: 'venue_sim_progress_ratio',
      help: 'How much of the source has been played.',
      registers,
    }),
  }
}
