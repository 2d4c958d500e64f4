import type { Clock } from '@kwm/runtime'
import type { z } from 'zod'
import { VenueAnswerError, VenueBusyError, VenueRequestError } from '../errors.ts'
import { signedHeaders, type Credentials } from '../sign.ts'
import type { Lane, RateBudget } from './rate-budget.ts'
import type { Permit } from './rate-limiter.ts'
import { errorOfFailure } from './request-error.ts'
import { send, withoutSecrets, type Answered } from './send.ts'
import { outcomeOfError, type Trail, type WriteOutcome } from './write-outcome.ts'

export type TransportOptions = {
  /** With the API root: `https://external-api.kalshi.com/trade-api/v2`. */
  readonly baseUrl: string
  readonly clock: Clock
  /** Without: public endpoints only. */
  readonly credentials?: Credentials
  /** Without: nothing holds requests back. */
  readonly budget?: RateBudget
  /** Uniform in [0, 1). */
  readonly random?: () => number
  readonly timeoutMs?: number
  readonly attemptsMax?: number
  readonly fetch?: typeof fetch
  readonly observer?: Partial<TransportObserver>
}

export type Outcome = 'ok' | 'refused' | 'limited' | 'failed' | 'no-answer'

export type TransportObserver = {
  /** `template` is the endpoint without the values in it: a closed set. */
  request(method: string, template: string, outcome: Outcome, seconds: number): void
  /** Every body, as received but for secrets of ours said back, with when it was. */
  raw(path: string, status: number, body: string, receivedTimeUs: number): void
}

type QueryValue = string | number | boolean | undefined

export type Request = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/markets/{ticker}/orderbook`: what it costs, and its name in metrics. */
  readonly template: string
  readonly params?: Readonly<Record<string, string>>
  /** A list is asked for as the same name again and again. */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[]>>
  readonly body?: unknown
  readonly lane?: Lane
  /** Batches are billed by the item. */
  readonly items?: number
  /** The shard a single order write names. */
  readonly shard?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const TIMEOUT_MS = 10_000
const ATTEMPTS_MAX = 4
const BACKOFF_MS = 250
const BACKOFF_MS_MAX = 8_000
/** A 429 is waited for by everyone together, so it is repeated more often. */
const LIMITED_ATTEMPTS_MAX = 12
const ISSUES_MAX = 3

/**
 * The one way out to the venue: limits, signs, sends, parses. Reads and cancels, which do no harm
 * twice, are tried again a bounded number of times after a growing and random wait. Every other
 * write is sent once, whatever comes of it. Connections are kept alive by the runtime's fetch. No
 * error, hook or label holds a key or signature.
 */
export class KalshiTransport {
  readonly #options: TransportOptions
  readonly #root: string
  readonly #rootPath: string

  constructor(options: TransportOptions) {
    this.#options = options
    this.#root = options.baseUrl.replace(/\/+$/, '')
    this.#rootPath = new URL(this.#root).pathname.replace(/\/+$/, '')
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /**
   * The answer in the shape of `schema`.
   * @throws {VenueRequestError} The venue said no, or nothing, after all attempts.
   * @throws {VenueAnswerError} The answer is not what the documents say; it names the field.
   * @throws {VenueBusyError} The rate limit will not let it through.
   */
  async json<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
    return decode(request, await this.text(request), schema)
  }

  text(request: Request): Promise<string> {
    return this.#send(request, { wasUnanswered: false })
  }

  /** Never throws for what the world did. Without a key nothing is sent. */
  async write<T>(request: Request, schema: z.ZodType<T>): Promise<WriteOutcome<T>> {
    const { credentials } = this.#options
    if (!credentials) return { outcome: 'unsent', error: keyless(request) }
    const trail: Trail = { wasUnanswered: false }
    try {
      const body = await this.#send(request, trail)
      return { outcome: 'accepted', ack: decode(request, body, schema) }
    } catch (error) {
      // It was carried out; what came of it cannot be read.
      if (error instanceof VenueAnswerError) return { outcome: 'unknown', error }
      if (error instanceof VenueBusyError) {
        return { outcome: trail.wasUnanswered ? 'unknown' : 'unsent', error }
      }
      if (!(error instanceof VenueRequestError)) throw error
      return outcomeOfError(error, trail)
    }
  }

  /** All attempts together. */
  async #send(request: Request, trail: Trail): Promise<string> {
    const { clock, budget, attemptsMax = ATTEMPTS_MAX, random = Math.random } = this.#options
    const { signal } = request
    const lane = laneOf(request)
    let failures = 0
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(request, lane)
      if (typeof answer === 'string') return answer
      const isLimited = answer.fault === 'throttled'
      if (!isLimited || !budget) failures++
      const isSpent = failures >= attemptsMax || attempt >= LIMITED_ATTEMPTS_MAX
      if (isSpent || signal?.aborted || !isWorthRepeating(answer, lane)) throw answer
      if (isLimited && budget) continue
      trail.wasUnanswered ||= answer.isSent && !isLimited
      const backoffMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** (failures - 1))
      await clock.sleep(backoffMs * (0.5 + random()), signal)
    }
  }

  async #attempt(request: Request, lane: Lane): Promise<string | VenueRequestError> {
    const { clock, budget, observer } = this.#options
    const { method = 'GET', template, items = 1, shard, signal } = request
    if (signal?.aborted) return abortedBefore(request)
    let permit: Permit | undefined
    if (budget) {
      const cost = budget.costOf(method, template) * items
      const turn = { flow: template, signal, ...(shard !== undefined && { shard }) }
      try {
        permit = await budget.acquire(lane, cost, turn)
      } catch (error) {
        if (signal?.aborted) return abortedBefore(request)
        throw error
      }
    }
    const startedUs = clock.nowUs()
    try {
      const { status, body, retryAfterMs, error } = await this.#exchange(request)
      permit?.settle(
        status === 429 ? 'throttled' : status > 0 ? 'answered' : 'failed',
        retryAfterMs,
      )
      const seconds = (clock.nowUs() - startedUs) / 1e6
      observer?.request?.(method, template, outcomeOf(status, error), seconds)
      return error ?? body
    } finally {
      permit?.settle('failed')
    }
  }

  /** One request on the wire. */
  async #exchange(request: Request): Promise<Answered> {
    const { clock, credentials, observer, timeoutMs = TIMEOUT_MS } = this.#options
    const { method = 'GET', signal } = request
    const path = pathOf(request)
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const timestampMs = Math.floor(clock.nowUs() / 1_000)
    const signed =
      credentials &&
      signedHeaders(credentials, { method, path: this.#rootPath + path, timestampMs })
    const headers = {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...signed,
    }
    const secrets = signed ? [credentials.keyId, signed['KALSHI-ACCESS-SIGNATURE']!] : []
    const sent = { method, path, secrets }
    const sending = {
      ...{ url: this.#root + path + queryOf(request), method, headers, body, timeoutMs, signal },
      nowUs: () => clock.nowUs(),
    }
    const answer = await send(this.#options.fetch ?? fetch, sending, sent)
    if (answer.status > 0) {
      observer?.raw?.(path, answer.status, withoutSecrets(answer.body, sent), clock.nowUs())
    }
    return answer
  }
}

function decode<T>(request: Request, body: string, schema: z.ZodType<T>): T {
  const what = `${request.method ?? 'GET'} ${pathOf(request)}`
  let value: unknown
  try {
    value = body === '' ? {} : JSON.parse(body)
  } catch {
    throw new VenueAnswerError(what, ['not JSON'])
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, ISSUES_MAX)
  throw new VenueAnswerError(
    what,
    issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`),
  )
}

function pathOf({ template, params = {} }: Request): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function queryOf({ query = {} }: Request): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== '') search.append(name, String(one))
    }
  }
  return search.size > 0 ? `?${search.toString()}` : ''
}

const laneOf = ({ lane, method = 'GET' }: Request): Lane =>
  lane ?? (method === 'GET' ? 'read' : 'write')

/** A cancel said twice is one cancel; another write said twice may be two. */
function isWorthRepeating({ fault }: VenueRequestError, lane: Lane): boolean {
  if (lane === 'write') return false
  return (
    fault === 'throttled' || fault === 'unavailable' || fault === 'network' || fault === 'timeout'
  )
}

const keyless = (request: Request): VenueRequestError =>
  new VenueRequestError({
    ...{ method: request.method ?? 'GET', path: pathOf(request), status: 0, isSent: false },
    ...{ fault: 'no-credentials', message: 'the client was opened without a key' },
  })

const abortedBefore = (request: Request): VenueRequestError =>
  errorOfFailure(
    { method: request.method ?? 'GET', path: pathOf(request), secrets: [] },
    { fault: 'aborted', message: 'aborted', isSent: false },
  )

function outcomeOf(status: number, error: VenueRequestError | null): Outcome {
  if (!error) return 'ok'
  if (status === 0) return 'no-answer'
  if (status === 429) return 'limited'
  return status >= 500 ? 'failed' : 'refused'
}
