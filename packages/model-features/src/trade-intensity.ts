import { assert } from '@kwm/std'

export type TradeIntensityConfig = {
  /** Decay rates per second of the two kernels; each carries half of every branching ratio. */
  readonly decaysPerSecond: readonly [number, number]
  /** Mean number of events one event sets off: of its own kind, */
  readonly branchSelf: number
  /** of the other kind in its bracket, */
  readonly branchCross: number
  /** of the same kind in each adjacent bracket, and of the other kind there. */
  readonly branchNeighbourSame: number
  readonly branchNeighbourOpposite: number
  /** Time constant of the mean rate that the baseline is taken from. */
  readonly rateSeconds: number
  /** Nothing is said before this much has been watched. */
  readonly warmUpUs: number
  /** The baseline is never below this part of the mean rate. */
  readonly baselineShareMin: number
}

/** MODELS 4.1 and 12; a time constant of 30 minutes for the baseline. */
export const TRADE_INTENSITY: TradeIntensityConfig = {
  decaysPerSecond: [1 / 3, 1 / 60],
  branchSelf: 0.4,
  branchCross: 0.1,
  branchNeighbourSame: 0.05,
  branchNeighbourOpposite: 0.05,
  rateSeconds: 1_800,
  warmUpUs: 300_000_000,
  baselineShareMin: 0.1,
}

export type TradeIntensitySnapshot = { readonly v: 1; readonly numbers: readonly number[] }

const [BUY, SELL] = [0, 1] as const
/** Fast and slow trace and mean-rate trace of buys, then of sells; start and last time. */
const [FAST, SLOW, RATE] = [0, 1, 2] as const
const STREAM = 3
const [STARTED_US, LAST_US] = [6, 7] as const
const NUMBERS = 8

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
 */
export class TradeIntensity {
  readonly #config: TradeIntensityConfig
  readonly #x = new Float64Array(NUMBERS)

  constructor(config: TradeIntensityConfig = TRADE_INTENSITY) {
    const { branchSelf, branchCross, branchNeighbourSame, branchNeighbourOpposite } = config
    const total = branchSelf + branchCross + 2 * (branchNeighbourSame + branchNeighbourOpposite)
    assert(total < 1, `branching of ${total}: every event sets off one more for ever`)
    this.#config = config
    this.#x[STARTED_US] = this.#x[LAST_US] = -1
  }

  static restore(config: TradeIntensityConfig, saved: TradeIntensitySnapshot): TradeIntensity {
    const intensity = new TradeIntensity(config)
    intensity.#x.set(saved.numbers)
    return intensity
  }

  /** Moves time on, and starts the watch. An earlier time changes nothing. */
  advance(nowUs: number): void {
    const x = this.#x
    if (x[STARTED_US] === -1) x[STARTED_US] = x[LAST_US] = nowUs
    const seconds = (nowUs - x[LAST_US]!) / 1e6
    if (seconds <= 0) return
    x[LAST_US] = nowUs
    const [fast, slow] = this.#config.decaysPerSecond
    const keepFast = Math.exp(-fast * seconds)
    const keepSlow = Math.exp(-slow * seconds)
    const keepRate = Math.exp(-seconds / this.#config.rateSeconds)
    for (let at = 0; at <= STREAM; at += STREAM) {
      x[at + FAST]! *= keepFast
      x[at + SLOW]! *= keepSlow
      x[at + RATE]! *= keepRate
    }
  }

  /** One aggressive event: prints of one time and taker side together. */
  onEvent(timeUs: number, takerSide: 'yes' | 'no'): void {
    this.advance(timeUs)
    const at = STREAM * (takerSide === 'yes' ? BUY : SELL)
    this.#x[at + FAST]! += 1
    this.#x[at + SLOW]! += 1
    this.#x[at + RATE]! += 1
  }

  /**
   * The intensities of this market, its neighbours' events among their causes. All must have been
   * advanced to the same time.
   */
  read(below: TradeIntensity | undefined, above: TradeIntensity | undefined): Intensity | null {
    const x = this.#x
    const { rateSeconds, warmUpUs, baselineShareMin } = this.#config
    const watchedUs = x[LAST_US]! - x[STARTED_US]!
    if (x[STARTED_US] === -1 || watchedUs < warmUpUs) return null
    const watched = -Math.expm1(-watchedUs / 1e6 / rateSeconds)
    const perSecond = 1 / (rateSeconds * watched)
    const buyRate = x[BUY * STREAM + RATE]! * perSecond
    const sellRate = x[SELL * STREAM + RATE]! * perSecond
    // In the long run rate = baseline + branching x rate, so the baseline is what is left of it.
    const buyMean = this.#sum(BUY, RATE, below, above) * perSecond
    const sellMean = this.#sum(SELL, RATE, below, above) * perSecond
    const buyBase = Math.max(baselineShareMin * buyRate, buyRate - buyMean)
    const sellBase = Math.max(baselineShareMin * sellRate, sellRate - sellMean)
    return {
      buy: buyBase + this.#excitement(BUY, below, above),
      sell: sellBase + this.#excitement(SELL, below, above),
      baseline: buyBase + sellBase,
    }
  }

  snapshot(): TradeIntensitySnapshot {
    return { v: 1, numbers: Array.from(this.#x, (value) => value + 0) }
  }

  #excitement(
    stream: number,
    below: TradeIntensity | undefined,
    above: TradeIntensity | undefined,
  ): number {
    const [fast, slow] = this.#config.decaysPerSecond
    const ofFast = this.#sum(stream, FAST, below, above)
    return (fast * ofFast + slow * this.#sum(stream, SLOW, below, above)) / 2
  }

  /** One of the traces of all that excites a stream, weighed by the branching ratios. */
  #sum(
    stream: number,
    which: number,
    below: TradeIntensity | undefined,
    above: TradeIntensity | undefined,
  ): number {
    const { branchSelf, branchCross, branchNeighbourSame, branchNeighbourOpposite } = this.#config
    const same = stream * STREAM + which
    const opposite = (1 - stream) * STREAM + which
    let sum = branchSelf * this.#x[same]! + branchCross * this.#x[opposite]!
    if (below) {
      sum += branchNeighbourSame * below.#x[same]!
      sum += branchNeighbourOpposite * below.#x[opposite]!
    }
    if (above) {
      sum += branchNeighbourSame * above.#x[same]!
      sum += branchNeighbourOpposite * above.#x[opposite]!
    }
    return sum
  }
}
