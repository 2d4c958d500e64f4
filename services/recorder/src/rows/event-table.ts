import type { EventOf, EventType } from '@kwm/contracts'
import { textArray, TimestampText } from '@kwm/adapter-pg'
import type { CopyValue } from '@kwm/adapter-pg'

/** Where the events of one type go beside the complete record, and as which values. */
export type EventTable<T extends EventType> = {
  readonly table: string
  /** After the columns every event has. */
  readonly columns: readonly string[]
  readonly values: (data: EventOf<T>['data']) => readonly CopyValue[]
}
export type EventTables<T extends EventType> = { readonly [K in T]: EventTable<K> }

/** The columns every event has, in order. */
export const EVENT_COLUMNS = [
  'shard',
  'tape_seq',
  'event_id',
  'event_time',
  'ingest_time',
  'is_synthetic',
] as const

const timestamps = new TimestampText()
export const timestamp = (timeUs: number): string => timestamps.render(timeUs)
export const timestampOrNull = (timeUs: number | null): string | null =>
  timeUs === null ? null : timestamps.render(timeUs)

export const json = (value: unknown): string => JSON.stringify(value)
/** Null where there is none: what an older release wrote has fewer fields. */
export const jsonOrNull = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value)

export const timestampArray = (timesUs: readonly number[]): string =>
  textArray(timesUs.map(timestamp))
