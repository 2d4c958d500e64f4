import type { Registry } from '@kwm/adapter-telemetry'
import { Counter, Gauge, Histogram } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** The conservation law: answers of all four outcomes together are the frames received. */
export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    ...createAnswerMetrics(registers),
    mode: new Gauge({
      name: 'vc_ingest_mode',
      help: '1 for the mode it runs in: with a key of Visual Crossing, or keyless.',
      labelNames: ['mode'] as const,
      registers,
    }),
    triesTotal: new Counter({
      name: 'vc_ingest_tries_total',
      help: 'HTTP requests sent, by provider, feed and what came of each.',
      labelNames: ['provider', 'feed', 'outcome'] as const,
      registers,
    }),
    trySeconds: new Histogram({
      name: 'vc_ingest_try_seconds',
      help: 'From sending a request to the last byte of its answer.',
      labelNames: ['provider'] as const,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    unansweredTotal: new Counter({
      name: 'vc_ingest_unanswered_total',
      help: 'Requests given up: no answer, an endless one, or the provider is left alone.',
      labelNames: ['provider', 'reason'] as const,
      registers,
    }),
    providerUp: new Gauge({
      name: 'vc_ingest_provider_up',
      help: '1 while a provider gives answers that can be read.',
      labelNames: ['provider'] as const,
      registers,
    }),
    silentStations: new Gauge({
      name: 'vc_ingest_silent_stations',
      help: 'Stations whose newest temperature from a provider is older than 90 minutes.',
      labelNames: ['provider'] as const,
      registers,
    }),
    queryCostTotal: new Counter({
      name: 'vc_ingest_query_cost_total',
      help: 'What requests cost, in the units of the provider.',
      labelNames: ['provider'] as const,
      registers,
    }),
  }
}

function createAnswerMetrics(registers: Registry[]) {
  return {
    framesTotal: new Counter({
      name: 'vc_ingest_frames_total',
      help: 'Answers received, by provider and what became of them.',
      labelNames: ['provider', 'outcome'] as const,
      registers,
    }),
    refusedTotal: new Counter({
      name: 'vc_ingest_refused_total',
      help: 'Answers quarantined or rejected, by reason.',
      labelNames: ['provider', 'reason'] as const,
      registers,
    }),
    faultsTotal: new Counter({
      name: 'vc_ingest_faults_total',
      help: 'Parts refused of answers that were read otherwise.',
      labelNames: ['provider'] as const,
      registers,
    }),
    factsTotal: new Counter({
      name: 'vc_ingest_facts_total',
      help: 'Facts read, by whether they were new, a revision, known, too old or of the future.',
      labelNames: ['type', 'verdict'] as const,
      registers,
    }),
    rawToTapeSeconds: new Histogram({
      name: 'vc_ingest_raw_to_tape_seconds',
      help: 'From receiving an answer to the acknowledgement of all that came of it.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    snapshotsTotal: new Counter({
      name: 'vc_ingest_snapshots_total',
      help: 'Snapshots stored.',
      registers,
    }),
  }
}
