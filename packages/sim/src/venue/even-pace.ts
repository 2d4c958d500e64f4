import type { VenueEvent, VenueSource } from './venue-event.ts'

/**
 * The same events, stamped anew at an even rate: a market as busy as wanted all day long, for load.
 * Whatever the source was, the result is synthetic in its times.
 */
export function atEvenPace(source: VenueSource, eventsPerSecond: number): VenueSource {
  const { startTimeUs } = source
  const stepUs = 1_000_000 / eventsPerSecond
  let count = 0
  const events = source.changes()[Symbol.iterator]()
  while (events.next().done !== true) count++
  return {
    ...source,
    name: `${source.name} at ${eventsPerSecond} events/s`,
    isSynthetic: true,
    endTimeUs: startTimeUs + Math.ceil(count * stepUs),
    *changes(): Iterable<VenueEvent> {
      let index = 0
      for (const event of source.changes()) {
        // What is known before anything happens stays before anything happens.
        const isOpening = event.type === 'book-replaced' && event.timeUs <= startTimeUs
        const timeUs = startTimeUs + (isOpening ? 0 : Math.floor(++index * stepUs))
        yield { ...event, timeUs, venueTimeUs: timeUs }
      }
    },
  }
}
