import { assert } from '@kwm/std'
import { DAY_US, MINUTE_US } from './climate-day.ts'

export const GRID_STEP_US = 5 * MINUTE_US
/** Rows of a climate day: one every five minutes. */
export const GRID_ROWS = 288

/** How a reading was rounded on its way here: the kinds of `wx.observation` that are points. */
export type ReadingKind = 'tenth-f' | 'whole-f' | 'whole-c' | 'smooth'

export type Reading = {
  readonly timeUs: number
  readonly kind: ReadingKind
  /** Null: the provider has no value; a later revision may bring one, or take one away. */
  readonly tempF: number | null
  readonly dewPointF: number | null
  readonly humidityPct: number | null
  readonly windMph: number | null
  /** The provider mixed in, or sent, another station. */
  readonly isForeign: boolean
  readonly revision: number
}

export type RowFlag = 'ok' | 'missing' | 'foreign' | 'repeat'
export type PutOutcome = 'applied' | 'superseded' | 'outside-day' | 'implausible'

/** Colder or warmer than anything the country has measured. */
const TEMP_MIN_F = -80
const TEMP_MAX_F = 140

/**
 * The readings of one feed over one climate day, a row every five minutes, in typed arrays that are
 * edited in place. A row keeps one reading: a revision replaces the reading of its own time, and of
 * several times the warmest stays, because the grid is asked for maxima.
 */
export class ObservationGrid {
  readonly startUs: number
  readonly #rows = Array.from({ length: GRID_ROWS }, (): Reading | null => null)
  /** NaN where there is no usable value. */
  readonly #tempF = new Float64Array(GRID_ROWS).fill(NaN)
  #lastRow = -1

  constructor(startUs: number) {
    assert(Number.isSafeInteger(startUs), `grid start: ${startUs}`)
    this.startUs = startUs
  }

  /** The row an instant falls into; outside 0 … 287 for another day. */
  rowAt(timeUs: number): number {
    return Math.floor((timeUs - this.startUs) / GRID_STEP_US)
  }

  put(reading: Reading): PutOutcome {
    const { timeUs, tempF, revision } = reading
    if (timeUs < this.startUs || timeUs >= this.startUs + DAY_US) return 'outside-day'
    if (tempF !== null && !(tempF >= TEMP_MIN_F && tempF <= TEMP_MAX_F)) return 'implausible'
    const row = this.rowAt(timeUs)
    const held = this.#rows[row]
    if (held) {
      if (held.timeUs === timeUs) {
        if (revision < held.revision) return 'superseded'
      } else if (warmth(reading) <= warmth(held)) return 'superseded'
    }
    this.#rows[row] = reading
    this.#tempF[row] = tempF === null || reading.isForeign ? NaN : tempF
    this.#lastRow = Math.max(this.#lastRow, row)
    return 'applied'
  }

  reading(row: number): Reading | null {
    return this.#rows[row] ?? null
  }

  /** °F of a row of this station; NaN where there is none. */
  tempF(row: number): number {
    return this.#tempF[row]!
  }

  get lastRow(): number {
    return this.#lastRow
  }

  /**
   * Flags of rows `from` … `to - 1`. A run of `minRun` or more equal rows (temperature, dew point,
   * humidity, wind) is one reading filled forward: all but its first row are `repeat`.
   */
  flags(from: number, to: number, minRun: number): RowFlag[] {
    const flags: RowFlag[] = []
    for (let row = from; row < to; row++) {
      const reading = this.#rows[row]
      if (!reading || reading.tempF === null) flags.push('missing')
      else flags.push(reading.isForeign ? 'foreign' : 'ok')
    }
    for (let start = 0; start < flags.length;) {
      let end = start + 1
      if (flags[start] === 'ok') {
        while (flags[end] === 'ok' && this.#isEqual(from + start, from + end)) end++
      }
      if (end - start >= minRun) flags.fill('repeat', start + 1, end)
      start = end
    }
    return flags
  }

  #isEqual(a: number, b: number): boolean {
    const [left, right] = [this.#rows[a]!, this.#rows[b]!]
    return (
      left.tempF === right.tempF &&
      left.dewPointF === right.dewPointF &&
      left.humidityPct === right.humidityPct &&
      left.windMph === right.windMph
    )
  }

  /** What was put, in order of time: plain data. */
  snapshot(): readonly Reading[] {
    return this.#rows.filter((reading) => reading !== null)
  }

  static restore(startUs: number, readings: readonly Reading[]): ObservationGrid {
    const grid = new ObservationGrid(startUs)
    for (const reading of readings) grid.put(reading)
    return grid
  }
}

/** For which of two readings of a row stays: this station's own before another's. */
const warmth = ({ tempF, isForeign }: Reading): number =>
  tempF === null || isForeign ? -Infinity : tempF
