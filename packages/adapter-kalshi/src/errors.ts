import { OperatingError } from '@kwm/runtime'

/** The private key file cannot be used. The message names the file and the fix, never its content. */
export class KeyFileError extends OperatingError {
  override readonly name = 'KeyFileError'
  readonly code = 'KALSHI_KEY_FILE'
}

/** Why a request failed: a closed set. */
export type RequestFault =
  | 'invalid'
  | 'unauthorized'
  /** The venue refused the signature because our clock is off. */
  | 'clock-skew'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'throttled'
  /** The venue's own trouble, 5xx. */
  | 'unavailable'
  | 'timeout'
  | 'network'
  /** By the caller's signal. */
  | 'aborted'
  | 'no-credentials'
  | 'other'

export type RequestErrorFields = {
  readonly method: string
  readonly path: string
  /** 0: no answer. */
  readonly status: number
  readonly fault: RequestFault
  /** The venue's own code, where it gave one. */
  readonly venueCode?: string
  readonly message: string
  readonly details?: string
  /** False where it is sure that nothing reached the venue. */
  readonly isSent: boolean
  /** Ours minus the venue's, where its answer told the time. */
  readonly clockSkewMs?: number | null
}

/**
 * The venue answered with an error, or not at all, and trying again did not help or was not safe.
 * All text in it is free of keys and signatures.
 */
export class VenueRequestError extends OperatingError {
  override readonly name = 'VenueRequestError'
  readonly code = 'KALSHI_REQUEST'
  readonly path: string
  readonly status: number
  readonly fault: RequestFault
  readonly venueCode: string
  readonly isSent: boolean
  readonly clockSkewMs: number | null

  constructor(fields: RequestErrorFields) {
    const { method, path, status, venueCode = '', message, details = '', isSent } = fields
    const answer = status === 0 ? (isSent ? 'no answer' : 'not sent') : String(status)
    const more = details && details !== message ? `: ${details}` : ''
    super(`${method} ${path}: ${answer}${venueCode && ` ${venueCode}`}: ${message}${more}`)
    this.path = path
    this.status = status
    this.fault = fields.fault
    this.venueCode = venueCode
    this.isSent = isSent
    this.clockSkewMs = fields.clockSkewMs ?? null
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

/** More than the rate limit will let through, ever or in time. Nothing was sent. */
export class VenueBusyError extends OperatingError {
  override readonly name = 'VenueBusyError'
  readonly code = 'KALSHI_BUSY'
}

/** An order request that cannot be right. Nothing was sent. */
export class OrderArgumentError extends OperatingError {
  override readonly name = 'OrderArgumentError'
  readonly code = 'KALSHI_ORDER_ARGUMENT'
  readonly field: string

  constructor(field: string, rule: string) {
    super(`${field}: ${rule}`)
    this.field = field
  }
}
