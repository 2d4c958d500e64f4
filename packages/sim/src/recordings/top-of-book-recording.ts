import { daysFromCivil } from '@kwm/std'
import type { CivilDate } from '@kwm/std'
import type { Level } from '@kwm/model-book'
import { linearCentGrid } from '@kwm/model-venue'
import {
  US_PER_DAY,
  US_PER_HOUR,
  parseIso,
  parseTickerDate,
  proseDate,
} from '../venue/civil-time.ts'
import { uuidFromName } from '../venue/uuid.ts'
import type { VenueEventInfo, VenueMarket, VenueSeries, VenueSource } from '../venue/venue-event.ts'
import type { RecordedResult } from './recording.ts'
import { RecordedEvents, SkipCounts, withLifecycle } from './recording.ts'

/** The recorder wrote Pacific standard time without saying so. */
const RECORDER_OFFSET_HOURS = -8
/** No sizes were recorded: each best price shows one contract. */
const NOMINAL_CENTI = 100
const SETTLEMENT_TIMER_SECONDS = 60

/** What else is known of a market, from the table of results. */
export type TopOfBookResult = {
  readonly ticker: string
  readonly result: 'yes' | 'no' | null
  readonly officialHighF: number | null
  readonly openTimeUs: number | null
  readonly closeTimeUs: number | null
}

type City = {
  readonly title: string
  readonly place: string
  readonly product: string
  readonly utcOffsetHours: number
}
const CITIES: Readonly<Record<string, City>> = {
  KXHIGHNY: {
    title: 'NYC',
    place: 'New York City',
    product: 'CLINYC',
    utcOffsetHours: -5,
  },
}

/**
 * Top-of-book rows `timestamp,market_ticker,best_yes_bid,best_no_bid,…` in whole cents as a source to
 * play. A row is the whole visible state of its market; a price of 0 is an empty side.
 */
export class TopOfBookRecordingReader {
  readonly #events = new RecordedEvents()
  readonly #skipped = new SkipCounts()
  readonly #tops = new Map<string, readonly [yesCents: number, noCents: number]>()
  readonly #firstUs = new Map<string, number>()

  push(line: string): void {
    if (line === '' || line.startsWith('timestamp,')) return
    const reason = this.#take(line.split(','))
    if (reason !== undefined) this.#skipped.add(reason)
  }

  source(name: string, results: readonly TopOfBookResult[] = []): VenueSource {
    const byTicker = new Map(results.map((row) => [row.ticker, row]))
    const tickers = [...this.#tops.keys()]
    const seriesTicker = tickers[0]?.split('-')[0] ?? 'UNKNOWN'
    const markets = strikesOf(tickers).map((strike) =>
      marketOf(strike, byTicker.get(strike.ticker), this.#firstUs.get(strike.ticker)!),
    )
    const settled = new Map<string, RecordedResult>()
    for (const { ticker, result, officialHighF } of byTicker.values()) {
      const expirationValue = officialHighF === null ? '' : officialHighF.toFixed(2)
      if (result !== null) settled.set(ticker, { result, expirationValue })
    }
    const events = withLifecycle(this.#events, markets, settled)
    const skipped = this.#skipped.toJSON()
    return {
      name,
      isSynthetic: false,
      sizes: 'nominal',
      seed: null,
      series: seriesOf(seriesTicker),
      events: eventsOf(markets),
      markets,
      startTimeUs: events[0]?.timeUs ?? 0,
      endTimeUs: events.at(-1)?.timeUs ?? 0,
      changes: () => events,
      skipped: () => skipped,
    }
  }

  #take(fields: readonly string[]): string | undefined {
    const [time = '', marketTicker = '', yesText = '', noText = ''] = fields
    const receivedUs = parseIso(time, RECORDER_OFFSET_HOURS)
    if (fields.length !== 6 || receivedUs === undefined) return 'not a row'
    if (!/-[TB]\d+(\.5)?$/.test(marketTicker)) return 'not a bracket'
    const [yes, no] = [cents(yesText), cents(noText)]
    if (yes === undefined || no === undefined) return 'bad price'
    // A row is the whole state, so one that cannot be can be left out.
    if (yes > 0 && no > 0 && yes + no >= 100) return 'locked or crossed'
    const timeUs = this.#events.playTimeUs(receivedUs)
    const before = this.#tops.get(marketTicker)
    if (before && before[0] === yes && before[1] === no) return undefined
    this.#tops.set(marketTicker, [yes, no])
    if (!before) this.#firstUs.set(marketTicker, timeUs)
    this.#events.add({
      type: 'book-replaced',
      timeUs,
      venueTimeUs: receivedUs,
      marketTicker,
      yes: level(yes),
      no: level(no),
    })
    return undefined
  }
}

const cents = (text: string): number | undefined => {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return Number.isNaN(value) ? undefined : value
}

const level = (priceCents: number): Level[] =>
  priceCents > 0 ? [[priceCents * 100, NOMINAL_CENTI]] : []

type Strike = {
  readonly ticker: string
  readonly strikeType: 'less' | 'between' | 'greater'
  readonly floorStrike: number | null
  readonly capStrike: number | null
}

/**
 * Strikes from tickers: `B46.5` is 46 to 47. The letter T serves both tails; within an event the
 * one below the bins is the lower tail.
 */
export function strikesOf(tickers: readonly string[]): Strike[] {
  const parsed = tickers.map((ticker) => {
    const suffix = ticker.slice(ticker.lastIndexOf('-') + 1)
    const eventTicker = ticker.slice(0, ticker.lastIndexOf('-'))
    return { ticker, eventTicker, isBin: suffix.startsWith('B'), value: Number(suffix.slice(1)) }
  })
  return parsed
    .toSorted((a, b) => a.value - b.value)
    .map(({ ticker, eventTicker, isBin, value }) => {
      if (isBin) {
        const [floorStrike, capStrike] = [value - 0.5, value + 0.5]
        return { ticker, strikeType: 'between', floorStrike, capStrike }
      }
      const isLower = parsed.some(
        (other) => other.eventTicker === eventTicker && other.value > value,
      )
      return isLower
        ? { ticker, strikeType: 'less', floorStrike: null, capStrike: value }
        : { ticker, strikeType: 'greater', floorStrike: value, capStrike: null }
    })
}

function marketOf(
  strike: Strike,
  known: TopOfBookResult | undefined,
  firstUs: number,
): VenueMarket {
  const { ticker, strikeType, floorStrike, capStrike } = strike
  const eventTicker = ticker.slice(0, ticker.lastIndexOf('-'))
  const seriesTicker = ticker.split('-')[0]!
  const city = cityOf(seriesTicker)
  const date = parseTickerDate(ticker.split('-')[1] ?? '')
  const day = date ? proseDate(date) : 'the day'
  const closeTimeUs = known?.closeTimeUs ?? (date ? endOfDayUs(date, city) : firstUs + US_PER_DAY)
  const words = wordsOf(strike)
  return {
    ticker,
    marketId: uuidFromName(ticker),
    eventTicker,
    seriesTicker,
    title: `Will the **high temp in ${city.title}** be ${words.short} on ${day}?`,
    yesSubTitle: words.subTitle,
    noSubTitle: words.subTitle,
    strikeType,
    floorStrike,
    capStrike,
    openTimeUs: Math.min(known?.openTimeUs ?? firstUs, firstUs),
    closeTimeUs,
    expectedExpirationTimeUs: closeTimeUs + 10 * US_PER_HOUR,
    settlementTimerSeconds: SETTLEMENT_TIMER_SECONDS,
    rulesPrimary:
      `If the maximum temperature recorded at ${city.place} (${city.product}) for ${day}, is ` +
      `${words.rule} fahrenheit according to the National Weather Service's Climatological Report ` +
      '(Daily), then the market resolves to Yes.',
    rulesSecondary:
      'Played by the venue simulator from recorded best prices. No sizes were recorded: every ' +
      'level shows one contract. This text is a reconstruction.',
    priceLevelStructure: 'linear_cent',
    priceRanges: linearCentGrid,
    exchangeIndex: 0,
    isSynthetic: false,
  }
}

function wordsOf({ strikeType, floorStrike, capStrike }: Strike): {
  short: string
  subTitle: string
  rule: string
} {
  if (strikeType === 'less') {
    const subTitle = `${capStrike! - 1}° or below`
    return { short: `<${capStrike}°`, subTitle, rule: `less than ${capStrike}°` }
  }
  if (strikeType === 'greater') {
    const subTitle = `${floorStrike! + 1}° or above`
    return { short: `>${floorStrike}°`, subTitle, rule: `greater than ${floorStrike}°` }
  }
  const range = `${floorStrike}-${capStrike}°`
  return { short: range, subTitle: `${floorStrike}° to ${capStrike}°`, rule: `between ${range}` }
}

const cityOf = (seriesTicker: string): City =>
  CITIES[seriesTicker] ?? {
    title: seriesTicker,
    place: seriesTicker,
    product: 'unknown',
    utcOffsetHours: -5,
  }

/** Local standard midnight at the end of the climate day. */
const endOfDayUs = (date: CivilDate, city: City): number =>
  (daysFromCivil(date) + 1) * US_PER_DAY - city.utcOffsetHours * US_PER_HOUR

function eventsOf(markets: readonly VenueMarket[]): VenueEventInfo[] {
  const first = new Map(markets.map((market) => [market.eventTicker, market]))
  return [...first.values()].map(({ eventTicker, seriesTicker, closeTimeUs }) => {
    const date = parseTickerDate(eventTicker.split('-')[1] ?? '')
    const day = date ? proseDate(date) : ''
    return {
      eventTicker,
      seriesTicker,
      title: `Highest temperature in ${cityOf(seriesTicker).title} on ${day}?`,
      subTitle: `On ${day}`,
      isMutuallyExclusive: true,
      strikeTimeUs: closeTimeUs,
    }
  })
}

const seriesOf = (ticker: string): VenueSeries => ({
  ticker,
  title: `Highest temperature in ${cityOf(ticker).title}`,
  category: 'Climate and Weather',
  frequency: 'daily',
  feeType: 'quadratic',
  feeMultiplier: 1,
  settlementSource: {
    name: 'NWS Climatological Report (Daily)',
    url: 'https://forecast.weather.gov/product.php?site=OKX&product=CLI&issuedby=NYC',
  },
})
