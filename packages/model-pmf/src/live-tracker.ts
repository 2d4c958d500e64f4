import {
  Focus,
  InnovationGate,
  LogisticNormalFilter,
  ProcessNoise,
  type CubatureMoments,
  type FocusSnapshot,
  type LogisticNormalSnapshot,
} from '@kwm/quant'
import type { PmfConfig } from './config.ts'
import { liveCentres, type LiveAxis, type Tracker, type WeatherPull } from './tracker.ts'

export type LiveTrackerSnapshot = {
  readonly filter: LogisticNormalSnapshot
  readonly hot: number
  readonly focus: FocusSnapshot
  readonly hotUntilUs: number
  readonly timeUs: number
}

const US_PER_S = 1e6
/** Scores beyond this are one bad quote as likely as a change (MODELS 3). */
const SCORE_MAX = 4

/**
 * The logistic-normal filter over an event's live brackets, with what makes it doubt itself: an alarm
 * of the innovation gate, or of FOCuS on the innovations along the shift of the whole PMF, inflates its covariance
 * and, for a while, its noise (MODELS 3.4, 6.4). The mean of those innovations is not taken to be 0:
 * while the weather pulls away from the market they lean. All arrays are by live bracket; times never
 * run backwards.
 */
export class LiveTracker implements Tracker {
  readonly #config: PmfConfig
  readonly #gate: InnovationGate
  readonly #focus: Focus
  readonly #filter: LogisticNormalFilter
  readonly #noise: ProcessNoise
  #timeUs: number
  #hotUntilUs: number

  private constructor(config: PmfConfig, axis: LiveAxis, saved: LiveTrackerSnapshot) {
    this.#config = config
    this.#gate = new InnovationGate(config.gate, saved.hot)
    this.#focus = Focus.restore(saved.focus)
    this.#filter = LogisticNormalFilter.restore(saved.filter)
    this.#noise = new ProcessNoise(liveCentres(axis), config.noise)
    this.#timeUs = saved.timeUs
    this.#hotUntilUs = saved.hotUntilUs
  }

  /** About a PMF of positive entries, knowing little. */
  static start(
    config: PmfConfig,
    axis: LiveAxis,
    pmf: ArrayLike<number>,
    timeUs: number,
  ): LiveTracker {
    const filter = LogisticNormalFilter.about(pmf, config.initialVariance).snapshot()
    const focus = new Focus({ form: 'unknown-mean', threshold: config.focusThreshold }).snapshot()
    return new LiveTracker(config, axis, { filter, hot: 0, focus, hotUntilUs: -1, timeUs })
  }

  static restore(config: PmfConfig, axis: LiveAxis, saved: LiveTrackerSnapshot): LiveTracker {
    return new LiveTracker(config, axis, saved)
  }

  keep(axis: LiveAxis, kept: readonly number[]): LiveTracker {
    const filter = this.#filter.keep(kept).snapshot()
    return new LiveTracker(this.#config, axis, { ...this.snapshot(), filter })
  }

  isHot(nowUs: number): boolean {
    return nowUs < this.#hotUntilUs
  }

  advance(nowUs: number, weather: WeatherPull | null, pullPerSecond: number): void {
    if (nowUs <= this.#timeUs) return
    const { changePoint } = this.#config
    const scale = this.isHot(this.#timeUs) ? changePoint.noiseScale : 1
    const seconds = (nowUs - this.#timeUs) / US_PER_S
    this.#filter.predict(
      seconds,
      pullPerSecond,
      weather && weather.target,
      this.#noise.covariance,
      scale,
    )
    this.#timeUs = nowUs
  }

  observe(mid: Float64Array, variance: Float64Array, degrees: number): number {
    const nis = this.#filter.observe(mid, variance)
    const score = this.#filter.innovationAlong(this.#noise.shiftDirection)
    const isHot = this.#gate.add(nis, degrees)
    const clipped = Math.min(SCORE_MAX, Math.max(-SCORE_MAX, score))
    if (this.#focus.add(this.#timeUs, clipped) !== 0 || isHot) this.#doubt()
    return nis
  }

  moments(): CubatureMoments {
    return this.#filter.moments()
  }

  snapshot(): LiveTrackerSnapshot {
    return {
      filter: this.#filter.snapshot(),
      hot: this.#gate.hot,
      focus: this.#focus.snapshot(),
      hotUntilUs: this.#hotUntilUs,
      timeUs: this.#timeUs,
    }
  }

  #doubt(): void {
    const { changePoint, varianceMax } = this.#config
    this.#filter.inflate(changePoint.inflation, varianceMax)
    this.#hotUntilUs = this.#timeUs + changePoint.holdUs
  }
}
