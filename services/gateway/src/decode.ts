import { eventSchemas, eventTypeOf, isEventType, subjectKey, tapeSubject, type AnyEvent } from '@kwm/contracts'
import type { Outgoing, TapeRecord } from '@kwm/runtime'
import { UnparsableRecordError } from '@kwm/runtime'

export function decodeRecord(record: TapeRecord): AnyEvent {
  const type = eventTypeOf(record.subject)
  if (!isEventType(type)) throw new UnparsableRecordError(`unknown event type: ${type}`)
  let json: unknown
  try {
    json = JSON.parse(record.body)
  } catch {
    throw new UnparsableRecordError('body: not JSON')
  }
  const parsed = eventSchemas[type].safeParse(json)
  if (parsed.success) return parsed.data as AnyEvent
  const issue = parsed.error.issues[0]!
  throw new UnparsableRecordError(`${type} ${issue.path.join('.') || 'envelope'}: ${issue.message}`)
}

export const encodeEvent = (event: AnyEvent, shard: string, inputSeq: number): Outgoing => ({
  subject: tapeSubject(shard, event.type, subjectKey(event)),
  id: event.id,
  inputSeq,
  body: JSON.stringify(event),
})
