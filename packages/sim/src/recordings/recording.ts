import { assert } from '@kwm/std'
import type { VenueEvent, VenueMarket } from '../venue/venue-event.ts'

/** A recording is held in memory while it is played. */
const EVENTS_MAX = 5_000_000

/** Lines that could not be used, by reason. */
export class SkipCounts {
  readonly #counts = new Map<string, number>()

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  toJSON(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}

/** The events of a recording as they were read. Times never run backwards: a late line is held up. */
export class RecordedEvents {
  readonly list: VenueEvent[] = []
  readonly lastTimeUs = new Map<string, number>()
  #nowUs = 0

  /** The time to play something received at `receivedUs`. */
  playTimeUs(receivedUs: number): number {
    this.#nowUs = Math.max(this.#nowUs, receivedUs)
    return this.#nowUs
  }

  add(event: VenueEvent): void {
    assert(this.list.length < EVENTS_MAX, `a recording of more than ${EVENTS_MAX} events`)
    this.lastTimeUs.set(event.marketTicker, event.timeUs)
    this.list.push(event)
  }
}

export type RecordedResult = {
  readonly result: 'yes' | 'no'
  readonly expirationValue: string
}

/**
 * What the recorder did not see: each market closes on time, and is determined and settled a moment
 * after its close or its last event, when the result is known.
 */
export function withLifecycle(
  recorded: RecordedEvents,
  markets: readonly VenueMarket[],
  results: ReadonlyMap<string, RecordedResult>,
): VenueEvent[] {
  const firstUs = recorded.list[0]?.timeUs ?? 0
  const endings = markets.flatMap((market) => {
    const result = results.get(market.ticker)
    const lastUs = recorded.lastTimeUs.get(market.ticker) ?? 0
    const closedUs = Math.max(market.closeTimeUs, firstUs)
    return endOfMarket(market, closedUs, Math.max(closedUs, lastUs) + 1_000_000, result)
  })
  // Sorting is stable: recorded events keep their order.
  return [...recorded.list, ...endings].sort((a, b) => a.timeUs - b.timeUs)
}

function endOfMarket(
  market: VenueMarket,
  closedUs: number,
  determinedUs: number,
  known: RecordedResult | undefined,
): VenueEvent[] {
  const at = (timeUs: number) => ({ timeUs, venueTimeUs: timeUs, marketTicker: market.ticker })
  const closed: VenueEvent = { type: 'market-closed', ...at(closedUs) }
  if (!known) return [closed]
  const settledUs = determinedUs + market.settlementTimerSeconds * 1_000_000
  return [
    closed,
    { type: 'market-determined', ...at(determinedUs), ...known },
    { type: 'market-settled', ...at(settledUs) },
  ]
}

/** Rows of a CSV without quoted fields, by the names in its header. */
export function csvRows(text: string): Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '')
  const names = header.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
  })
}
