import type { WhitenedState } from './whitened-state.ts'

/** exp of it is a number, and so is its inverse: no spread of a state is near it. */
const LOG_RATIO_MAX = 600

/**
 * Mean and standard deviation of softmax(V z) for a Gaussian z by the 2 (n - 1) points of the
 * third-degree spherical cubature (MODELS 6.4). Not softmax(V mean): that forgets the curvature. The
 * mean sums to 1. Buffers are kept: `refill` allocates nothing.
 */
export class CubatureMoments {
  readonly mean: Float64Array
  readonly sd: Float64Array
  readonly #up: Float64Array
  readonly #down: Float64Array

  constructor(n: number) {
    this.mean = new Float64Array(n)
    this.sd = new Float64Array(n)
    this.#up = new Float64Array(n)
    this.#down = new Float64Array(n)
  }

  refill({ pmf, spread }: WhitenedState): void {
    const { mean, sd } = this
    const up = this.#up
    const down = this.#down
    const n = mean.length
    const d = n - 1
    if (d === 0) {
      mean[0] = 1
      sd[0] = 0
      return
    }
    for (let i = 0; i < n; i++) mean[i] = sd[i] = 0
    const radius = Math.sqrt(d)
    let head = 0
    for (let k = 0, at = 0; k < d; k++, at += n) {
      // The first k + 1 keep their ratios.
      head += pmf[k]!
      let sumUp = head
      let sumDown = head
      for (let i = k + 1; i < n; i++) {
        const logRatio = radius * spread[at + i]!
        const ratio = Math.exp(Math.max(-LOG_RATIO_MAX, Math.min(LOG_RATIO_MAX, logRatio)))
        sumUp += up[i] = pmf[i]! * ratio
        sumDown += down[i] = pmf[i]! / ratio
      }
      const scaleUp = 1 / sumUp
      const scaleDown = 1 / sumDown
      const scale = scaleUp + scaleDown
      const square = scaleUp * scaleUp + scaleDown * scaleDown
      for (let i = 0; i <= k; i++) {
        mean[i]! += pmf[i]! * scale
        sd[i]! += pmf[i]! * pmf[i]! * square
      }
      for (let i = k + 1; i < n; i++) {
        const pUp = up[i]! * scaleUp
        const pDown = down[i]! * scaleDown
        mean[i]! += pUp + pDown
        sd[i]! += pUp * pUp + pDown * pDown
      }
    }
    for (let i = 0; i < n; i++) {
      // A hair above 1 by rounding where nothing else is possible.
      const m = Math.min(1, mean[i]! / (2 * d))
      mean[i] = m
      sd[i] = Math.sqrt(Math.max(0, sd[i]! / (2 * d) - m * m))
    }
  }
}
