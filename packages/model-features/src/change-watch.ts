import {
  Cusum,
  Focus,
  Standardiser,
  type AlarmSign,
  type CusumSnapshot,
  type FocusSnapshot,
  type StandardiserSnapshot,
} from '@kwm/quant'

export type ChangeWatchSnapshot = {
  /** Null: no value, or none yet. */
  readonly last: number | null
  readonly standardiser: StandardiserSnapshot
  readonly cusum: CusumSnapshot
  readonly focus: FocusSnapshot
  readonly cusumAlarm: AlarmSign
  readonly cusumUntilUs: number
  readonly focusAlarm: AlarmSign
  readonly focusUntilUs: number
}

/** How long an alarm is news (MODELS 3.4). */
export const ALARM_HOLD_US = 30_000_000

/**
 * Two detectors on the changes of one series from second to second (MODELS 3): CUSUM for a drift of
 * one standard deviation, FOCuS for one of any size. One value a second; their thresholds are for that.
 */
export class ChangeWatch {
  #standardiser: Standardiser
  #cusum = new Cusum()
  #focus = new Focus({ form: 'known-mean' })
  #last = NaN
  #cusumAlarm: AlarmSign = 0
  #cusumUntilUs = 0
  #focusAlarm: AlarmSign = 0
  #focusUntilUs = 0

  /** `floorSd`: changes are never taken to be quieter than this, half a tick of the series. */
  constructor(floorSd: number) {
    this.#standardiser = new Standardiser({ varianceFloor: floorSd * floorSd })
  }

  static restore(floorSd: number, saved: ChangeWatchSnapshot): ChangeWatch {
    const watch = new ChangeWatch(floorSd)
    watch.#standardiser = Standardiser.restore(saved.standardiser)
    watch.#cusum = Cusum.restore(saved.cusum)
    watch.#focus = Focus.restore(saved.focus)
    watch.#last = saved.last ?? NaN
    watch.#cusumAlarm = saved.cusumAlarm
    watch.#cusumUntilUs = saved.cusumUntilUs
    watch.#focusAlarm = saved.focusAlarm
    watch.#focusUntilUs = saved.focusUntilUs
    return watch
  }

  /** NaN where the series has no value: no change is counted across a gap. */
  onSecond(timeUs: number, x: number): void {
    const last = this.#last
    this.#last = x
    if (Number.isNaN(x) || Number.isNaN(last)) return
    const z = this.#standardiser.add(timeUs, x, last)
    if (z === null) return
    const cusum = this.#cusum.add(timeUs, z)
    if (cusum !== 0) {
      this.#cusumAlarm = cusum
      this.#cusumUntilUs = timeUs + ALARM_HOLD_US
    }
    const focus = this.#focus.add(timeUs, z)
    if (focus === 0) return
    this.#focusAlarm = focus
    this.#focusUntilUs = timeUs + ALARM_HOLD_US
  }

  /** The direction of an alarm that is still fresh; null while the usual is being learnt. */
  cusum(nowUs: number): AlarmSign | null {
    if (this.#standardiser.deviation === null) return null
    return nowUs < this.#cusumUntilUs ? this.#cusumAlarm : 0
  }

  focus(nowUs: number): AlarmSign | null {
    if (this.#standardiser.deviation === null) return null
    return nowUs < this.#focusUntilUs ? this.#focusAlarm : 0
  }

  /** FOCuS' log likelihood ratio for a change; null while the usual is being learnt. */
  get focusStatistic(): number | null {
    return this.#standardiser.deviation === null ? null : this.#focus.statistic
  }

  snapshot(): ChangeWatchSnapshot {
    return {
      last: Number.isNaN(this.#last) ? null : this.#last,
      standardiser: this.#standardiser.snapshot(),
      cusum: this.#cusum.snapshot(),
      focus: this.#focus.snapshot(),
      cusumAlarm: this.#cusumAlarm,
      cusumUntilUs: this.#cusumUntilUs,
      focusAlarm: this.#focusAlarm,
      focusUntilUs: this.#focusUntilUs,
    }
  }
}
