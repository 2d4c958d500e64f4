/** The data do not allow what was asked; the message says what is missing and what to change. */
export class TuningError extends Error {
  override readonly name = 'TuningError'
}
