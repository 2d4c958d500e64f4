import type { EventOf } from '@kwm/contracts'
import { FeatureVector, forecastableMid, HorizonPairs } from '@kwm/model-forecast'
import type { MidSample } from '@kwm/model-forecast'
import { TuningError } from './errors.ts'
import { eventDay } from './event-day.ts'

export type ForecastTableOptions = {
  readonly features: readonly string[]
  readonly horizonSeconds: number
  /** At most one sample of an event in this time. */
  readonly everySeconds: number
}

/** One row a bracket and sample: what was known at `times` and the change `horizon` later. */
export type ForecastTable = {
  readonly options: ForecastTableOptions
  readonly columns: readonly string[]
  /** Row-major, rows x columns. */
  readonly features: Float64Array
  /** Changes of the mid in dollars of the payout. */
  readonly targets: Float64Array
  /** 1 over the rows of the event day, so that one wild day cannot dominate. */
  readonly weights: Float64Array
  readonly days: readonly string[]
  readonly times: Float64Array
  readonly labelTimes: Float64Array
}

export const TABLE_ROWS_MAX = 400_000
/** 240 MB of features. */
export const TABLE_CELLS_MAX = 30_000_000

type Sample = MidSample & { readonly features: Float64Array }
type EventRows = { lastUs: number; readonly day: string; readonly pairs: HorizonPairs<Sample> }
type Row = {
  readonly sample: Sample
  readonly j: number
  readonly change: number
  readonly day: string
}

/** Makes the rows of a table from ladder frames in tape order; a label is made when it is known. */
export class ForecastTableBuilder {
  readonly #vector: FeatureVector
  readonly #events = new Map<string, EventRows>()
  readonly #rows: Row[] = []

  readonly options: ForecastTableOptions

  constructor(options: ForecastTableOptions) {
    this.options = options
    this.#vector = new FeatureVector(options.features)
  }

  /** @throws {TuningError} More rows than `TABLE_ROWS_MAX`, or cells than `TABLE_CELLS_MAX`. */
  add({ eventTimeUs: timeUs, data: frame }: EventOf<'feature.ladder-frame.v1'>): void {
    const day = eventDay(frame.eventTicker)
    if (day === null || frame.closeTimeUs < timeUs) return
    const horizonUs = this.options.horizonSeconds * 1e6
    let event = this.#events.get(frame.eventTicker)
    if (!event) {
      event = { lastUs: -Infinity, day, pairs: new HorizonPairs<Sample>(horizonUs) }
      this.#events.set(frame.eventTicker, event)
    }
    if (timeUs < event.lastUs) return
    const mids = Float64Array.from(frame.rows, (row) => forecastableMid(row) ?? NaN)
    for (const { sample, closed } of event.pairs.advance({ timeUs, mids })) {
      for (const [j, change] of closed.entries()) {
        if (!Number.isNaN(change)) this.#rows.push({ sample, j, change, day })
      }
    }
    const rowsMax = Math.min(TABLE_ROWS_MAX, Math.floor(TABLE_CELLS_MAX / this.#vector.width))
    if (this.#rows.length > rowsMax) {
      throw new TuningError(
        `more than ${rowsMax} rows of ${this.#vector.width} columns: sample less often (--every), ` +
          'or name fewer features (--features)',
      )
    }
    if (timeUs < event.lastUs + this.options.everySeconds * 1e6) return
    event.lastUs = timeUs
    event.pairs.open({ timeUs, mids, features: this.#vector.fill(frame, timeUs) })
  }

  build(): ForecastTable {
    const { width, columns } = this.#vector
    const rows = this.#rows
    const perDay = new Map<string, number>()
    for (const { day } of rows) perDay.set(day, (perDay.get(day) ?? 0) + 1)
    const features = new Float64Array(rows.length * width)
    for (const [r, { sample, j }] of rows.entries()) {
      features.set(sample.features.subarray(j * width, (j + 1) * width), r * width)
    }
    const times = Float64Array.from(rows, (row) => row.sample.timeUs)
    return {
      options: this.options,
      columns,
      features,
      targets: Float64Array.from(rows, (row) => row.change),
      weights: Float64Array.from(rows, (row) => 1 / perDay.get(row.day)!),
      days: rows.map((row) => row.day),
      times,
      labelTimes: times.map((time) => time + this.options.horizonSeconds * 1e6),
    }
  }
}
