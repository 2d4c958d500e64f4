import { parseErrorBody } from '../error-body.ts'
import { VenueRequestError, type RequestFault } from '../errors.ts'
import { redact } from './redact.ts'

/** The venue refuses timestamps from about this far on; its Date header has whole seconds. */
const SKEW_MS_MIN = 3_000
const TIMESTAMP_WORDS = /timestamp|expired|clock/i

export type SentRequest = {
  readonly method: string
  readonly path: string
  /** What must not be told, though the venue may say it back. */
  readonly secrets: readonly string[]
}

export type Refusal = {
  readonly status: number
  /** The header of that name. */
  readonly date: string | null
  readonly body: string
}

/** The one error for whatever status the venue answered with. */
export function errorOfAnswer(
  { method, path, secrets }: SentRequest,
  { status, date, body }: Refusal,
  nowMs: number,
): VenueRequestError {
  const { code: venueCode, message, details } = parseErrorBody(redact(body, secrets))
  const clockSkewMs = skewOf(date, nowMs)
  const isOff = Math.abs(clockSkewMs ?? 0) >= SKEW_MS_MIN
  const isBlamed = TIMESTAMP_WORDS.test(`${venueCode} ${message} ${details}`)
  const common = { method, path, status, venueCode, details, clockSkewMs, isSent: true }
  if (status !== 401 || !(isOff || isBlamed)) {
    return new VenueRequestError({ ...common, fault: faultOf(status), message })
  }
  const off = isOff
    ? `our clock is ${Math.abs(clockSkewMs!)} ms ${clockSkewMs! > 0 ? 'ahead of' : 'behind'} the venue's`
    : 'our clock may be off'
  const told = `${message} (${off}: set it by NTP)`
  return new VenueRequestError({ ...common, fault: 'clock-skew', message: told })
}

/** No whole answer came. */
export function errorOfFailure(
  { method, path, secrets }: SentRequest,
  failure: {
    readonly fault: 'timeout' | 'network' | 'aborted'
    readonly message: string
    readonly isSent: boolean
  },
): VenueRequestError {
  const message = redact(failure.message, secrets)
  return new VenueRequestError({ ...failure, method, path, status: 0, message })
}

function faultOf(status: number): RequestFault {
  switch (status) {
    case 400:
    case 422:
      return 'invalid'
    case 401:
      return 'unauthorized'
    case 403:
      return 'forbidden'
    case 404:
      return 'not-found'
    case 409:
      return 'conflict'
    case 429:
      return 'throttled'
    default:
      return status >= 500 ? 'unavailable' : 'other'
  }
}

function skewOf(date: string | null, nowMs: number): number | null {
  const venueMs = date === null ? Number.NaN : Date.parse(date)
  return Number.isNaN(venueMs) ? null : Math.round(nowMs - venueMs)
}

const RETRY_AFTER_MS_MAX = 60_000

/** Seconds or a date; null where there is none that can be read. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isNaN(ms) ? null : Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms))
}
