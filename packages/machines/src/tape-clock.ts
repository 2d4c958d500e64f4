import { eventTypes } from '@kwm/contracts'

/** What moves a tape's time: the feed. What machines make carries the times of the feed anyway. */
export const timeBearingTypes: readonly string[] = eventTypes.filter(
  (type) => type.startsWith('md.') || type === 'ops.feed-status.v1',
)

/**
 * The second to tick when an event is true at `eventTimeUs`, or undefined. Time moves only forward,
 * and in one leap: the seconds jumped over get no tick of their own.
 */
export function secondToTick(lastSecond: number, eventTimeUs: number): number | undefined {
  const second = Math.floor(eventTimeUs / 1_000_000)
  return second > lastSecond ? second : undefined
}
