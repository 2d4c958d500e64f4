import type { HealthPoller, ServiceHealth } from '../health-poller.ts'
import * as limits from '../read-model/limits.ts'
import type { Update } from '../read-model/view.ts'
import type { GatewayService } from '../service.ts'
import type { ControlPolicy } from './guards.ts'

export type PageUpdate = Update & {
  readonly gateway: {
    readonly shard: string
    readonly headSeq: number
    readonly isCaughtUp: boolean
    readonly control: ControlPolicy
    /** How many the page may keep: it forgets what the read model forgets. */
    readonly ordersMax: number
    readonly tradesMax: number
    readonly noTradesMax: number
  }
  readonly services: readonly ServiceHealth[]
}

export const pageUpdate = (
  service: GatewayService,
  poller: HealthPoller,
  control: ControlPolicy,
  sinceSeq: number,
): PageUpdate => ({
  ...service.model.since(sinceSeq),
  gateway: {
    shard: service.shard,
    headSeq: service.headSeq,
    isCaughtUp: service.isReady,
    control,
    ordersMax: limits.ORDERS_MAX,
    tradesMax: limits.TRADE_OPPORTUNITIES_MAX,
    noTradesMax: limits.NO_TRADE_OPPORTUNITIES_MAX,
  },
  services: poller.view,
})

/** The day in numbers, for scripts. Feeds are summed; money is the ledger's own. */
export function summary({ model }: GatewayService) {
  const { counts, money, tapeSeq, eventTimeUs } = model.status()
  const total = { framesIn: 0, applied: 0, duplicate: 0, quarantined: 0, rejected: 0 }
  for (const feed of model.since(0).feeds) {
    total.framesIn += feed.framesIn
    total.applied += feed.applied
    total.duplicate += feed.duplicate
    total.quarantined += feed.quarantined
    total.rejected += feed.rejected
  }
  return {
    tapeSeq,
    eventTimeUs,
    ...total,
    opportunities: counts.opportunities,
    trades: counts.trades,
    intents: counts.intents,
    approved: counts.approved,
    denied: counts.denied,
    orders: counts.submitted,
    ordersRejected: counts.rejected,
    ordersCanceled: counts.canceled,
    fills: counts.fills,
    feesMicros: money.feesMicros,
    pnlMicros: money.pnlMicros,
    unrealizedPnlMicros: money.unrealizedPnlMicros,
  }
}
