import { assert } from '@kwm/std'

/** The events of every stream on [0, duration], in seconds, in order of time. */
export type HawkesEvents = {
  readonly times: ArrayLike<number>
  /** The stream of each event. */
  readonly streams: ArrayLike<number>
  /** How much each event excites, 1 on average; all 1 when absent. */
  readonly marks?: ArrayLike<number> | undefined
  readonly duration: number
  /** Seconds from a start of the profile's period to the start of the window. */
  readonly phaseS?: number | undefined
}

export function assertEvents(events: HawkesEvents, streamCount: number): void {
  const { times, streams, marks, duration, phaseS = 0 } = events
  assert(duration > 0 && duration < Infinity, `window of ${duration} s`)
  assert(Number.isFinite(phaseS), `phase ${phaseS}`)
  assert(streams.length === times.length, `${streams.length} streams for ${times.length} events`)
  assert(!marks || marks.length === times.length, `${marks?.length} marks`)
  let last = 0
  for (let k = 0; k < times.length; k++) {
    const [time, stream] = [times[k]!, streams[k]!]
    if (!(time >= last && time <= duration)) assert(false, `time ${time} of event ${k}`)
    if (!(Number.isInteger(stream) && stream >= 0 && stream < streamCount)) {
      assert(false, `stream ${stream} of event ${k}`)
    }
    if (marks && !(marks[k]! > 0 && marks[k]! < Infinity)) assert(false, `mark of event ${k}`)
    last = time
  }
}

/** One list of times per stream, merged; equal times keep the order of the streams. */
export function mergeStreams(
  perStream: readonly ArrayLike<number>[],
  duration: number,
): HawkesEvents {
  const all = perStream.flatMap((times, stream) => Array.from(times, (time) => ({ time, stream })))
  all.sort((a, b) => a.time - b.time || a.stream - b.stream)
  return {
    times: Float64Array.from(all, ({ time }) => time),
    streams: Uint8Array.from(all, ({ stream }) => stream),
    duration,
  }
}
