import type { z } from 'zod'
import { bookDeltaV1 } from './book-delta.v1.ts'
import { bookSnapshotV1 } from './book-snapshot.v1.ts'
import { bookStaleV1 } from './book-stale.v1.ts'
import { cancelRequestedV1 } from './cancel-requested.v1.ts'
import { climateReportV1 } from './climate-report.v1.ts'
import { ensembleV1 } from './ensemble.v1.ts'
import { feedStatusV1 } from './feed-status.v1.ts'
import { fillV1 } from './fill.v1.ts'
import { fusedPmfV1 } from './fused-pmf.v1.ts'
import { ladderFrameV1 } from './ladder-frame.v1.ts'
import { marketListedV1 } from './market-listed.v1.ts'
import { marketStatusV1 } from './market-status.v1.ts'
import { modeChangedV1 } from './mode-changed.v1.ts'
import { observationV1 } from './observation.v1.ts'
import { haltRequestedV1, resumeRequestedV1 } from './operator-request.v1.ts'
import { opportunityV1 } from './opportunity.v1.ts'
import { shadowEvaluationsV1 } from './shadow-evaluations.v1.ts'
import { orderAcceptedV1 } from './order-accepted.v1.ts'
import { orderApprovedV1 } from './order-approved.v1.ts'
import { orderCanceledV1 } from './order-canceled.v1.ts'
import { orderDeniedV1 } from './order-denied.v1.ts'
import { orderIntentV1 } from './order-intent.v1.ts'
import { orderRejectedV1 } from './order-rejected.v1.ts'
import { orderSubmittedV1 } from './order-submitted.v1.ts'
import { pmfForecastV1 } from './pmf-forecast.v1.ts'
import { positionV1 } from './position.v1.ts'
import { reconciledV1 } from './reconciled.v1.ts'
import { serviceStartedV1 } from './service-started.v1.ts'
import { settledV1 } from './settled.v1.ts'
import { settlementDisputedV1 } from './settlement-disputed.v1.ts'
import { settlementV1 } from './settlement.v1.ts'
import { spotIndexV1 } from './spot-index.v1.ts'
import { spotQuoteV1 } from './spot-quote.v1.ts'
import { spotTradeV1 } from './spot-trade.v1.ts'
import { tickV1 } from './tick.v1.ts'
import { tickerV1 } from './ticker.v1.ts'
import { tradeV1 } from './trade.v1.ts'
import { haltedV1, resumedV1 } from './trading-halted.v1.ts'
import { weatherPmfV1 } from './weather-pmf.v1.ts'
import { wxForecastV1 } from './wx-forecast.v1.ts'

/** Every event there is, by type and version. A new version is a new entry beside the old one. */
export const eventSchemas = {
  'md.book-delta.v1': bookDeltaV1,
  'md.book-snapshot.v1': bookSnapshotV1,
  'md.book-stale.v1': bookStaleV1,
  'md.market-listed.v1': marketListedV1,
  'md.market-status.v1': marketStatusV1,
  'md.ticker.v1': tickerV1,
  'md.trade.v1': tradeV1,
  'wx.climate-report.v1': climateReportV1,
  'wx.ensemble.v1': ensembleV1,
  'wx.observation.v1': observationV1,
  'wx.settlement.v1': settlementV1,
  'wx.forecast.v1': wxForecastV1,
  'spot.index.v1': spotIndexV1,
  'spot.quote.v1': spotQuoteV1,
  'spot.trade.v1': spotTradeV1,
  'ops.feed-status.v1': feedStatusV1,
  'ops.mode-changed.v1': modeChangedV1,
  'ops.halt-requested.v1': haltRequestedV1,
  'ops.resume-requested.v1': resumeRequestedV1,
  'ops.service-started.v1': serviceStartedV1,
  'ops.tick.v1': tickV1,
  'feature.ladder-frame.v1': ladderFrameV1,
  'pmf.fused-pmf.v1': fusedPmfV1,
  'pmf.forecast.v1': pmfForecastV1,
  'pmf.weather-pmf.v1': weatherPmfV1,
  'signal.opportunity.v1': opportunityV1,
  'signal.shadow-evaluations.v1': shadowEvaluationsV1,
  'signal.order-intent.v1': orderIntentV1,
  'risk.order-approved.v1': orderApprovedV1,
  'risk.order-denied.v1': orderDeniedV1,
  'risk.halted.v1': haltedV1,
  'risk.resumed.v1': resumedV1,
  'exec.cancel-requested.v1': cancelRequestedV1,
  'exec.fill.v1': fillV1,
  'exec.order-accepted.v1': orderAcceptedV1,
  'exec.order-canceled.v1': orderCanceledV1,
  'exec.order-rejected.v1': orderRejectedV1,
  'exec.order-submitted.v1': orderSubmittedV1,
  'exec.position.v1': positionV1,
  'exec.reconciled.v1': reconciledV1,
  'exec.settled.v1': settledV1,
  'exec.settlement-disputed.v1': settlementDisputedV1,
} as const

export type EventType = keyof typeof eventSchemas
export type EventOf<T extends EventType> = z.infer<(typeof eventSchemas)[T]>
export type AnyEvent = { [T in EventType]: EventOf<T> }[EventType]
export type DataOf<T extends EventType> = EventOf<T>['data']

export const eventTypes = Object.keys(eventSchemas) as readonly EventType[]

export const isEventType = (type: string): type is EventType => Object.hasOwn(eventSchemas, type)

/** What a machine says: the type and the data. The envelope is put around it where it is bound. */
export type Emission = {
  [T in EventType]: { readonly type: T; readonly data: DataOf<T> }
}[EventType]
