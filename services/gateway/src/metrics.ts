import { Counter, Gauge, type Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** Every metric of the service, on a registry handed in by `main`. */
export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    recordsTotal: new Counter({
      name: 'gateway_records_total',
      help: 'Records of the tape taken into the read model, or found unparsable.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    tapeSeq: new Gauge({
      name: 'gateway_tape_seq',
      help: 'The tape sequence the read model stands at.',
      registers,
    }),
    readModelItems: new Gauge({
      name: 'gateway_read_model_items',
      help: 'What the read model remembers, by kind.',
      labelNames: ['kind'] as const,
      registers,
    }),
    streamClients: new Gauge({
      name: 'gateway_stream_clients',
      help: 'Pages that follow by server-sent events.',
      registers,
    }),
    streamUpdatesTotal: new Counter({
      name: 'gateway_stream_updates_total',
      help: 'Updates written to pages.',
      registers,
    }),
    streamStalledTotal: new Counter({
      name: 'gateway_stream_stalled_total',
      help: 'Pages dropped because they did not read.',
      registers,
    }),
    controlRequestsTotal: new Counter({
      name: 'gateway_control_requests_total',
      help: 'Requests to halt or resume, by what became of them.',
      labelNames: ['action', 'outcome'] as const,
      registers,
    }),
  }
}
