import { OperatingError } from '@kwm/runtime'

/** The private key file cannot be used. The message names the file and the fix, never its content. */
export class KeyFileError extends OperatingError {
  override readonly name = 'KeyFileError'
  readonly code = 'KALSHI_KEY_FILE'
}

/** The venue answered with an error, or not at all, and trying again did not help or was not safe. */
export class VenueRequestError extends OperatingError {
  override readonly name = 'VenueRequestError'
  readonly code = 'KALSHI_REQUEST'
  readonly path: string
  /** 0: no answer. */
  readonly status: number
  /** The venue's own code, where it gave one. */
  readonly venueCode: string

  constructor(
    details: { path: string; status: number; venueCode?: string; message: string },
    options?: ErrorOptions,
  ) {
    const { path, status, venueCode = '', message } = details
    super(
      `GET ${path}: ${status === 0 ? 'no answer' : status}${venueCode && ` ${venueCode}`}: ${message}`,
      options,
    )
    this.path = path
    this.status = status
    this.venueCode = venueCode
  }
}

/** The venue's answer is not what its documents say. The message names the field. */
export class VenueAnswerError extends OperatingError {
  override readonly name = 'VenueAnswerError'
  readonly code = 'KALSHI_ANSWER'

  constructor(path: string, faults: readonly string[]) {
    super(`GET ${path}: unexpected answer: ${faults.join('; ')}`)
  }
}
