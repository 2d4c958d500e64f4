import { AssertionError, assert } from '@kwm/std'
import { CubatureMoments } from './cubature-moments.ts'
import { ilr } from './helmert.ts'
import { ITERATIONS, IteratedUpdate } from './iterated-update.ts'
import { subcomposition } from './subcomposition.ts'
import { WhitenedState } from './whitened-state.ts'

/** Plain data; the number of outcomes is one more than the coordinates. */
export type LogisticNormalSnapshot = {
  readonly v: 1
  readonly mean: readonly number[]
  readonly covariance: readonly number[]
  /** The covariance's lower factor by rows, where it is not the one that would be worked out again. */
  readonly factor?: readonly number[]
}

/**
 * Tracks a PMF of n outcomes as a logistic-normal: a Gaussian of the n - 1 ILR coordinates
 * z = V' log p (MODELS 6.4). n log-probabilities would leave their common level unobserved, and its
 * variance without bound. Times are seconds, probabilities in [0, 1]. After the constructor nothing
 * is allocated but by `keep` and `snapshot`.
 */
export class LogisticNormalFilter {
  /** n. */
  readonly outcomes: number
  /** ILR coordinates, and their covariance row-major. The filter's own: read them, no more. */
  readonly mean: Float64Array
  readonly covariance: Float64Array
  readonly #update: IteratedUpdate
  readonly #moments: CubatureMoments
  readonly #whitened: WhitenedState
  /** What of `whitened` and `moments` is still that of the state. */
  #isPlaceFresh = false
  #isFactorFresh = false
  #isSpreadFresh = false
  #areMomentsFresh = false

  private constructor(mean: Float64Array, covariance: Float64Array) {
    const n = mean.length + 1
    assert(covariance.length === mean.length ** 2, `covariance of ${covariance.length} entries`)
    assert(
      mean.every(Number.isFinite) && covariance.every(Number.isFinite),
      'a state of no numbers',
    )
    this.outcomes = n
    this.mean = mean
    this.covariance = covariance
    this.#update = new IteratedUpdate(n)
    this.#moments = new CubatureMoments(n)
    this.#whitened = new WhitenedState(n)
  }

  static of(mean: ArrayLike<number>, covariance: ArrayLike<number>): LogisticNormalFilter {
    return new LogisticNormalFilter(Float64Array.from(mean), Float64Array.from(covariance))
  }

  /** About a PMF of positive entries, with the same variance of every coordinate. */
  static about(pmf: ArrayLike<number>, variance: number): LogisticNormalFilter {
    assert(variance > 0 && variance < Infinity, `variance ${variance}`)
    const d = pmf.length - 1
    const covariance = new Float64Array(d * d)
    for (let k = 0; k < d; k++) covariance[k * d + k] = variance
    return new LogisticNormalFilter(ilr(pmf, new Float64Array(d)), covariance)
  }

  static restore({ mean, covariance, factor }: LogisticNormalSnapshot): LogisticNormalFilter {
    const filter = LogisticNormalFilter.of(mean, covariance)
    if (factor) {
      filter.#whitened.factor.set(factor)
      filter.#isFactorFresh = true
    }
    return filter
  }

  /**
   * Lets `seconds` pass: an Ornstein-Uhlenbeck pull of `pullPerSecond` towards `target` (ILR
   * coordinates), z = t + e^(-k s) (z - t), while `noise` x `noiseScale` (covariance per second,
   * row-major) comes in. A pull of 0, or no target, is a random walk. The prior enters as the mean
   * the state returns to, once, and not as an observation every second.
   */
  predict(
    seconds: number,
    pullPerSecond: number,
    target: ArrayLike<number> | null,
    noise: Float64Array,
    noiseScale = 1,
  ): void {
    const { mean, covariance } = this
    const pull = target ? pullPerSecond : 0
    if (!(seconds >= 0 && seconds < Infinity && pull >= 0 && pull < Infinity)) {
      throw new AssertionError(`a step of ${seconds} s with a pull of ${pull}`)
    }
    if (noise.length !== covariance.length || (target && target.length !== mean.length)) {
      throw new AssertionError(`noise of ${noise.length}, target of ${target?.length}`)
    }
    const decay = Math.exp(-pull * seconds)
    const gathered = pull > 0 ? -Math.expm1(-2 * pull * seconds) / (2 * pull) : seconds
    if (target) {
      for (let k = 0; k < mean.length; k++) {
        mean[k] = target[k]! + decay * (mean[k]! - target[k]!)
      }
      this.#isPlaceFresh = false
    }
    const kept = decay * decay
    const added = gathered * noiseScale
    for (let k = 0; k < covariance.length; k++) {
      covariance[k] = kept * covariance[k]! + added * noise[k]!
    }
    this.#forgetSpread()
  }

  /**
   * Observes y = p + noise of independent `variance` by the iterated extended Kalman update: see
   * `IteratedUpdate`. Infinity marks an outcome that was not observed. Returns the NIS.
   */
  observe(y: ArrayLike<number>, variance: ArrayLike<number>, iterations = ITERATIONS): number {
    const { mean, covariance } = this
    const nis = this.#update.run(mean, covariance, this.#whiten(), y, variance, iterations)
    this.#isPlaceFresh = false
    this.#forgetSpread()
    // The update leaves it, and it is not to the bit what the covariance would give.
    this.#isFactorFresh = true
    return nis
  }

  /** What the last observation said along a direction in ILR coordinates: see `IteratedUpdate`. */
  innovationAlong(direction: ArrayLike<number>): number {
    return this.#update.innovationAlong(direction)
  }

  /** The state is less certain than it thinks: P x `factor`, no variance beyond `varianceMax`. */
  inflate(factor: number, varianceMax: number): void {
    assert(factor >= 1 && varianceMax > 0, `inflation by ${factor} up to ${varianceMax}`)
    const d = this.mean.length
    let largest = 0
    for (let k = 0; k < d; k++) largest = Math.max(largest, this.covariance[k * d + k]!)
    const by = Math.max(1, Math.min(factor, largest > 0 ? varianceMax / largest : factor))
    for (let k = 0; k < d * d; k++) this.covariance[k]! *= by
    this.#forgetSpread()
  }

  /** E[p] and the standard deviation of each entry, by cubature. The buffers are reused. */
  moments(): CubatureMoments {
    if (!this.#areMomentsFresh) this.#moments.refill(this.#whiten())
    this.#areMomentsFresh = true
    return this.#moments
  }

  #whiten(): WhitenedState {
    const whitened = this.#whitened
    if (!this.#isPlaceFresh) whitened.refillPlace(this.mean)
    if (!this.#isFactorFresh) whitened.refillFactor(this.covariance)
    if (!this.#isSpreadFresh) whitened.refillSpread()
    this.#isPlaceFresh = this.#isFactorFresh = this.#isSpreadFresh = true
    return whitened
  }

  #forgetSpread(): void {
    this.#isFactorFresh = this.#isSpreadFresh = this.#areMomentsFresh = false
  }

  /** The filter of the outcomes in `alive` (ascending), given that the others are impossible. */
  keep(alive: readonly number[]): LogisticNormalFilter {
    const { mean, covariance } = subcomposition(this.mean, this.covariance, alive)
    return new LogisticNormalFilter(mean, covariance)
  }

  /** A filter restored from it, or from its JSON, goes on bit for bit. */
  snapshot(): LogisticNormalSnapshot {
    const plain = (values: Float64Array): number[] => Array.from(values, (value) => value + 0)
    const { factor } = this.#whitened
    return {
      ...{ v: 1, mean: plain(this.mean), covariance: plain(this.covariance) },
      ...(this.#isFactorFresh && { factor: plain(factor) }),
    }
  }
}
