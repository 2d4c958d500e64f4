import type { Clock } from '@kwm/runtime'
import type { z } from 'zod'
import { parseErrorBody } from '../error-body.ts'
import { VenueAnswerError, VenueRequestError } from '../errors.ts'
import { signedHeaders, type Credentials } from '../sign.ts'
import type { Lane, RateBudget } from './rate-budget.ts'

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
  /** Every body, as received, with when it was. */
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
  readonly signal?: AbortSignal | undefined
}

const TIMEOUT_MS = 10_000
const ATTEMPTS_MAX = 4
const BACKOFF_MS = 250
const LIMITED_ATTEMPTS_MAX = 12
const ISSUES_MAX = 3

/**
 * One request after the other safety: what was certainly not carried out is tried again (a 429, and
 * every read that failed), a bounded number of times, after a growing and random wait. A write that
 * may have been carried out is not: its error says `isOutcomeUnknown`, and the caller looks it up.
 * Connections are kept alive by the runtime's fetch. No error, hook or label holds a key or signature.
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

  /** The answer in the shape of `schema`. @throws {VenueRequestError | VenueAnswerError} */
  async json<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
    const what = `${request.method ?? 'GET'} ${pathOf(request)}`
    const body = await this.text(request)
    let value: unknown
    try {
      value = JSON.parse(body)
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

  async text(request: Request): Promise<string> {
    const { clock, budget, attemptsMax = ATTEMPTS_MAX, random = Math.random } = this.#options
    const { method = 'GET', template, items = 1, signal } = request
    const lane = request.lane ?? (method === 'GET' ? 'read' : 'write')
    const cost = (budget?.costOf(method, template) ?? 0) * items
    let failures = 0
    for (let attempt = 1; ; attempt++) {
      await budget?.acquire(lane, cost, signal)
      const answer = await this.#attempt(request)
      if (typeof answer === 'string') {
        budget?.relax()
        return answer
      }
      const isLimited = answer.status === 429
      if (!isLimited && answer.status > 0) budget?.relax()
      if (!isLimited || !budget) failures++
      const isSpent = failures >= attemptsMax || attempt >= LIMITED_ATTEMPTS_MAX
      if (!isWorthRepeating(answer, lane) || isSpent || signal?.aborted) throw answer
      const backoffMs = BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random())
      const heldMs = isLimited ? budget?.penalize(lane) : undefined
      if (heldMs === undefined) await clock.sleep(backoffMs, signal)
    }
  }

  async #attempt(request: Request): Promise<string | VenueRequestError> {
    const { clock, observer } = this.#options
    const { method = 'GET', template } = request
    const startedUs = clock.nowUs()
    const answer = await this.#exchange(request)
    const seconds = (clock.nowUs() - startedUs) / 1e6
    const outcome = typeof answer === 'string' ? 'ok' : outcomeOf(answer.status)
    observer?.request?.(method, template, outcome, seconds)
    return answer
  }

  async #exchange(request: Request): Promise<string | VenueRequestError> {
    const { method = 'GET', signal } = request
    const path = pathOf(request)
    const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS)
    const isWrite = method !== 'GET'
    try {
      const response = await (this.#options.fetch ?? fetch)(this.#root + path + queryOf(request), {
        method,
        headers: this.#headers(method, path, request.body !== undefined),
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      const body = await response.text()
      const { status } = response
      this.#options.observer?.raw?.(path, status, body, this.#options.clock.nowUs())
      if (response.ok) return body
      const { code, message } = parseErrorBody(body)
      const isOutcomeUnknown = isWrite && status >= 500
      return new VenueRequestError({
        ...{ method, path, status, venueCode: code, message, isOutcomeUnknown },
      })
    } catch (cause) {
      const message = timeout.aborted ? 'timed out' : reasonOf(cause)
      const fault = { method, path, status: 0, message, isOutcomeUnknown: isWrite }
      // The cause is left out: it may hold the request, and the request holds the signature.
      return new VenueRequestError(fault)
    }
  }

  #headers(method: string, path: string, hasBody: boolean): Record<string, string> {
    const { credentials, clock } = this.#options
    const timestampMs = Math.floor(clock.nowUs() / 1_000)
    return {
      accept: 'application/json',
      ...(hasBody && { 'content-type': 'application/json' }),
      ...(credentials &&
        signedHeaders(credentials, { method, path: this.#rootPath + path, timestampMs })),
    }
  }
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

/** A cancel said twice is one cancel; another write said twice may be two. */
const isWorthRepeating = ({ status }: VenueRequestError, lane: Lane): boolean =>
  status === 429 || (lane !== 'write' && (status === 0 || status >= 500))

function outcomeOf(status: number): Outcome {
  if (status === 0) return 'no-answer'
  if (status === 429) return 'limited'
  return status >= 500 ? 'failed' : 'refused'
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : 'the request failed'
}
