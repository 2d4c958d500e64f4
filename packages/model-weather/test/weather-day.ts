import type { DataOf, EventOf } from '@kwm/contracts'
import {
  climateDay,
  fahrenheit,
  HOUR_US,
  MINUTE_US,
  stationOfSeries,
  tenthsCOfWholeF,
  weatherMachine,
  type ClimateDay,
  type Station,
  type WeatherInput,
  type WeatherState,
} from '@kwm/model-weather'

export type WeatherPmf = DataOf<'pmf.weather-pmf.v1'>

/** A climate day of one series as a tape of inputs: the builder of the machine's tests. */
export class WeatherDay {
  readonly station: Station
  readonly day: ClimateDay
  readonly eventTicker: string
  readonly seriesTicker: string
  #id = 0

  constructor(seriesTicker: string, date: string) {
    this.seriesTicker = seriesTicker
    this.station = stationOfSeries(seriesTicker)!
    this.day = climateDay(date, this.station.stdOffsetMinutes)
    this.eventTicker = `${seriesTicker}-${tickerDate(date)}`
  }

  /** Hours of local standard time as an instant. */
  at(hour: number): number {
    return this.day.startUs + Math.round(hour * 60) * MINUTE_US
  }

  tick(timeUs: number): WeatherInput {
    const data = { second: Math.floor(timeUs / 1e6), source: 'wall' } as const
    return this.#input('ops.tick.v1', timeUs, timeUs, data)
  }

  /** Six brackets of two degrees around `centreF`. */
  listings(centreF: number, change: Partial<DataOf<'md.market-listed.v1'>> = {}): WeatherInput[] {
    const low = centreF - 4
    const strikes = [
      { strikeType: 'less', floorStrike: null, capStrike: low },
      ...[0, 2, 4, 6].map((k) => ({
        strikeType: 'between',
        floorStrike: low + k,
        capStrike: low + k + 1,
      })),
      { strikeType: 'greater', floorStrike: low + 7, capStrike: null },
    ]
    return strikes.map((strike, i) => {
      const words =
        strike.strikeType === 'less'
          ? `less than ${strike.capStrike}`
          : strike.strikeType === 'greater'
            ? `greater than ${strike.floorStrike}`
            : `between ${strike.floorStrike}-${strike.capStrike}`
      return this.#input('md.market-listed.v1', this.at(-14), this.at(-14), {
        marketTicker: `${this.eventTicker}-M${i}`,
        eventTicker: this.eventTicker,
        seriesTicker: this.seriesTicker,
        title: 'Highest temperature',
        ...strike,
        openTimeUs: this.at(-14),
        closeTimeUs: this.day.endUs,
        status: 'active',
        priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
        exchangeIndex: 0,
        feeType: 'quadratic',
        feeMultiplierMilli: 1_000,
        rulesPrimary: this.rules(this.station.report, words),
        isTradable: true,
        untradableReason: null,
        isSynthetic: false,
        ...change,
      })
    })
  }

  rules(report: string, words: string): string {
    const [year, month, dayOfMonth] = this.day.date.split('-').map(Number)
    const date = `${MONTHS[month! - 1]} ${dayOfMonth}, ${year}`
    return `If the maximum temperature recorded at Somewhere (${report}) for ${date}, is ${words}° fahrenheit according to The Weather Company, then the market resolves to Yes.`
  }

  observation(
    timeUs: number,
    tempF: number | null,
    change: Partial<DataOf<'wx.observation.v1'>> = {},
    ingestTimeUs = timeUs + MINUTE_US,
  ): EventOf<'wx.observation.v1'> {
    return this.#input('wx.observation.v1', timeUs, ingestTimeUs, {
      stationId: this.station.icao,
      source: 'visual-crossing',
      kind: 'smooth',
      tempF,
      dewPointF: 50,
      humidityPct: 40 + ((timeUs / MINUTE_US) % 7),
      windMph: 5,
      windowStartUs: null,
      stationIds: [this.station.icao],
      revision: 0,
      ...change,
    })
  }

  /** Hourly from a day before the day to 12 hours after it. */
  forecast(
    issueTimeUs: number,
    curve: (hour: number) => number,
    change: Partial<DataOf<'wx.forecast.v1'>> = {},
    ingestTimeUs = issueTimeUs + MINUTE_US,
  ): EventOf<'wx.forecast.v1'> {
    const hours = Array.from({ length: 61 }, (_, i) => i - 24)
    return this.#input('wx.forecast.v1', issueTimeUs, ingestTimeUs, {
      stationId: this.station.icao,
      source: 'visual-crossing',
      issueTimeUs,
      basisDate: null,
      validTimesUs: hours.map((hour) => this.day.startUs + hour * HOUR_US),
      tempsF: hours.map(curve),
      ...change,
    })
  }

  ensemble(
    issueTimeUs: number,
    curve: (hour: number) => number,
    offsetsF: readonly number[],
  ): EventOf<'wx.ensemble.v1'> {
    const hours = Array.from({ length: 61 }, (_, i) => i - 24)
    return this.#input('wx.ensemble.v1', issueTimeUs, issueTimeUs + MINUTE_US, {
      stationId: this.station.icao,
      source: 'open-meteo',
      issueTimeUs,
      validTimesUs: hours.map((hour) => this.day.startUs + hour * HOUR_US),
      membersF: offsetsF.map((offset) => hours.map((hour) => curve(hour) + offset)),
    })
  }

  report(
    timeUs: number,
    change: Partial<DataOf<'wx.climate-report.v1'>>,
  ): EventOf<'wx.climate-report.v1'> {
    return this.#input('wx.climate-report.v1', timeUs, timeUs, {
      stationId: this.station.icao,
      product: 'CLI',
      climateDate: this.day.date,
      status: 'final',
      maxTempF: 70,
      minTempF: 50,
      textHash: 'hash',
      ...change,
    })
  }

  /** Readings every five minutes of hours `from` … `to`, a minute late, rounded as their kind is. */
  readings(
    from: number,
    to: number,
    curve: (hour: number) => number,
    change: Partial<DataOf<'wx.observation.v1'>> = {},
  ): EventOf<'wx.observation.v1'>[] {
    const inputs: EventOf<'wx.observation.v1'>[] = []
    for (let hour = from; hour < to - 1e-9; hour += 1 / 12) {
      const tempF = roundedAs(change.kind ?? 'smooth', curve(hour))
      inputs.push(this.observation(this.at(hour), tempF, change))
    }
    return inputs
  }

  #input<T extends WeatherInput['type']>(
    type: T,
    eventTimeUs: number,
    ingestTimeUs: number,
    data: EventOf<T>['data'],
  ): EventOf<T> {
    const id = `${type}-${this.#id++}`
    return { type, id, causationId: id, eventTimeUs, ingestTimeUs, data } as EventOf<T>
  }
}

function roundedAs(kind: DataOf<'wx.observation.v1'>['kind'], tempF: number): number {
  if (kind === 'tenth-f') return fahrenheit(tenthsCOfWholeF(Math.round(tempF)) / 10)
  if (kind === 'whole-c') return fahrenheit(Math.round(((tempF - 32) * 5) / 9))
  return Math.round(tempF * 10) / 10
}

/** A fair day: 50 °F before dawn, `highF` at 15:00 standard time. */
export const fairDay =
  (highF: number) =>
  (hour: number): number => {
    const low = highF - 20
    return low + 10 + 10 * Math.cos(((hour - 15) / 24) * 2 * Math.PI)
  }

/** Steps inputs in order and gives what was said, with the time it was said at. */
export function play(
  state: WeatherState,
  inputs: readonly WeatherInput[],
): { timeUs: number; data: WeatherPmf }[] {
  return inputs.flatMap((input) =>
    weatherMachine
      .step(state, input)
      .map(({ data }) => ({ timeUs: input.eventTimeUs, data: data as WeatherPmf })),
  )
}

/** In the order in which a tape would have them. */
export const inTapeOrder = (inputs: readonly WeatherInput[]): WeatherInput[] =>
  inputs.toSorted((a, b) => a.ingestTimeUs - b.ingestTimeUs)

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function tickerDate(date: string): string {
  const [year, month, day] = date.split('-')
  return `${year!.slice(2)}${MONTHS[Number(month) - 1]!.toUpperCase()}${day}`
}
