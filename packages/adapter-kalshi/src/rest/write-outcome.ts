import type { OperatingError } from '@kwm/runtime'
import type { VenueRequestError } from '../errors.ts'

/**
 * What is known of a write. **Rejected** is the venue's no. **Unsent** never left us. **Unknown**
 * may or may not have happened: look it up before anything new is sent.
 */
export type WriteOutcome<Ack> =
  | { readonly outcome: 'accepted'; readonly ack: Ack }
  | { readonly outcome: 'rejected'; readonly error: VenueRequestError }
  | { readonly outcome: 'unsent'; readonly error: OperatingError }
  | { readonly outcome: 'unknown'; readonly error: OperatingError }

/** Whether an attempt before the last was sent and never answered, or only by a 5xx. */
export type Trail = { wasUnanswered: boolean }

/**
 * A refusal of the last attempt says nothing of an earlier one without an answer, except that there
 * is nothing there (any more).
 */
export function outcomeOfError(
  error: VenueRequestError,
  { wasUnanswered }: Trail,
): Exclude<WriteOutcome<never>, { readonly outcome: 'accepted' }> {
  const { status, isSent } = error
  if (wasUnanswered) return { outcome: status === 404 ? 'rejected' : 'unknown', error }
  if (!isSent) return { outcome: 'unsent', error }
  const isRefused = status >= 400 && status < 500 && status !== 408
  return { outcome: isRefused ? 'rejected' : 'unknown', error }
}
