import { toTimeUs, type VenueMarket } from '@kwm/adapter-kalshi'
import { bracketOf, settlesYes, wholeRange, type Bracket } from '@kwm/model-venue'
import { eventDayOf } from './event-day.ts'

export type VenueLabel = {
  readonly eventTicker: string
  readonly stationId: string
  readonly climateDate: string
  /** What the venue says it settled on; null: the result alone is known. */
  readonly maxTempF: number | null
  /** Of the bracket that won, whole °F, both ends inclusive. */
  readonly range: readonly [lowest: number, highest: number]
  readonly settledTimeUs: number
}

export type VenueReading = {
  readonly labels: readonly VenueLabel[]
  /** Events whose results and values contradict each other. Nothing is believed of them. */
  readonly faults: readonly { readonly eventTicker: string; readonly reason: string }[]
}

const VALUE = /^\s*(-?\d{1,3})(?:\.0*)?\s*$/

/**
 * The labels in a list of markets: an event has one when exactly one of its markets settled YES. Its
 * value, where the venue gives one, must be the same in all markets, whole, and give each its result.
 */
export function venueLabels(markets: readonly VenueMarket[]): VenueReading {
  const events = new Map<string, VenueMarket[]>()
  for (const market of markets) {
    const known = events.get(market.event_ticker)
    if (known) known.push(market)
    else events.set(market.event_ticker, [market])
  }
  const labels: VenueLabel[] = []
  const faults: { eventTicker: string; reason: string }[] = []
  for (const [eventTicker, listed] of events) {
    const read = readEvent(eventTicker, listed)
    if (typeof read === 'string') faults.push({ eventTicker, reason: read })
    else if (read) labels.push(read)
  }
  return { labels, faults }
}

/** Null: not an event of ours, or not settled yet. */
function readEvent(
  eventTicker: string,
  markets: readonly VenueMarket[],
): VenueLabel | string | null {
  const day = eventDayOf(eventTicker)
  const winners = markets.filter(({ result }) => result === 'yes')
  if (!day || winners.length === 0) return null
  if (winners.length > 1) return `${winners.length} brackets settled YES`
  if (markets.some(({ result }) => result === 'scalar')) return 'settled between YES and NO'
  const winner = winners[0]!
  const bracket = bracketOfMarket(winner)
  if (!bracket) return `${winner.ticker}: no strikes`
  const value = valueOf(markets)
  if (typeof value === 'string') return value
  if (value !== null) {
    const liar = markets.find((market) => isContradicted(market, value))
    if (liar) return `${value} does not make ${liar.ticker} ${liar.result}`
  }
  const { lowest, highest } = wholeRange(bracket)
  return {
    ...{ eventTicker, stationId: day.station.icao, climateDate: day.climateDate },
    ...{ maxTempF: value, range: [lowest, highest] },
    settledTimeUs: settledTimeUs(winner),
  }
}

/** The close, which the schema has checked, where the time of settlement is none. */
function settledTimeUs({ settlement_ts: settled, close_time: closed }: VenueMarket): number {
  const timeUs = settled ? toTimeUs(settled) : Number.NaN
  return Number.isSafeInteger(timeUs) && timeUs >= 0 ? timeUs : toTimeUs(closed)
}

/** Null where no market has one. */
function valueOf(markets: readonly VenueMarket[]): number | null | string {
  const texts = new Set(
    markets.map((market) => (market.expiration_value ?? '').trim()).filter((text) => text !== ''),
  )
  if (texts.size === 0) return null
  if (texts.size > 1) return `settled on ${[...texts].slice(0, 3).join(' and ')}`
  const [text] = texts as unknown as [string]
  const match = VALUE.exec(text)
  return match ? Number(match[1]) : `settled on ${JSON.stringify(text.slice(0, 20))}`
}

function isContradicted(market: VenueMarket, value: number): boolean {
  const bracket = bracketOfMarket(market)
  const { result } = market
  if (!bracket || (result !== 'yes' && result !== 'no')) return false
  return settlesYes(bracket, value) !== (result === 'yes')
}

const bracketOfMarket = (market: VenueMarket): Bracket | undefined =>
  bracketOf({
    ...{ marketTicker: market.ticker, strikeType: market.strike_type ?? '' },
    ...{ floorStrike: market.floor_strike ?? null, capStrike: market.cap_strike ?? null },
  })
