import type { AnyEvent, EventType } from './events.ts'

/** Shard names and service names are subject tokens: lower case, digits, dashes, underscores. */
export const SHARD_PATTERN = /^[a-zA-Z0-9_-]{1,32}$/

export const RAW_STREAM = 'RAW'
export const DEAD_LETTER_STREAM = 'DLQ'
export const SNAPSHOT_BUCKET = 'snapshots'

export const tapeStream = (shard: string): string => `TAPE_${shard}`
export const tapeSubjects = (shard: string): string => `tape.${shard}.>`
export const rawSubject = (provider: string, feed: string): string =>
  `raw.${subjectToken(provider)}.${subjectToken(feed)}`
export const deadLetterSubject = (service: string): string => `dlq.${subjectToken(service)}`

/**
 * Tickers contain dots (`KXHIGHNY-26NOV20-B48.5`) and a dot separates subject tokens; spaces and
 * wildcards would be worse. Routing only: a consumer reads the ticker from the body.
 */
export const subjectToken = (text: string): string => text.replace(/[^A-Za-z0-9_-]/g, '_') || '_'

/** The subject of an event: `tape.<shard>.<area>.<event>.v<n>.<key>`. */
export const tapeSubject = (shard: string, type: EventType, key: string): string =>
  `tape.${shard}.${type}.${subjectToken(key)}`

/** The event type inside a tape subject, or the empty string. */
export function eventTypeOf(subject: string): string {
  const areaAt = subject.indexOf('.', 5) + 1
  const keyAt = subject.lastIndexOf('.')
  return areaAt > 5 && keyAt > areaAt ? subject.slice(areaAt, keyAt) : ''
}

/** The routing key of an event: its market, else event, station, product, feed or service. */
export function subjectKey(event: AnyEvent): string {
  const data = event.data as Readonly<Record<string, unknown>>
  for (const field of KEY_FIELDS) {
    const value = data[field]
    if (typeof value === 'string' && value !== '') return value
  }
  return 'all'
}

const KEY_FIELDS = [
  'marketTicker',
  'eventTicker',
  'stationId',
  'product',
  'index',
  'feed',
  'service',
]
