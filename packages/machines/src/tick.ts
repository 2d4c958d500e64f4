import { tapeSubject, tickV1, type TickV1 } from '@kwm/contracts'
import type { Outgoing, TapeRecord } from '@kwm/runtime'

export type TickSource = TickV1['data']['source']

/** Named by its second alone, so that two clocks make one tick. */
export const tickId = (second: number): string => `clock-${second}`

/** The tick of a second, equal to the byte whoever makes it. */
export function wallTick(shard: string, second: number): Outgoing {
  return tick(shard, second, 'wall', tickId(second), 0)
}

/** The tick of a second that `cause` was the first to reach. */
export function tapeTick(
  shard: string,
  second: number,
  cause: Pick<TapeRecord, 'id' | 'seq'>,
): Outgoing {
  return tick(shard, second, 'tape', cause.id, cause.seq)
}

function tick(
  shard: string,
  second: number,
  source: TickSource,
  causationId: string,
  inputSeq: number,
): Outgoing {
  const timeUs = second * 1_000_000
  const event: TickV1 = {
    type: 'ops.tick.v1',
    id: tickId(second),
    causationId,
    eventTimeUs: timeUs,
    ingestTimeUs: timeUs,
    data: { second, source },
  }
  return {
    subject: tapeSubject(shard, event.type, 'all'),
    id: event.id,
    inputSeq,
    body: JSON.stringify(event),
  }
}

export const tickSecond = (record: TapeRecord): number =>
  tickV1.parse(JSON.parse(record.body)).data.second
