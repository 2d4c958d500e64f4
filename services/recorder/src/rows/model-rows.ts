import { numberArray } from '@kwm/adapter-pg'
import { json, jsonOrNull, timestamp } from './event-table.ts'
import type { EventTables } from './event-table.ts'

const PMF_COLUMNS = [
  ...['kind', 'event_ticker', 'brackets', 'is_feasible', 'mu', 'mu_velocity', 'mu_acceleration'],
  ...['horizon_seconds', 'model_version', 'details'],
]

export const modelTables: EventTables<
  | 'feature.ladder-frame.v1'
  | 'pmf.weather-pmf.v1'
  | 'pmf.fused-pmf.v1'
  | 'pmf.forecast.v1'
  | 'signal.opportunity.v1'
  | 'signal.shadow-evaluations.v1'
  | 'signal.order-intent.v1'
> = {
  'feature.ladder-frame.v1': {
    table: 'trade.ladder_frames',
    columns: [
      ...['event_ticker', 'series_ticker', 'close_time', 'centres', 'is_partition', 'trigger'],
      ...['rows', 'event'],
    ],
    values: (d) => [
      d.eventTicker,
      d.seriesTicker,
      timestamp(d.closeTimeUs),
      numberArray(d.centres),
      d.isPartition,
      d.trigger,
      json(d.rows),
      jsonOrNull(d.event),
    ],
  },
  'pmf.weather-pmf.v1': {
    table: 'trade.pmfs',
    columns: PMF_COLUMNS,
    values: ({ eventTicker, brackets, modelVersion, ...details }) => [
      'weather',
      eventTicker,
      json(brackets),
      details.blockedReason === null,
      null,
      null,
      null,
      null,
      modelVersion,
      json(details),
    ],
  },
  'pmf.fused-pmf.v1': {
    table: 'trade.pmfs',
    columns: PMF_COLUMNS,
    values: ({ eventTicker, brackets, isFeasible, mu, muVelocity, muAcceleration, ...details }) => [
      'fused',
      eventTicker,
      json(brackets),
      isFeasible,
      mu,
      muVelocity,
      muAcceleration,
      null,
      null,
      json(details),
    ],
  },
  'pmf.forecast.v1': {
    table: 'trade.pmfs',
    columns: PMF_COLUMNS,
    values: (d) => [
      'forecast',
      d.eventTicker,
      json(d.rows),
      null,
      null,
      null,
      null,
      d.horizonSeconds,
      d.modelVersion,
      '{}',
    ],
  },
  'signal.opportunity.v1': {
    table: 'trade.opportunities',
    columns: [
      ...['strategy', 'event_ticker', 'pmf_id', 'decision', 'reason', 'leader_ticker'],
      ...['follower_ticker', 'ev_bps', 'gates', 'is_allocated', 'inputs', 'wanted'],
    ],
    values: (d) => [
      d.strategy,
      d.eventTicker,
      d.pmfId,
      d.decision,
      d.reason,
      d.leaderTicker,
      d.followerTicker,
      d.evBps,
      json(d.gates),
      d.isAllocated ?? null,
      jsonOrNull(d.inputs),
      jsonOrNull(d.wanted),
    ],
  },
  'signal.shadow-evaluations.v1': {
    table: 'trade.shadow_evaluations',
    columns: ['event_ticker', 'pmf_id', 'evaluations'],
    values: (d) => [d.eventTicker, d.pmfId, json(d.evaluations)],
  },
  'signal.order-intent.v1': {
    table: 'trade.intents',
    columns: [
      ...['strategy', 'pmf_id', 'event_ticker', 'market_ticker', 'side', 'price_bps'],
      ...['count_centi', 'is_post_only', 'ttl_us', 'fair_bps', 'ev_bps', 'reason'],
    ],
    values: (d) => [
      d.strategy,
      d.pmfId,
      d.eventTicker,
      d.marketTicker,
      d.side,
      d.priceBps,
      d.countCenti,
      d.isPostOnly,
      d.ttlUs,
      d.fairBps,
      d.evBps,
      d.reason,
    ],
  },
}
