import { OperatingError } from '@kwm/runtime'

/** The tape holds something else than RAW gives: one of the two was written by other hands. */
export class FeedDivergedError extends OperatingError {
  override readonly name = 'FeedDivergedError'
  readonly code = 'KALSHI_WS_DIVERGED'
}
