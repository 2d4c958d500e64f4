import type { Clock } from '@kwm/runtime'
import { Gate } from './gate.ts'
import type { ProviderAnswer, ProviderRequest, WeatherProvider } from './provider.ts'

/** Of one try. A closed set: it labels a metric. */
export type TryOutcome = 'ok' | 'refused' | 'limited' | 'failed' | 'no-answer' | 'too-long'

export type ClientObserver = {
  /** One try, in seconds from sending to the last byte. */
  tried(provider: string, feed: string, outcome: TryOutcome, seconds: number): void
}

export type ClientOptions = {
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random?: () => number
  readonly attemptsMax?: number
  readonly fetch?: typeof fetch
  readonly observer?: ClientObserver
}

/** What came of a request after all tries: an answer with any status, or why there is none. */
export type ProviderOutcome =
  | { readonly isAnswered: true; readonly answer: ProviderAnswer }
  | {
      readonly isAnswered: false
      readonly reason: 'no-answer' | 'too-long' | 'held'
      readonly detail: string
    }

const ATTEMPTS_MAX = 3
const BACKOFF_MS = 500
const HOLD_MS = 15_000
const HOLD_MAX_MS = 900_000
/** A provider that asks for more than this is asked again after it all the same. */
const RETRY_AFTER_MAX_MS = 3_600_000

/**
 * One provider over HTTP: never more often or more at once than its limits, each request tried a
 * few times with a growing and random wait. A provider that fails all tries, or says 429, is left
 * alone for a while that doubles to a quarter of an hour (or for as long as it says); what is asked
 * for meanwhile is `held` and not sent. Nothing here throws: a dead provider is an outcome.
 */
export class ProviderClient {
  readonly provider: WeatherProvider
  readonly #options: ClientOptions
  readonly #gate: Gate
  #heldUntilUs = 0
  #failuresInRow = 0

  constructor(provider: WeatherProvider, options: ClientOptions) {
    this.provider = provider
    this.#options = options
    this.#gate = new Gate(provider.limits, options.clock)
  }

  /** Until when it is left alone; in the past when it is not. */
  get heldUntilUs(): number {
    return this.#heldUntilUs
  }

  async ask(request: ProviderRequest, signal: AbortSignal): Promise<ProviderOutcome> {
    const { clock, attemptsMax = ATTEMPTS_MAX, random = Math.random } = this.#options
    let last: ProviderOutcome = { isAnswered: false, reason: 'no-answer', detail: 'stopped' }
    for (let attempt = 1; attempt <= attemptsMax && !signal.aborted; attempt++) {
      const heldForUs = this.#heldUntilUs - clock.nowUs()
      if (heldForUs > 0) {
        const detail = `left alone for ${Math.ceil(heldForUs / 1e6)} s more`
        return attempt > 1 ? last : { isAnswered: false, reason: 'held', detail }
      }
      const leave = await this.#gate.enter(signal)
      if (!leave) break
      const tried = await this.#try(request, signal).finally(leave)
      last = tried.outcome
      if (!isWorthRepeating(last)) {
        this.#failuresInRow = 0
        return last
      }
      if (tried.retryAfterMs !== undefined || statusOf(last) === 429) {
        this.#hold(tried.retryAfterMs ?? 0)
        return last
      }
      if (attempt < attemptsMax) {
        await clock.sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random()), signal)
      }
    }
    if (!signal.aborted) this.#hold(0)
    return last
  }

  #hold(retryAfterMs: number): void {
    const growingMs = Math.min(HOLD_MAX_MS, HOLD_MS * 2 ** Math.min(this.#failuresInRow, 10))
    this.#failuresInRow++
    const heldMs = Math.max(growingMs, Math.min(retryAfterMs, RETRY_AFTER_MAX_MS))
    this.#heldUntilUs = Math.max(this.#heldUntilUs, this.#options.clock.nowUs() + heldMs * 1_000)
  }

  async #try(
    request: ProviderRequest,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: ProviderOutcome; readonly retryAfterMs?: number | undefined }> {
    const { clock, observer } = this.#options
    const startedUs = clock.nowUs()
    const tried = await this.#exchange(request, signal)
    const seconds = (clock.nowUs() - startedUs) / 1e6
    observer?.tried(this.provider.name, request.feed, tryOutcomeOf(tried.outcome), seconds)
    return tried
  }

  async #exchange(
    request: ProviderRequest,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: ProviderOutcome; readonly retryAfterMs?: number | undefined }> {
    const { limits, secretQuery } = this.provider
    const { clock } = this.#options
    const timeout = AbortSignal.timeout(limits.timeoutMs)
    try {
      const response = await (this.#options.fetch ?? fetch)(withSecrets(request.url, secretQuery), {
        headers: request.headers ?? {},
        signal: AbortSignal.any([signal, timeout]),
      })
      const body = await readBody(response, limits.bodyBytesMax)
      if (body === undefined) {
        const detail = `more than ${limits.bodyBytesMax} bytes`
        return { outcome: { isAnswered: false, reason: 'too-long', detail } }
      }
      const answer: ProviderAnswer = {
        status: response.status,
        contentType: response.headers.get('content-type') ?? '',
        body,
        receivedTimeUs: clock.nowUs(),
      }
      const retryAfterMs = retryAfterOf(response.headers.get('retry-after'), clock.nowUs())
      return { outcome: { isAnswered: true, answer }, retryAfterMs }
    } catch (cause) {
      // Only the words of the cause: its request holds the key.
      const detail = timeout.aborted ? 'timed out' : reasonOf(cause, secretQuery)
      return { outcome: { isAnswered: false, reason: 'no-answer', detail } }
    }
  }
}

function withSecrets(url: string, secretQuery: Readonly<Record<string, string>> = {}): string {
  const address = new URL(url)
  for (const [name, value] of Object.entries(secretQuery)) address.searchParams.set(name, value)
  return address.toString()
}

/** Undefined: longer than allowed. Bytes that are no UTF-8 become replacement characters. */
async function readBody(response: Response, bytesMax: number): Promise<string | undefined> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Seconds, or a date. */
function retryAfterOf(header: string | null, nowUs: number): number | undefined {
  if (header === null) return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1_000
  const dateMs = Date.parse(header)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowUs / 1_000)
}

const statusOf = (outcome: ProviderOutcome): number =>
  outcome.isAnswered ? outcome.answer.status : 0

function isWorthRepeating(outcome: ProviderOutcome): boolean {
  if (!outcome.isAnswered) return outcome.reason === 'no-answer'
  const { status } = outcome.answer
  return status === 429 || status >= 500
}

function tryOutcomeOf(outcome: ProviderOutcome): TryOutcome {
  if (!outcome.isAnswered) return outcome.reason === 'too-long' ? 'too-long' : 'no-answer'
  const { status } = outcome.answer
  if (status === 429) return 'limited'
  if (status >= 500) return 'failed'
  return status >= 400 ? 'refused' : 'ok'
}

function reasonOf(error: unknown, secretQuery: Readonly<Record<string, string>> = {}): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const text = cause instanceof Error ? cause.message : 'the request failed'
  return Object.values(secretQuery).reduce((left, secret) => left.replaceAll(secret, '…'), text)
}
