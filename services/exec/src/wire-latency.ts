import { eventTypeOf } from '@kwm/contracts'
import type { Clock, TapeRecord } from '@kwm/runtime'
import type { Metrics } from './metrics.ts'

type Times = { readonly eventTimeUs: number; readonly ingestTimeUs: number }

/** How long a frame took to become an approved order at our door. */
export const observeLatency =
  (clock: Clock, metrics: Pick<Metrics, 'wireToIntentSeconds'>) =>
  (record: TapeRecord): void => {
    if (eventTypeOf(record.subject) !== 'risk.order-approved.v1') return
    const { eventTimeUs, ingestTimeUs } = JSON.parse(record.body) as Times
    if (eventTimeUs === ingestTimeUs) return // Caused by a tick: nothing came over the wire.
    metrics.wireToIntentSeconds.observe((clock.nowUs() - ingestTimeUs) / 1e6)
  }
