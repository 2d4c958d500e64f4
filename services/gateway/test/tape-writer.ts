import {
  childId,
  subjectKey,
  tapeSubject,
  type AnyEvent,
  type EventOf,
  type EventType,
  type MachineName,
} from '@kwm/contracts'
import { MemoryLog } from '@kwm/runtime'

export type Cause = { readonly id: string; readonly seq: number; readonly timeUs: number }

/** Writes events to a tape in memory with the ids and causes the real services would give them. */
export class TapeWriter {
  readonly log: MemoryLog
  #frameNo = 0

  constructor(log = new MemoryLog('test')) {
    this.log = log
  }

  /** An event read off a raw frame of a connection. */
  outside<T extends EventType>(type: T, timeUs: number, data: EventOf<T>['data']): Cause {
    const rawId = `sim1-${this.#frameNo++}`
    return this.#append(type, `kalshi-ws-${rawId}`, rawId, timeUs, data)
  }

  /** An event with an id of its own: ticks, service starts, requests. */
  named<T extends EventType>(type: T, id: string, timeUs: number, data: EventOf<T>['data']): Cause {
    return this.#append(type, id, id, timeUs, data)
  }

  /** Output `index` of a machine on `cause`. */
  made<T extends EventType>(
    machine: MachineName,
    type: T,
    cause: Cause,
    data: EventOf<T>['data'],
    index = 0,
  ): Cause {
    const id = childId(machine, cause.id, cause.seq, index)
    return this.#append(type, id, cause.id, cause.timeUs, data)
  }

  /** The tick that the tape's own clock puts behind an event. */
  tickBehind(cause: Cause): Cause {
    const second = Math.floor(cause.timeUs / 1_000_000)
    const data = { second, source: 'tape' }
    return this.#append('ops.tick.v1', `clock-${second}`, cause.id, cause.timeUs, data, cause.seq)
  }

  #append(
    type: EventType,
    id: string,
    causationId: string,
    timeUs: number,
    data: unknown,
    inputSeq = 0,
  ): Cause {
    const event = {
      type,
      id,
      causationId,
      eventTimeUs: timeUs,
      ingestTimeUs: timeUs,
      data,
    } as AnyEvent
    const subject = tapeSubject(this.log.shard, type, subjectKey(event))
    const { seq } = this.log.appendNow(
      { subject, id, inputSeq, body: JSON.stringify(event) },
      timeUs,
    )
    return { id, seq, timeUs }
  }
}
