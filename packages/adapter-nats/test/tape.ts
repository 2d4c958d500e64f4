import { tapeSubject, type EventType } from '@kwm/contracts'
import type { EventLog, Outgoing, TapeRecord } from '@kwm/runtime'

export const outgoing = (
  index: number,
  type: EventType = 'md.book-delta.v1',
  shard = 'main',
): Outgoing => ({
  subject: tapeSubject(shard, type, `KXHIGHNY-26NOV20-B${index % 7}.5`),
  id: `test-${index}`,
  inputSeq: index % 3,
  body: JSON.stringify({ index, text: 'é°F' }),
})

/** Read until the tape was seen through `untilSeq`. */
export async function readThrough(
  log: EventLog,
  options: {
    fromSeq: number
    untilSeq: number
    accepts?: (subject: string) => boolean
    eventTypes?: readonly string[]
  },
): Promise<{ records: TapeRecord[]; throughSeq: number }> {
  const { fromSeq, untilSeq, accepts = () => true, eventTypes } = options
  const stop = new AbortController()
  const records: TapeRecord[] = []
  const batches = log.read({
    fromSeq,
    accepts,
    signal: stop.signal,
    ...(eventTypes && { eventTypes }),
  })
  for await (const batch of batches) {
    records.push(...batch.records)
    if (batch.throughSeq >= untilSeq) return { records, throughSeq: batch.throughSeq }
  }
  throw new Error('unreachable: the signal is never raised')
}
