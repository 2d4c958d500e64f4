import { assert } from '@kwm/std'

export type RlsOptions = {
  readonly size: number
  /** Weight of an observation one step old, in (0, 1]. */
  readonly forgetting: number
  /** Ridge on standardised features, > 0. */
  readonly ridge: number
  /** Keeps the ridge from decaying with the data. Off only to reproduce the textbook recursion. */
  readonly isRidgeLasting?: boolean
}

export type RlsSnapshot = RlsOptions & {
  readonly theta: readonly number[]
  readonly covariance: readonly number[]
  readonly next: number
}

/**
 * Recursive least squares with forgetting (MODELS 7.2), which equals the discounted ridge
 * sum lambda^(n-t) (y_t - phi_t theta)^2 + ridge lambda^n |theta|^2. That ridge vanishes, so each step
 * also observes 0 = sqrt((1 - lambda) ridge d) theta_i for one coordinate in turn: the penalty then
 * stays at `ridge` on average. `update` allocates nothing.
 */
export class RecursiveLeastSquares {
  readonly #options: Required<RlsOptions>
  readonly #theta: Float64Array
  readonly #p: Float64Array
  readonly #gain: Float64Array
  readonly #pseudo: number
  #next = 0

  constructor(options: RlsOptions) {
    const { size, forgetting, ridge, isRidgeLasting = true } = options
    assert(Number.isInteger(size) && size > 0, `size ${size}`)
    assert(forgetting > 0 && forgetting <= 1, `forgetting ${forgetting} must be in (0, 1]`)
    assert(ridge > 0 && ridge < Infinity, `ridge ${ridge} must be positive`)
    this.#options = { size, forgetting, ridge, isRidgeLasting }
    this.#theta = new Float64Array(size)
    this.#p = new Float64Array(size * size)
    this.#gain = new Float64Array(size)
    this.#pseudo = isRidgeLasting ? (1 - forgetting) * ridge * size : 0
    for (let i = 0; i < size; i++) this.#p[i * size + i] = 1 / ridge
  }

  predict(features: ArrayLike<number>): number {
    assert(features.length === this.#theta.length, `${features.length} features`)
    let sum = 0
    for (let i = 0; i < this.#theta.length; i++) sum += this.#theta[i]! * features[i]!
    return sum
  }

  /** Learns one row; returns its one-step-ahead prediction. */
  update(features: ArrayLike<number>, target: number): number {
    const d = this.#theta.length
    const prediction = this.predict(features)
    assert(Number.isFinite(prediction) && Number.isFinite(target), `finite row, target ${target}`)
    const { forgetting } = this.#options
    const p = this.#p
    const gain = this.#gain
    let spread = forgetting
    for (let i = 0; i < d; i++) {
      let sum = 0
      for (let j = 0; j < d; j++) sum += p[i * d + j]! * features[j]!
      gain[i] = sum
      spread += features[i]! * sum
    }
    this.#absorb(spread, (target - prediction) / spread, forgetting)
    if (this.#pseudo > 0) this.#shrinkNext()
    return prediction
  }

  coefficients(): Float64Array {
    return this.#theta.slice()
  }

  /** Row-major d x d: the inverse of the discounted Gram matrix with its ridge. */
  covariance(): Float64Array {
    return this.#p.slice()
  }

  snapshot(): RlsSnapshot {
    return {
      ...this.#options,
      theta: [...this.#theta],
      covariance: [...this.#p],
      next: this.#next,
    }
  }

  static restore({ theta, covariance, next, ...options }: RlsSnapshot): RecursiveLeastSquares {
    const rls = new RecursiveLeastSquares(options)
    assert(theta.length === options.size && covariance.length === options.size ** 2, 'RLS snapshot')
    rls.#theta.set(theta)
    rls.#p.set(covariance)
    rls.#next = next
    return rls
  }

  /** Observes 0 = sqrt(pseudo) theta_i, undiscounted, for the coordinate whose turn it is. */
  #shrinkNext(): void {
    const d = this.#theta.length
    const i = this.#next
    this.#next = (i + 1) % d
    const root = Math.sqrt(this.#pseudo)
    for (let j = 0; j < d; j++) this.#gain[j] = this.#p[j * d + i]! * root
    const spread = 1 + root * this.#gain[i]!
    this.#absorb(spread, (-root * this.#theta[i]!) / spread, 1)
  }

  /** theta += u e, P = (P - u u' / spread) / forgetting with u = P phi in `gain`; one half mirrored. */
  #absorb(spread: number, error: number, forgetting: number): void {
    const d = this.#theta.length
    const p = this.#p
    const gain = this.#gain
    for (let i = 0; i < d; i++) {
      this.#theta[i]! += gain[i]! * error
      for (let j = 0; j <= i; j++) {
        const value = (p[i * d + j]! - (gain[i]! * gain[j]!) / spread) / forgetting
        p[i * d + j] = value
        p[j * d + i] = value
      }
    }
  }
}
