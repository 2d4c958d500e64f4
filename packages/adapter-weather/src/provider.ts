import { readingOf, refuse, type Reading } from './reading.ts'
import type { WeatherStation } from './station.ts'

/** How a provider wants to be treated. Ours are below what each allows. */
export type ProviderLimits = {
  /** Between the beginnings of two requests. */
  readonly minIntervalMs: number
  readonly concurrencyMax: number
  readonly timeoutMs: number
  readonly bodyBytesMax: number
}

/** One kind of answer a provider gives, and when there is a new one. */
export type FeedPlan = {
  readonly feed: string
  /** Asked for at every multiple of this since 1970, `delaySeconds` later. */
  readonly everySeconds: number
  /** How long after the round time the answer is published. */
  readonly delaySeconds: number
}

export type Ask = {
  readonly stations: readonly WeatherStation[]
  /** Wanted is what is between these two. */
  readonly fromUs: number
  readonly toUs: number
  /** Now, where it is no archive that is asked. */
  readonly nowUs: number
}

export type ProviderRequest = {
  readonly feed: string
  /** Without secrets: it is kept, logged and named in errors. */
  readonly url: string
  readonly stations: readonly WeatherStation[]
  readonly expects: 'json' | 'text'
  readonly headers?: Readonly<Record<string, string>>
  /** An answer that never changes is asked for once. */
  readonly isImmutable?: boolean
}

/**
 * A source of weather facts: what to ask and how to read the answer. Both are pure, so an answer
 * that was kept is read again as it was the first time; whoever asks also waits, retries and keeps.
 */
export interface WeatherProvider {
  /** `open-meteo`: in metrics, in RAW subjects, and the `source` of its observations. */
  readonly name: string
  readonly limits: ProviderLimits
  readonly feeds: readonly FeedPlan[]
  /** Added to the address when it is sent, and nowhere else. */
  readonly secretQuery?: Readonly<Record<string, string>>
  requests(feed: string, ask: Ask): readonly ProviderRequest[]
  /** Never throws: it reads, or refuses with the reason. */
  read(request: ProviderRequest, body: string, receivedTimeUs: number): Reading
}

/** An answer as it came. */
export type ProviderAnswer = {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly receivedTimeUs: number
}

const NOTHING = new Set([204, 304])
const LOOKS_LIKE_HTML = /^\s*(?:<!doctype html|<html|<head|<body)/i

/** The head first, then the body: an error in plain text or a page of HTML is never parsed. */
export function readAnswer(
  provider: WeatherProvider,
  request: ProviderRequest,
  answer: ProviderAnswer,
): Reading {
  const { status, contentType, body, receivedTimeUs } = answer
  if (NOTHING.has(status)) return readingOf([])
  if (status === 429) return refuse('limited', `429: ${body}`)
  if (status === 401 || status === 403) return refuse('unauthorized', `${status}: ${body}`)
  if (status < 200 || status > 299) return refuse('http-status', `${status}: ${body}`)
  if (/\bhtml\b/i.test(contentType) || LOOKS_LIKE_HTML.test(body)) return refuse('html', body)
  if (request.expects === 'json' && !/\bjson\b/i.test(contentType)) {
    return refuse('content-type', `${contentType || 'none'}: ${body}`)
  }
  if (request.expects === 'text' && /\bjson\b/i.test(contentType)) {
    return refuse('content-type', `${contentType}: ${body}`)
  }
  return provider.read(request, body, receivedTimeUs)
}

/** A list is asked for as the same name again and again. */
export const addressOf = (
  root: string,
  path: string,
  query: Readonly<Record<string, string | readonly string[]>>,
): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) search.append(name, one)
  }
  return `${root}${path}${search.size > 0 ? `?${search.toString()}` : ''}`
}
