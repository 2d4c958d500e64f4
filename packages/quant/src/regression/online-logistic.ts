import { assert } from '@kwm/std'
import { expit } from '../special/softplus.ts'

export type OnlineLogisticOptions = {
  /** Features without the intercept, standardised. */
  readonly size: number
  /** Learning rate of a coordinate before it has seen anything. */
  readonly alpha: number
  readonly beta: number
  readonly l1: number
  readonly l2: number
}

export type OnlineLogisticSnapshot = OnlineLogisticOptions & {
  readonly z: readonly number[]
  readonly n: readonly number[]
}

/**
 * Logistic regression by FTRL-proximal (McMahan et al. 2013): after each row the coefficients are
 * argmin sum g_s w + 1/2 sum sigma_s (w - w_s)^2 + l1 |w| + l2 / 2 w^2, where the sigmas add up to
 * (beta + sqrt(sum g^2)) / alpha. The intercept, last, carries no penalty.
 */
export class OnlineLogistic {
  readonly #options: OnlineLogisticOptions
  readonly #z: Float64Array
  readonly #n: Float64Array
  readonly #w: Float64Array

  constructor(options: OnlineLogisticOptions) {
    const { size, alpha, beta, l1, l2 } = options
    assert(Number.isInteger(size) && size > 0, `size ${size}`)
    assert(alpha > 0 && beta > 0, `alpha ${alpha} and beta ${beta} must be positive`)
    assert(l1 >= 0 && l2 >= 0, `penalties ${l1} and ${l2} must not be negative`)
    this.#options = { size, alpha, beta, l1, l2 }
    this.#z = new Float64Array(size + 1)
    this.#n = new Float64Array(size + 1)
    this.#w = new Float64Array(size + 1)
  }

  predict(features: ArrayLike<number>): number {
    const { size } = this.#options
    assert(features.length === size, `${features.length} features for ${size}`)
    let margin = this.#w[size]!
    for (let i = 0; i < size; i++) margin += this.#w[i]! * features[i]!
    return expit(margin)
  }

  /** Learns one row of label 0 or 1; returns the probability it had before. */
  update(features: ArrayLike<number>, label: number, weight = 1): number {
    const { size, alpha } = this.#options
    const p = this.predict(features)
    assert(!Number.isNaN(p) && (label === 0 || label === 1), `row of label ${label}`)
    assert(weight >= 0 && weight < Infinity, `weight ${weight}`)
    for (let i = 0; i <= size; i++) {
      const g = weight * (p - label) * (i < size ? features[i]! : 1)
      const n = this.#n[i]! + g * g
      this.#z[i]! += g - ((Math.sqrt(n) - Math.sqrt(this.#n[i]!)) / alpha) * this.#w[i]!
      this.#n[i] = n
      this.#w[i] = this.#solve(i)
    }
    return p
  }

  /** The intercept is last. */
  coefficients(): Float64Array {
    return this.#w.slice()
  }

  snapshot(): OnlineLogisticSnapshot {
    return { ...this.#options, z: [...this.#z], n: [...this.#n] }
  }

  static restore({ z, n, ...options }: OnlineLogisticSnapshot): OnlineLogistic {
    const model = new OnlineLogistic(options)
    assert(z.length === options.size + 1 && n.length === z.length, `snapshot of size ${z.length}`)
    model.#z.set(z)
    model.#n.set(n)
    for (let i = 0; i < z.length; i++) model.#w[i] = model.#solve(i)
    return model
  }

  #solve(i: number): number {
    const { size, alpha, beta, l1, l2 } = this.#options
    const z = this.#z[i]!
    const [lasso, ridge] = i < size ? [l1, l2] : [0, 0]
    if (Math.abs(z) <= lasso) return 0
    return (Math.sign(z) * lasso - z) / ((beta + Math.sqrt(this.#n[i]!)) / alpha + ridge)
  }
}
