import type { Registry } from '@kwm/adapter-telemetry'
import { Counter, Gauge, Histogram } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** The conservation law: frames of all four outcomes together are the frames received. */
export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    ...createFrameMetrics(registers),
    ...createTrustMetrics(registers),
    ...createRestMetrics(registers),
    connectsTotal: new Counter({
      name: 'kalshi_ws_connects_total',
      help: 'WebSocket connections opened.',
      registers,
    }),
    connectFailuresTotal: new Counter({
      name: 'kalshi_ws_disconnects_total',
      help: 'Connections lost, and attempts that came to nothing.',
      registers,
    }),
    commandErrorsTotal: new Counter({
      name: 'kalshi_ws_command_errors_total',
      help: 'Error frames of the venue, by its code.',
      labelNames: ['code'] as const,
      registers,
    }),
    discoveryTotal: new Counter({
      name: 'kalshi_ws_discoveries_total',
      help: 'Reads of the market list over REST.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    books: new Gauge({
      name: 'kalshi_ws_books',
      help: 'Markets in trading: their book is fresh, stale, or has not arrived.',
      labelNames: ['state'] as const,
      registers,
    }),
    inFlight: new Gauge({
      name: 'kalshi_ws_appends_in_flight',
      help: 'Records handed to the broker and not acknowledged yet.',
      registers,
    }),
    snapshotsTotal: new Counter({
      name: 'kalshi_ws_snapshots_total',
      help: 'Snapshots stored.',
      registers,
    }),
    recoveredEventsTotal: new Counter({
      name: 'kalshi_ws_recovered_events_total',
      help: 'Typed events that recovery found missing from the tape and appended.',
      registers,
    }),
    orphanEventsTotal: new Counter({
      name: 'kalshi_ws_orphan_events_total',
      help: 'Typed events on the tape whose frame is not in RAW. Must stay 0.',
      registers,
    }),
  }
}

function createFrameMetrics(registers: Registry[]) {
  return {
    framesTotal: new Counter({
      name: 'kalshi_ws_frames_total',
      help: 'Frames received from the venue, late trades among them, by what became of them.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    quarantinedTotal: new Counter({
      name: 'kalshi_ws_quarantined_total',
      help: 'Frames put aside unread, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    rejectedTotal: new Counter({
      name: 'kalshi_ws_rejected_total',
      help: 'Frames read but not believed, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    eventsTotal: new Counter({
      name: 'kalshi_ws_events_total',
      help: 'Typed events appended to the tape.',
      registers,
    }),
    sequenceGapsTotal: new Counter({
      name: 'kalshi_ws_sequence_gaps_total',
      help: 'Gaps in the sequence of a subscription.',
      registers,
    }),
    rawToTapeSeconds: new Histogram({
      name: 'kalshi_ws_raw_to_tape_seconds',
      help: 'From receiving a frame to the acknowledgement of its typed event.',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
  }
}

/** Whether what we have can be believed, and traded on. */
function createTrustMetrics(registers: Registry[]) {
  return {
    mode: new Gauge({
      name: 'kalshi_ws_mode',
      help: '1 for the mode it runs in: streaming, or keyless polling for paper only.',
      labelNames: ['mode'] as const,
      registers,
    }),
    pollRoundSeconds: new Gauge({
      name: 'kalshi_ws_poll_round_seconds',
      help: 'Keyless: how often each book is polled, by budget and number of markets.',
      registers,
    }),
    pollRequestsTotal: new Counter({
      name: 'kalshi_ws_poll_requests_total',
      help: 'Keyless: REST reads of books.',
      registers,
    }),
    messageAgeSeconds: new Histogram({
      name: 'kalshi_ws_message_age_seconds',
      help: "From the venue's time in a frame to its receipt, both clocks as they are.",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
      registers,
    }),
    lastFrameAgeSeconds: new Gauge({
      name: 'kalshi_ws_last_frame_age_seconds',
      help: 'Since anything was received.',
      registers,
    }),
    auditsTotal: new Counter({
      name: 'kalshi_ws_audits_total',
      help: 'Books compared with REST, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    auditMismatchRatio: new Gauge({
      name: 'kalshi_ws_audit_mismatch_ratio',
      help: 'Of the last 50 audits that could be decided.',
      registers,
    }),
    tradeRefetchesTotal: new Counter({
      name: 'kalshi_ws_trade_refetches_total',
      help: 'Rounds over REST for trades the stream may have lost; cut: more than could be read.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    lateTradesTotal: new Counter({
      name: 'kalshi_ws_late_trades_total',
      help: 'Trades that were missed on the stream and came over REST.',
      registers,
    }),
    marketsListed: new Gauge({
      name: 'kalshi_ws_markets_listed',
      help: 'Markets by why they may not be traded; none: they may.',
      labelNames: ['untradable'] as const,
      registers,
    }),
  }
}

function createRestMetrics(registers: Registry[]) {
  return {
    restRequestsTotal: new Counter({
      name: 'kalshi_ws_rest_requests_total',
      help: 'Requests to the REST API, by endpoint and outcome.',
      labelNames: ['endpoint', 'outcome'] as const,
      registers,
    }),
    restSeconds: new Histogram({
      name: 'kalshi_ws_rest_seconds',
      help: 'From sending a request to its whole answer.',
      labelNames: ['endpoint'] as const,
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    restWaitSeconds: new Histogram({
      name: 'kalshi_ws_rest_wait_seconds',
      help: 'Waited for the rate limit before a request.',
      labelNames: ['lane'] as const,
      buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 30],
      registers,
    }),
    restPenaltiesTotal: new Counter({
      name: 'kalshi_ws_rest_penalties_total',
      help: 'Refusals for too many requests (429).',
      registers,
    }),
    restBodiesLostTotal: new Counter({
      name: 'kalshi_ws_rest_bodies_lost_total',
      help: 'REST answers that could not be kept in RAW. Must stay 0.',
      registers,
    }),
  }
}
