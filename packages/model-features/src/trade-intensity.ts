import type { IntensityKernel } from './intensity-kernel.ts'

export type TradeIntensitySnapshot = { readonly v: 2; readonly numbers: readonly number[] }

/**
 * Fast and slow trace and mean-rate trace of buys, then of sells; what the mean rates miss of an
 * endless past; start and last time.
 */
const [BUY_FAST, BUY_SLOW, BUY_RATE, SELL_FAST, SELL_SLOW, SELL_RATE] = [0, 1, 2, 3, 4, 5] as const
const [MISSED, STARTED_US, LAST_US] = [6, 7, 8] as const
const NUMBERS = 9

/** Events a second, left limits: an event at the very time is in. Null before the warm-up. */
export type Intensity = {
  readonly buy: number
  readonly sell: number
  /** Without the excitation. */
  readonly baseline: number
}

/**
 * What one market adds to the Hawkes intensities of itself and its neighbours (MODELS 4). With the
 * parameters tied, every A_ijd of the recursion is a constant times one decayed count of stream j, so
 * the six counts of each market are the whole state: advancing is three exponentials, an event three
 * additions. Unlike `HawkesIntensity` of quant, whose streams are fixed, markets come and go and a
 * ladder may be of any width.
 *
 * The baseline is a level times the profile of the day: the level is what is left of the mean rate
 * when the events that others set off are taken away, over the profile's mean with the same weights.
 */
export class TradeIntensity {
  readonly #kernel: IntensityKernel
  readonly #x = new Float64Array(NUMBERS)

  constructor(kernel: IntensityKernel) {
    this.#kernel = kernel
    this.#x[STARTED_US] = this.#x[LAST_US] = -1
  }

  static restore(kernel: IntensityKernel, saved: TradeIntensitySnapshot): TradeIntensity {
    const intensity = new TradeIntensity(kernel)
    intensity.#x.set(saved.numbers)
    return intensity
  }

  /** Moves time on, and starts the watch. An earlier time changes nothing. */
  advance(nowUs: number): void {
    const x = this.#x
    const kernel = this.#kernel
    if (x[STARTED_US] === -1) {
      x[STARTED_US] = x[LAST_US] = nowUs
      kernel.moveTo(nowUs)
      x[MISSED] = kernel.exposure
    }
    const seconds = (nowUs - x[LAST_US]!) / 1e6
    if (seconds <= 0) return
    x[LAST_US] = nowUs
    kernel.over(seconds)
    x[BUY_FAST]! *= kernel.keepFast
    x[BUY_SLOW]! *= kernel.keepSlow
    x[BUY_RATE]! *= kernel.keepRate
    x[SELL_FAST]! *= kernel.keepFast
    x[SELL_SLOW]! *= kernel.keepSlow
    x[SELL_RATE]! *= kernel.keepRate
    x[MISSED]! *= kernel.keepRate
  }

  /** One aggressive event: prints of one time and taker side together. */
  onEvent(timeUs: number, takerSide: 'yes' | 'no'): void {
    this.advance(timeUs)
    const at = takerSide === 'yes' ? BUY_FAST : SELL_FAST
    this.#x[at]! += 1
    this.#x[at + BUY_SLOW]! += 1
    this.#x[at + BUY_RATE]! += 1
  }

  /**
   * The intensities of this market, its neighbours' events among their causes. All must have been
   * advanced to the same time.
   */
  read(below: TradeIntensity | undefined, above: TradeIntensity | undefined): Intensity | null {
    const x = this.#x
    const kernel = this.#kernel
    const { rateSeconds, warmUpUs, baselineShareMin, decaysPerSecond } = kernel.config
    if (x[STARTED_US] === -1 || x[LAST_US]! - x[STARTED_US]! < warmUpUs) return null
    kernel.moveTo(x[LAST_US]!)
    const perSecond = kernel.factor / (rateSeconds * (kernel.exposure - x[MISSED]!))
    const low = below ? below.#x : SILENT
    const high = above ? above.#x : SILENT
    const { fast, slow, both } = kernel
    // In the long run rate = baseline + branching x rate, so the baseline is what is left of it.
    const buyRate = x[BUY_RATE]! * perSecond
    const sellRate = x[SELL_RATE]! * perSecond
    const buyCaused = caused(both, x, low, high, BUY_RATE, SELL_RATE) * perSecond
    const sellCaused = caused(both, x, low, high, SELL_RATE, BUY_RATE) * perSecond
    const buyBase = Math.max(baselineShareMin * buyRate, buyRate - buyCaused)
    const sellBase = Math.max(baselineShareMin * sellRate, sellRate - sellCaused)
    const buyFast = caused(fast, x, low, high, BUY_FAST, SELL_FAST)
    const buySlow = caused(slow, x, low, high, BUY_SLOW, SELL_SLOW)
    const sellFast = caused(fast, x, low, high, SELL_FAST, BUY_FAST)
    const sellSlow = caused(slow, x, low, high, SELL_SLOW, BUY_SLOW)
    return {
      buy: buyBase + (decaysPerSecond[0] * buyFast + decaysPerSecond[1] * buySlow),
      sell: sellBase + (decaysPerSecond[0] * sellFast + decaysPerSecond[1] * sellSlow),
      baseline: buyBase + sellBase,
    }
  }

  snapshot(): TradeIntensitySnapshot {
    return { v: 2, numbers: Array.from(this.#x, (value) => value + 0) }
  }
}

/** A neighbour that is not there. */
const SILENT = new Float64Array(NUMBERS)

/** What all that excites a stream brings, by its trace at `same` and the other side's at `opposite`. */
const caused = (
  weights: IntensityKernel['both'],
  own: Float64Array,
  below: Float64Array,
  above: Float64Array,
  same: number,
  opposite: number,
): number =>
  weights.self * own[same]! +
  weights.cross * own[opposite]! +
  weights.same * below[same]! +
  weights.opposite * below[opposite]! +
  weights.same * above[same]! +
  weights.opposite * above[opposite]!
