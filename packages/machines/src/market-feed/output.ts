import type { AnyEvent, FrameRefusal } from '@kwm/contracts'

/** What became of a frame; null for what is no frame of the venue. */
export type FrameOutcome = 'applied' | 'duplicate' | 'quarantined' | 'rejected'
export const frameOutcomes = ['applied', 'duplicate', 'quarantined', 'rejected'] as const

export type QuarantineReason = FrameRefusal | 'off-grid' | 'malformed-book'
export type RejectReason =
  | 'sequence-gap'
  | 'negative-level'
  | 'stale-book'
  | 'not-connected'
  | 'too-many-markets'
  | 'too-old'

/** What the host is asked to do in the world. Never part of a replay. */
export type FeedEffect =
  /** `marketTickers` null: every market the host has on the sid. */
  | {
      readonly kind: 'get-snapshot'
      readonly sid: number
      readonly marketTickers: readonly string[] | null
    }
  | {
      readonly kind: 'subscribed'
      readonly sid: number
      readonly channel: string
      readonly commandId: number | null
    }
  /** The venue ended the sid. */
  | { readonly kind: 'resubscribe'; readonly sid: number; readonly channel: string | null }
  | {
      readonly kind: 'command-failed'
      readonly commandId: number | null
      readonly code: number
      readonly message: string
    }
  | { readonly kind: 'discover-market'; readonly marketTicker: string }
  | { readonly kind: 'discover-event'; readonly eventTicker: string }

export type FeedStep = {
  readonly outcome: FrameOutcome | null
  /** Why it was quarantined or rejected, else empty. */
  readonly reason: QuarantineReason | RejectReason | ''
  /** The field at fault, for the dead letter. */
  readonly detail: string
  readonly events: readonly AnyEvent[]
  readonly effects: readonly FeedEffect[]
}
