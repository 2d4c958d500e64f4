import { OperatingError } from '@kwm/runtime'

/** The private key file cannot be used. The message names the file and the fix, never its content. */
export class KeyFileError extends OperatingError {
  override readonly name = 'KeyFileError'
  readonly code = 'KALSHI_KEY_FILE'
}

export type RequestFault = {
  readonly method?: string
  readonly path: string
  readonly status: number
  readonly venueCode?: string
  readonly message: string
  readonly isOutcomeUnknown?: boolean
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
  /** A write that may have been carried out: look it up before anything else is sent. */
  readonly isOutcomeUnknown: boolean

  constructor(fault: RequestFault, options?: ErrorOptions) {
    const { method = 'GET', path, status, venueCode = '', message } = fault
    const answer = `${status === 0 ? 'no answer' : status}${venueCode && ` ${venueCode}`}`
    super(`${method} ${path}: ${answer}: ${message}`, options)
    this.path = path
    this.status = status
    this.venueCode = venueCode
    this.isOutcomeUnknown = fault.isOutcomeUnknown ?? false
  }
}

/** The venue's answer is not what its documents say. The message names the field. */
export class VenueAnswerError extends OperatingError {
  override readonly name = 'VenueAnswerError'
  readonly code = 'KALSHI_ANSWER'

  constructor(request: string, faults: readonly string[]) {
    super(`${request}: unexpected answer: ${faults.join('; ')}`)
  }
}

/** More requests than the rate limit will ever let through. Nothing was sent. */
export class VenueBusyError extends OperatingError {
  override readonly name = 'VenueBusyError'
  readonly code = 'KALSHI_BUSY'
}
