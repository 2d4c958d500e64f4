import type { VenueRequestError } from '../errors.ts'
import { redact } from './redact.ts'
import { errorOfAnswer, errorOfFailure, retryAfterMs, type SentRequest } from './request-error.ts'

export type Sending = {
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly nowUs: () => number
}

export type Answered = {
  /** 0: no answer. */
  readonly status: number
  /** As received. */
  readonly body: string
  readonly retryAfterMs: number | null
  readonly error: VenueRequestError | null
}

/** A full page of markets has 3 MB. */
const BODY_BYTES_MAX = 64 * 1_024 * 1_024
/** The connection was never made. */
const NEVER_LEFT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * One request on the wire. Redirects are not followed: a signature is for one path of one venue.
 * Never throws for what the world did.
 */
export async function send(
  doFetch: typeof fetch,
  sending: Sending,
  sent: SentRequest,
): Promise<Answered> {
  const { url, method, headers, body, timeoutMs, signal, nowUs } = sending
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await doFetch(url, {
      ...{ method, headers, redirect: 'manual' },
      ...(body !== undefined && { body }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const { status } = response
    const date = response.headers.get('date')
    const text = await readBody(response)
    const nowMs = nowUs() / 1_000
    return {
      ...{ status, body: text },
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), nowMs),
      error: response.ok ? null : errorOfAnswer(sent, { status, date, body: text }, nowMs),
    }
  } catch (cause) {
    // The cause is left out of the error: it may hold the request, and that holds the signature.
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const { code = '', message } = reason as NodeJS.ErrnoException
    const failure = { message: message || code, isSent: !NEVER_LEFT.has(code) }
    const fault = timeout.aborted ? 'timeout' : signal?.aborted ? 'aborted' : 'network'
    const told = fault === 'timeout' ? { message: `none in ${timeoutMs} ms` } : {}
    const error = errorOfFailure(sent, { fault, ...failure, ...told })
    return { status: 0, body: '', retryAfterMs: null, error }
  }
}

/** What a log or a tape may keep of a body. */
export const withoutSecrets = (body: string, { secrets }: SentRequest): string =>
  secrets.length === 0 ? body : redact(body, secrets)

async function readBody({ body }: Response): Promise<string> {
  if (!body) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new Error(`the answer has more than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes).toString('utf8')
}
