import type { Registry } from '@kwm/adapter-telemetry'
import { Counter, Gauge } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    framesTotal: new Counter({
      name: 'settlement_frames_total',
      help: 'Answers received, by provider and what became of them.',
      labelNames: ['provider', 'outcome'] as const,
      registers,
    }),
    readsFailedTotal: new Counter({
      name: 'settlement_reads_failed_total',
      help: 'Rounds of reading that a provider did not answer, or not as it should.',
      labelNames: ['provider'] as const,
      registers,
    }),
    labelsTotal: new Counter({
      name: 'settlement_labels_total',
      help: 'Labels by source: new, changed, or a correction behind the first final report.',
      labelNames: ['source', 'verdict'] as const,
      registers,
    }),
    auditEvents: new Gauge({
      name: 'settlement_audit_events',
      help: 'Events of the last 30 days: the value of the venue against the final climate report.',
      labelNames: ['verdict'] as const,
      registers,
    }),
    overdueEvents: new Gauge({
      name: 'settlement_overdue_events',
      help: 'Events not decided two days after their day ended.',
      registers,
    }),
    mismatchesTotal: new Counter({
      name: 'settlement_mismatches_total',
      help: 'Differences found: between the sources, or within what the venue says.',
      labelNames: ['kind'] as const,
      registers,
    }),
    lastAuditTimestampSeconds: new Gauge({
      name: 'settlement_last_audit_timestamp_seconds',
      help: 'When labels were last compared.',
      registers,
    }),
  }
}
