import type { VenueMarket } from '@kwm/sim'
import { dataFrame } from '@kwm/sim'
import type { Subscription } from './session.ts'

export const FAULTS = [
  'gap',
  'duplicate',
  'drop',
  'disconnect',
  'garbage',
  'unknown-type',
  'negative-level',
  'off-grid',
  'stall',
  'http-429',
  'http-503',
  'lost-ack',
  'late-strike',
  'pause',
  'resume',
  'maintenance',
  'clock-skew',
] as const
export type FaultKind = (typeof FAULTS)[number]

/** Faults that happen to the next book delta of a connection. */
const FRAME_FAULTS = [
  'gap',
  'duplicate',
  'drop',
  'garbage',
  'unknown-type',
  'negative-level',
  'off-grid',
] as const
export type FrameFault = (typeof FRAME_FAULTS)[number]

export const isFrameFault = (kind: FaultKind): kind is FrameFault =>
  (FRAME_FAULTS as readonly FaultKind[]).includes(kind)

/** More contracts than any level holds. */
const TOO_MANY = '-99999999.00'

/**
 * What the connection sends instead of the one delta `write` makes. A sequence number is taken by
 * every frame that would have one: `gap` takes it and stays silent; `drop` does not even take it, so
 * that nothing but a look at the book over REST can tell; `negative-level` and `off-grid`
 * are frames too many that the venue's own book knows nothing of.
 */
export function faultyFrames(
  fault: FrameFault,
  subscription: Subscription,
  market: VenueMarket,
  nowMs: number,
  write: () => string,
): readonly string[] {
  const { sid } = subscription
  switch (fault) {
    case 'gap':
      write()
      return []
    case 'drop':
      write()
      subscription.seq--
      return []
    case 'duplicate': {
      const frame = write()
      return [frame, frame]
    }
    case 'garbage':
      return [`{"type":"orderbook_delta","sid":${sid},"se`, write()]
    case 'unknown-type':
      return [JSON.stringify({ type: 'orderbook_mystery', sid, msg: { a: 1 } }), write()]
    case 'negative-level':
      return [delta(subscription, market, nowMs, '0.5000', TOO_MANY), write()]
    case 'off-grid':
      return [delta(subscription, market, nowMs, '0.45555', '1.00'), write()]
    default:
      return fault satisfies never
  }
}

function delta(
  subscription: Subscription,
  market: VenueMarket,
  nowMs: number,
  price_dollars: string,
  delta_fp: string,
): string {
  const body = { market_ticker: market.ticker, market_id: market.marketId, price_dollars, delta_fp }
  const json = JSON.stringify({ ...body, side: 'yes', ts_ms: nowMs })
  return dataFrame('orderbook_delta', subscription.sid, ++subscription.seq, json, nowMs)
}
