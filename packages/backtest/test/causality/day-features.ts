import type { ForecastFact, KnownWeather, ObservationFact, WeatherFact } from '@kwm/contracts'
import { climateDayQuery, KnownFacts } from '@kwm/model-weather'
import { DATE, DAY_END_US, HOUR_US, LAST_US, OPEN_US, STATION } from './weather-day.ts'

export const BAR_US = HOUR_US

export type Row = {
  readonly at: number
  readonly latestF: number | null
  readonly barHighF: number | null
  readonly runningHighF: number | null
  readonly standardScore: number | null
  readonly officialF: number | null
  readonly dayHighF: number | null
  readonly settledF: number | null
  readonly restHighF: Readonly<Record<string, number>>
  readonly ensembleHighF: number | null
}

/**
 * Features of one day at every bar from the opening to the morning after: what a model is fed and what a
 * table for training holds. A bar is named by its end. Each method is one feature, so that a planted
 * leak is one method done wrong.
 */
export class DayFeatures {
  readonly facts: readonly WeatherFact[]
  readonly #known: KnownFacts

  constructor(facts: readonly WeatherFact[]) {
    this.facts = facts
    this.#known = new KnownFacts(this.visible(facts))
  }

  rows(untilUs = LAST_US): Row[] {
    const rows: Row[] = []
    for (let atUs = OPEN_US; atUs <= Math.min(untilUs, LAST_US); atUs += BAR_US)
      rows.push(this.row(atUs))
    return rows
  }

  /** The facts as the query sees them. */
  visible(facts: readonly WeatherFact[]): readonly WeatherFact[] {
    return facts
  }

  known(atUs: number): KnownWeather {
    return this.#known.asKnownAt(climateDayQuery(STATION, DATE, atUs))
  }

  latest({ observations }: KnownWeather, _atUs: number): number | null {
    return tempsOf(observations).at(-1) ?? null
  }

  barHigh({ observations }: KnownWeather, atUs: number): number | null {
    const inBar = observations.filter(
      ({ eventTimeUs }) => eventTimeUs > atUs - BAR_US && eventTimeUs <= atUs,
    )
    return highestOf(inBar)
  }

  runningHigh({ observations }: KnownWeather, _atUs: number): number | null {
    return highestOf(observations)
  }

  standardScore({ observations }: KnownWeather, _atUs: number): number | null {
    return scoreOfLast(tempsOf(observations))
  }

  /** Of the whole day, once it is over. */
  dayHigh({ observations }: KnownWeather, atUs: number): number | null {
    return atUs < DAY_END_US + HOUR_US ? null : highestOf(observations)
  }

  private row(atUs: number): Row {
    const known = this.known(atUs)
    return {
      at: atUs,
      latestF: this.latest(known, atUs),
      barHighF: this.barHigh(known, atUs),
      runningHighF: this.runningHigh(known, atUs),
      standardScore: this.standardScore(known, atUs),
      officialF: known.reports.at(-1)?.data.maxTempF ?? null,
      dayHighF: this.dayHigh(known, atUs),
      settledF: known.settlements[0]?.data.maxTempF ?? null,
      restHighF: Object.fromEntries(
        known.forecasts.map((fact) => [fact.data.source, restHigh(fact, atUs)]),
      ),
      ensembleHighF: known.ensembles[0]
        ? Math.max(...known.ensembles[0].data.membersF.flat())
        : null,
    }
  }
}

const restHigh = ({ data }: ForecastFact, atUs: number): number =>
  Math.max(...data.tempsF.filter((_, k) => data.validTimesUs[k]! > atUs))

export const tempsOf = (readings: readonly ObservationFact[]): number[] =>
  readings.flatMap(({ data }) => data.tempF ?? [])

export const highestOf = (readings: readonly ObservationFact[]): number | null =>
  readings.length === 0 ? null : Math.max(...tempsOf(readings))

/** The last one against the mean and spread of `sample`. */
export function scoreOfLast(temps: readonly number[], sample = temps): number | null {
  const last = temps.at(-1)
  if (last === undefined || sample.length < 2) return null
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length
  const spread = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (sample.length - 1)
  return (last - mean) / Math.sqrt(spread)
}
