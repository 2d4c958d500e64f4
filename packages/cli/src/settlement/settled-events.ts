import { dayEventTicker, parseDayEvent, type RecordedMarket } from '@kwm/model-venue'

/**
 * Who says how hot it was. `kalshi`: the venue's `expiration_value`; `observed`: the same as another
 * recorder kept it; `cli`: the report of the National Weather Service; `nws`: its daily highs as a
 * data set, later corrections included; `metar`, `asos`: from observations, `coinbase`: the mean of one
 * exchange's trades in the last minute, so no official values.
 */
export const VALUE_SOURCES = [
  'kalshi',
  'observed',
  'cli',
  'nws',
  'metar',
  'asos',
  'coinbase',
] as const
export type ValueSource = (typeof VALUE_SOURCES)[number]
/** What the venue itself says; the others never saw its books. */
export const OWN_SOURCES: readonly ValueSource[] = ['kalshi', 'observed']
/** Which value settles an event in the headline: the first of these that is there. */
export const LABEL_ORDER: readonly ValueSource[] = ['kalshi', 'observed', 'cli', 'nws']

/** A value, or why the source cannot be used that day. */
export type ValueFact =
  | { readonly value: number }
  | { readonly cause: 'station-differs' | 'gap' | 'recordings-disagree'; readonly reason: string }

/** An event: of a climate day, by its date alone, or of a moment, by its own ticker. */
export type EventAt = {
  readonly seriesTicker: string
  readonly date: string
  readonly eventTicker?: string
}

/** What a recording has of an event: its whole ladder, some of it, or markets each for itself. */
export type RecordedShape = 'whole' | 'part' | 'alone'

export type SettledDay = {
  readonly eventTicker: string
  readonly seriesTicker: string
  readonly date: string
  readonly markets: ReadonlyMap<string, RecordedMarket>
  readonly shape: RecordedShape
  readonly recordings: ReadonlySet<string>
  readonly conflicts: readonly string[]
}

type Day = {
  readonly eventTicker: string
  readonly seriesTicker: string
  readonly date: string
  readonly markets: Map<string, RecordedMarket>
  shape: RecordedShape
  readonly recordings: Set<string>
  readonly conflicts: string[]
}

export type Skipped = { readonly recording: string; readonly what: string }

const EVENTS_MAX = 200_000
const SKIPPED_MAX = 1_000

/**
 * What all recordings together know of each event: a market that two of them kept is one market, and
 * where they contradict each other the event is told apart, not decided by whoever came first.
 */
export class SettledEvents {
  readonly #days = new Map<string, Day>()
  readonly #values = new Map<string, ValueFact>()
  readonly #series: ReadonlySet<string> | undefined
  readonly skipped: Skipped[] = []
  skippedCount = 0

  /** `series`: only these, or all when undefined. */
  constructor(series?: ReadonlySet<string>) {
    this.#series = series
  }

  days(): readonly SettledDay[] {
    return [...this.#days.values()].sort((a, b) => (dayKey(a) < dayKey(b) ? -1 : 1))
  }

  value(source: ValueSource, at: EventAt): ValueFact | undefined {
    return this.#values.get(`${source} ${tickerOf(at)}`)
  }

  /** `at`: of a market whose ticker names no day. Strikes and values of one event have one unit. */
  addMarket(recording: string, shape: RecordedShape, market: RecordedMarket, at?: EventAt): void {
    const named = at ?? parseDayEvent(market.marketTicker)
    if (!named) return this.skip(recording, `${market.marketTicker} names no day`)
    if (!this.#isWanted(named.seriesTicker)) return
    const day = this.#day(named)
    if (!day) return this.skip(recording, `more than ${EVENTS_MAX} events`)
    day.recordings.add(recording)
    if (shape !== 'part') day.shape = shape
    const known = day.markets.get(market.marketTicker)
    day.markets.set(market.marketTicker, known ? merged(known, market, day.conflicts) : market)
  }

  addValue(source: ValueSource, at: EventAt, fact: ValueFact): void {
    if (!this.#isWanted(at.seriesTicker)) return
    const key = `${source} ${tickerOf(at)}`
    const known = this.#values.get(key)
    if (known && 'value' in known && 'value' in fact && known.value !== fact.value) {
      const reason = `${source} says ${known.value} and ${fact.value}`
      this.#values.set(key, { cause: 'recordings-disagree', reason })
    } else if (!known) this.#values.set(key, fact)
  }

  skip(recording: string, what: string): void {
    this.skippedCount++
    if (this.skipped.length < SKIPPED_MAX) this.skipped.push({ recording, what })
  }

  #isWanted(seriesTicker: string): boolean {
    return this.#series === undefined || this.#series.has(seriesTicker)
  }

  #day(at: EventAt): Day | undefined {
    const eventTicker = tickerOf(at)
    const known = this.#days.get(eventTicker)
    if (known || this.#days.size >= EVENTS_MAX) return known
    const day: Day = {
      ...{ eventTicker, seriesTicker: at.seriesTicker, date: at.date },
      ...{ markets: new Map(), shape: 'part', recordings: new Set(), conflicts: [] },
    }
    this.#days.set(eventTicker, day)
    return day
  }
}

const tickerOf = (at: EventAt): string => at.eventTicker ?? dayEventTicker(at)
const dayKey = ({ seriesTicker, date, eventTicker }: SettledDay): string =>
  `${seriesTicker} ${date} ${eventTicker}`

function merged(known: RecordedMarket, found: RecordedMarket, conflicts: string[]): RecordedMarket {
  const { marketTicker } = known
  const both = <T>(name: string, a: T | null, b: T | null): T | null => {
    if (a !== null && b !== null && a !== b) {
      conflicts.push(`${marketTicker}: ${name} ${String(a)} and ${String(b)}`)
    }
    return a ?? b
  }
  return {
    marketTicker,
    strikeType: both('strike type', known.strikeType, found.strikeType),
    floorStrike: both('floor', known.floorStrike, found.floorStrike),
    capStrike: both('cap', known.capStrike, found.capStrike),
    subtitle: known.subtitle ?? found.subtitle,
    rulesText: known.rulesText ?? found.rulesText,
    result: both('result', known.result, found.result),
  }
}
