import { AssertionError, assert } from '@kwm/std'
import { logGamma } from '../special/log-gamma.ts'

export type RunLengthOptions = {
  /** The chance of a change at each step: 1 / expected run length. */
  readonly hazard?: number
  /** Normal-inverse-gamma prior of the mean and the variance after a change. */
  readonly mu0?: number
  readonly kappa0?: number
  readonly alpha0?: number
  readonly beta0?: number
  /** Run lengths less likely than this are dropped. */
  readonly massMin?: number
  /** An alarm when the run is at most this long with a probability above one half. */
  readonly recentSteps?: number
}

export type RunLengthSnapshot = {
  readonly v: 1
  readonly options: Required<RunLengthOptions>
  readonly step: number
  readonly logEvidence: number
  readonly starts: readonly number[]
  readonly masses: readonly number[]
  readonly logMasses: readonly number[]
  readonly means: readonly number[]
  readonly betas: readonly number[]
  readonly logBetas: readonly number[]
}

/** Run lengths kept at once; beyond, the least likely makes room. */
export const RUN_LENGTHS_MAX = 600
const NORMALISER_TABLE = 1_024

/**
 * Bayesian online change point detection (Adams and MacKay 2007): the distribution of the number of
 * points since the last change, for normal data whose mean and variance are both unknown. The
 * predictive of a run of length r is Student's t with 2 alpha degrees of freedom, location mu and
 * scale sqrt(beta (kappa + 1) / (alpha kappa)), with kappa = kappa0 + r and alpha = alpha0 + r / 2.
 * P(run length 0) is the hazard after every point whatever the data: never alarm on it.
 */
export class RunLengthFilter {
  readonly #options: Required<RunLengthOptions>
  readonly #normalisers: Float64Array
  /** Columns by hypothesis, longest run first: its first step, probability, and statistics. */
  readonly #starts = new Float64Array(RUN_LENGTHS_MAX + 1)
  readonly #masses = new Float64Array(RUN_LENGTHS_MAX + 1)
  readonly #logMasses = new Float64Array(RUN_LENGTHS_MAX + 1)
  readonly #means = new Float64Array(RUN_LENGTHS_MAX + 1)
  readonly #betas = new Float64Array(RUN_LENGTHS_MAX + 1)
  readonly #logBetas = new Float64Array(RUN_LENGTHS_MAX + 1)
  #size = 0
  #step = 0
  #logEvidence = 0

  constructor(options: RunLengthOptions = {}) {
    this.#options = {
      hazard: 1 / 600,
      mu0: 0,
      kappa0: 0.1,
      alpha0: 1,
      beta0: 0.5,
      massMin: 1e-6,
      recentSteps: 5,
      ...options,
    }
    const { hazard, mu0, kappa0, alpha0, beta0, massMin, recentSteps } = this.#options
    assert(hazard > 0 && hazard < 1, `hazard ${hazard}`)
    assert(Number.isFinite(mu0), `mu0 ${mu0}`)
    for (const [name, value] of Object.entries({ kappa0, alpha0, beta0 })) {
      assert(value > 0 && value < Infinity, `${name} ${value}`)
    }
    assert(
      massMin >= 0 && massMin < Math.min(hazard, (1 - hazard) / RUN_LENGTHS_MAX),
      `massMin ${massMin}`,
    )
    assert(Number.isSafeInteger(recentSteps) && recentSteps > 0, `recentSteps ${recentSteps}`)
    this.#normalisers = Float64Array.from({ length: NORMALISER_TABLE }, (_, r) =>
      this.#logNormaliser(r),
    )
    this.#append(1)
  }

  static restore(saved: RunLengthSnapshot): RunLengthFilter {
    const filter = new RunLengthFilter(saved.options)
    assert(saved.starts.length <= RUN_LENGTHS_MAX, `${saved.starts.length} run lengths`)
    filter.#step = saved.step
    filter.#logEvidence = saved.logEvidence
    filter.#size = saved.starts.length
    filter.#starts.set(saved.starts)
    filter.#masses.set(saved.masses)
    filter.#logMasses.set(saved.logMasses)
    filter.#means.set(saved.means)
    filter.#betas.set(saved.betas)
    filter.#logBetas.set(saved.logBetas)
    return filter
  }

  /**
   * Adds one finite point. True when this point brings the news of a change: the run became recent
   * (at most `recentSteps` long with a probability above one half, not so before), or the likeliest
   * run length fell by more than half.
   */
  add(x: number): boolean {
    if (!Number.isFinite(x)) throw new AssertionError(`a point needs a finite x: ${x}`)
    const { hazard, recentSteps } = this.#options
    const mapBefore = this.mapRunLength
    const recentBefore = this.probabilityWithin(recentSteps)
    this.#learn(x)
    this.#step++
    this.#dropUnlikely()
    this.#append(hazard)
    this.#normalise()
    if (recentBefore <= 0.5 && this.probabilityWithin(recentSteps) > 0.5) return true
    return mapBefore > recentSteps && this.mapRunLength < 0.5 * (mapBefore + 1)
  }

  /** ln of the probability density of all points so far. */
  get logEvidence(): number {
    return this.#logEvidence
  }

  /** The likeliest number of points since the last change. */
  get mapRunLength(): number {
    let best = 0
    for (let i = 1; i < this.#size; i++) if (this.#masses[i]! > this.#masses[best]!) best = i
    return this.#step - this.#starts[best]!
  }

  /** The posterior mean of the level under the likeliest run. */
  get mapMean(): number {
    let best = 0
    for (let i = 1; i < this.#size; i++) if (this.#masses[i]! > this.#masses[best]!) best = i
    return this.#means[best]!
  }

  /** P(at most `steps` points since the last change). */
  probabilityWithin(steps: number): number {
    let sum = 0
    for (let i = this.#size - 1; i >= 0 && this.#step - this.#starts[i]! <= steps; i--) {
      sum += this.#masses[i]!
    }
    return Math.min(1, sum)
  }

  /** Every run length kept with its probability, shortest first. */
  runLengths(): { readonly length: number; readonly probability: number }[] {
    return Array.from({ length: this.#size }, (_, k) => {
      const i = this.#size - 1 - k
      return { length: this.#step - this.#starts[i]!, probability: this.#masses[i]! }
    })
  }

  /**
   * Every hypothesis sees x. With beta' = beta + kappa (x - mu)^2 / (2 (kappa + 1)), the predictive
   * is normaliser(r) x beta^alpha / beta'^(alpha + 1/2): one logarithm each.
   */
  #learn(x: number): void {
    const { kappa0, alpha0, hazard } = this.#options
    const logMasses = this.#logMasses
    let max = -Infinity
    for (let i = 0; i < this.#size; i++) {
      const r = this.#step - this.#starts[i]!
      const kappa = kappa0 + r
      const alpha = alpha0 + r / 2
      const gap = x - this.#means[i]!
      const beta = this.#betas[i]! + (kappa * gap * gap) / (2 * (kappa + 1))
      const logBeta = Math.log(beta)
      const normaliser = r < NORMALISER_TABLE ? this.#normalisers[r]! : this.#logNormaliserOfLong(r)
      logMasses[i]! += normaliser + alpha * this.#logBetas[i]! - (alpha + 0.5) * logBeta
      this.#means[i]! += gap / (kappa + 1)
      this.#betas[i] = beta
      this.#logBetas[i] = logBeta
      if (logMasses[i]! > max) max = logMasses[i]!
    }
    let sum = 0
    for (let i = 0; i < this.#size; i++) {
      this.#masses[i] = Math.exp(logMasses[i]! - max)
      sum += this.#masses[i]!
    }
    const logNorm = max + Math.log(sum)
    const logGrowth = Math.log1p(-hazard) - logNorm
    for (let i = 0; i < this.#size; i++) {
      logMasses[i]! += logGrowth
      this.#masses[i]! *= (1 - hazard) / sum
    }
    this.#logEvidence += logNorm
  }

  #append(mass: number): void {
    this.#starts[this.#size] = this.#step
    this.#masses[this.#size] = mass
    this.#logMasses[this.#size] = Math.log(mass)
    this.#means[this.#size] = this.#options.mu0
    this.#betas[this.#size] = this.#options.beta0
    this.#logBetas[this.#size] = Math.log(this.#options.beta0)
    this.#size++
  }

  #dropUnlikely(): void {
    const { massMin } = this.#options
    let kept = 0
    for (let i = 0; i < this.#size; i++) {
      if (this.#masses[i]! < massMin) continue
      if (kept < i) this.#move(i, kept)
      kept++
    }
    if (kept === RUN_LENGTHS_MAX) {
      let least = 0
      for (let i = 1; i < kept; i++) if (this.#masses[i]! < this.#masses[least]!) least = i
      for (let i = least + 1; i < kept; i++) this.#move(i, i - 1)
      kept--
    }
    this.#size = kept
  }

  #move(from: number, to: number): void {
    this.#starts[to] = this.#starts[from]!
    this.#masses[to] = this.#masses[from]!
    this.#logMasses[to] = this.#logMasses[from]!
    this.#means[to] = this.#means[from]!
    this.#betas[to] = this.#betas[from]!
    this.#logBetas[to] = this.#logBetas[from]!
  }

  /** Shares what was dropped among the runs that go on, so that the newest keeps the hazard. */
  #normalise(): void {
    const newest = this.#size - 1
    let kept = 0
    for (let i = 0; i < newest; i++) kept += this.#masses[i]!
    const scale = (1 - this.#options.hazard) / kept
    const logScale = Math.log(scale)
    for (let i = 0; i < newest; i++) {
      this.#masses[i]! *= scale
      this.#logMasses[i]! += logScale
    }
  }

  /** Of Student's t: ln Gamma(alpha + 1/2) - ln Gamma(alpha) - ln(2 pi (kappa + 1) / kappa) / 2. */
  #logNormaliser(r: number): number {
    const kappa = this.#options.kappa0 + r
    const alpha = this.#options.alpha0 + r / 2
    const shape = logGamma(alpha + 0.5) - logGamma(alpha)
    return shape - 0.5 * Math.log((2 * Math.PI * (kappa + 1)) / kappa)
  }

  /** The same for long runs, by the expansion of the ratio in 1 / alpha: next term 1 / alpha^5. */
  #logNormaliserOfLong(r: number): number {
    const kappa = this.#options.kappa0 + r
    const alpha = this.#options.alpha0 + r / 2
    const correction = (1 / (24 * alpha * alpha) - 1) / (8 * alpha)
    return correction + 0.5 * Math.log((alpha * kappa) / (2 * Math.PI * (kappa + 1)))
  }

  snapshot(): RunLengthSnapshot {
    const column = (values: Float64Array) =>
      Array.from(values.subarray(0, this.#size), (v) => v + 0)
    return {
      v: 1,
      options: { ...this.#options },
      step: this.#step,
      logEvidence: this.#logEvidence + 0,
      starts: column(this.#starts),
      masses: column(this.#masses),
      logMasses: column(this.#logMasses),
      means: column(this.#means),
      betas: column(this.#betas),
      logBetas: column(this.#logBetas),
    }
  }
}
