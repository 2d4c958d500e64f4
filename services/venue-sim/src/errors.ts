import { OperatingError } from '@kwm/runtime'

/** The recording is missing, broken or empty. */
export class RecordingError extends OperatingError {
  override readonly name = 'RecordingError'
  readonly code = 'VENUE_SIM_RECORDING'
}
