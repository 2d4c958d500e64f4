import { NeighbourRls } from '@kwm/quant'
import type { NeighbourRlsSnapshot } from '@kwm/quant'
import { HorizonPairs, type MidSample } from './horizon-pairs.ts'
import { rowFeature, type Frame } from './row-features.ts'

export type VarxOptions = {
  readonly features: readonly string[]
  readonly forgetting: number
  readonly ridge: number
  /** Pairs learned before anything is forecast. */
  readonly pairsMin: number
}

export type VarxForecast = { readonly means: Float64Array; readonly variances: Float64Array }

/** With the forecast made then: its error, not that of a later fit, is the variance. */
type Sample = MidSample & { readonly phi: Float64Array; readonly means: Float64Array }

export type VarxSnapshot = {
  readonly rls: NeighbourRlsSnapshot
  readonly scale: readonly number[]
  readonly variances: readonly number[]
  readonly pairs: number
  readonly pending: readonly {
    timeUs: number
    mids: (number | null)[]
    phi: number[]
    means: number[]
  }[]
  readonly last: { timeUs: number; mids: (number | null)[] } | null
}

/** Standardised features are held within it, so that no single frame can throw the fit. */
const CLIP = 6
/** Of rounding to a cent: a bracket that has not moved yet is not certain to stay. */
const VARIANCE_MIN = 0.01 ** 2 / 12
/** Weight of the newest frame in the running scale of a feature. */
const SCALE_GAIN = 0.002

/**
 * VARX of an event's ladder (MODELS 7.2): each bracket regresses its change over the horizon on the
 * features of itself and of both neighbours, by recursive least squares with a lasting ridge. At time
 * t it learns the pair (features at t - h, change from t - h to t) and no other.
 */
export class OnlineVarx {
  readonly #options: VarxOptions
  readonly #rls: NeighbourRls
  readonly #pairs: HorizonPairs<Sample>
  /** Running root mean square of each feature; features are centred by their nature. */
  readonly #scale: Float64Array
  readonly #variances: Float64Array
  #learned = 0

  constructor(options: VarxOptions, units: number, horizonUs: number, saved?: VarxSnapshot) {
    const { features, forgetting, ridge } = options
    this.#options = options
    const featuresPerUnit = 2 * features.length
    this.#rls = saved
      ? NeighbourRls.restore(saved.rls)
      : new NeighbourRls({ units, featuresPerUnit, forgetting, ridge })
    this.#scale = Float64Array.from(saved?.scale ?? features.map(() => 0))
    this.#variances = Float64Array.from(saved?.variances ?? Array.from({ length: units }, () => 0))
    this.#learned = saved?.pairs ?? 0
    this.#pairs = saved
      ? HorizonPairs.restore<Sample>(
          horizonUs,
          saved.pending.map((p) => ({
            ...revived(p),
            phi: Float64Array.from(p.phi),
            means: Float64Array.from(p.means),
          })),
          saved.last && revived(saved.last),
        )
      : new HorizonPairs<Sample>(horizonUs)
  }

  /** Takes every frame: prices between two samples count for the pairs that fall due. */
  learn(now: MidSample): void {
    for (const { sample, closed } of this.#pairs.advance(now)) {
      for (let j = 0; j < closed.length; j++) {
        if (Number.isNaN(closed[j]!)) continue
        const error = closed[j]! - sample.means[j]!
        const gain = Math.max(1 - this.#options.forgetting, 1 / (1 + this.#learned))
        this.#variances[j]! += gain * (error * error - this.#variances[j]!)
      }
      this.#rls.update(sample.phi, closed)
      this.#learned++
    }
  }

  /** Samples the frame; null until enough pairs are known. */
  forecast(frame: Frame, now: MidSample): VarxForecast | null {
    const phi = this.#features(frame)
    const means = this.#rls.predict(phi, new Float64Array(frame.rows.length))
    this.#pairs.open({ ...now, phi, means })
    if (this.#learned < this.#options.pairsMin) return null
    return { means, variances: this.#variances.map((v) => Math.max(v, VARIANCE_MIN)) }
  }

  snapshot(): VarxSnapshot {
    const { pending, last } = this.#pairs.state()
    return {
      rls: this.#rls.snapshot(),
      scale: [...this.#scale],
      variances: [...this.#variances],
      pairs: this.#learned,
      pending: pending.map((sample) => ({
        ...plain(sample),
        phi: [...sample.phi],
        means: [...sample.means],
      })),
      last: last && plain(last),
    }
  }

  #features(frame: Frame): Float64Array {
    const { features } = this.#options
    const phi = new Float64Array(frame.rows.length * features.length * 2)
    let at = 0
    for (const row of frame.rows) {
      for (const [k, name] of features.entries()) {
        const value = rowFeature(row, name)
        if (value === null) {
          phi[at + 1] = 1
        } else {
          const square = this.#scale[k]! ** 2
          const scale = Math.sqrt(square + SCALE_GAIN * (value * value - square))
          this.#scale[k] = scale
          if (scale > 0) phi[at] = Math.max(-CLIP, Math.min(CLIP, value / scale))
        }
        at += 2
      }
    }
    return phi
  }
}

// JSON has no NaN.
const plain = ({ timeUs, mids }: MidSample) => ({
  timeUs,
  mids: Array.from(mids, (mid) => (Number.isNaN(mid) ? null : mid)),
})
const revived = ({ timeUs, mids }: { timeUs: number; mids: (number | null)[] }): MidSample => ({
  timeUs,
  mids: Float64Array.from(mids, (mid) => mid ?? NaN),
})
