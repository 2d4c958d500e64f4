import { AssertionError, assert, Prng, type PrngState } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'
import {
  discretiseSkewNormal,
  LN_SCALE_MAX,
  SHAPE_MAX,
  type SkewNormalTriple,
} from './discretised-skew-normal.ts'

export type SkewNormalParticlesConfig = {
  /** The places between neighbouring outcomes, rising: one less than there are outcomes. */
  readonly edges: readonly number[]
  /** Nothing can be below this place; null or absent for no such place. */
  readonly above?: number | null
  readonly start: SkewNormalTriple
  /** Standard deviations of the start. */
  readonly startSd: SkewNormalTriple
  /** Variances of the random walk, per second. */
  readonly walkPerSecond: SkewNormalTriple
  readonly particles?: number
  /** After a resampling each particle moves by this part of the cloud's spread. */
  readonly jitter?: number
  readonly seed: number | string
}

export type SkewNormalParticlesSnapshot = {
  readonly v: 1
  readonly place: readonly number[]
  readonly lnScale: readonly number[]
  readonly shape: readonly number[]
  readonly weight: readonly number[]
  readonly prng: PrngState
}

export const PARTICLES = 2_000
const PARTICLES_MAX = 100_000
const JITTER = 0.05
/** An observation is taken in by so many parts at most, and its part is found to 2^-20. */
const PARTS_MAX = 24
const HALVINGS = 20

/**
 * A PMF tracked as a discretised skew normal by particles of its place, ln scale and shape (MODELS 6.4,
 * method 3): for when the logistic-normal filter's innovations stay beyond belief. Systematic
 * resampling when the effective sample falls below half, and a jitter along the cloud's own axes. An
 * observation that would leave fewer is taken in by parts, its likelihood raised to powers that sum
 * to 1 (Del Moral, Doucet and Jasra 2006): a cloud that is wide beside it does not end as one point.
 * Seeded: the same calls give the same answer.
 */
export class SkewNormalParticles {
  /** E[p] and the standard deviation of each entry over the cloud. Reused by the next observation. */
  readonly mean: Float64Array
  readonly sd: Float64Array
  readonly #config: SkewNormalParticlesConfig
  readonly #count: number
  #prng: Prng
  readonly #columns: readonly [Float64Array, Float64Array, Float64Array]
  readonly #spares: readonly Float64Array[]
  readonly #parents: Int32Array
  readonly #weight: Float64Array
  readonly #misfit: Float64Array
  readonly #pmfs: Float64Array
  readonly #s: Float64Array
  readonly #innovation: Float64Array
  readonly #weighted: Float64Array

  constructor(config: SkewNormalParticlesConfig) {
    const { edges, start, startSd, particles = PARTICLES, seed } = config
    assert(edges.every(Number.isFinite), 'edges between outcomes')
    assert(
      edges.every((edge, i) => i === 0 || edge > edges[i - 1]!),
      'edges must rise',
    )
    assert(
      Number.isSafeInteger(particles) && particles > 1 && particles <= PARTICLES_MAX,
      `${particles} particles`,
    )
    this.#config = config
    this.#count = particles
    this.#prng = new Prng(seed)
    const n = edges.length + 1
    this.mean = new Float64Array(n)
    this.sd = new Float64Array(n)
    this.#columns = [
      this.#cloud(start.place, startSd.place),
      this.#cloud(start.lnScale, startSd.lnScale),
      this.#cloud(start.shape, startSd.shape),
    ]
    this.#spares = this.#columns.map(() => new Float64Array(particles))
    this.#parents = new Int32Array(particles)
    this.#weight = new Float64Array(particles).fill(1 / particles)
    this.#misfit = new Float64Array(particles)
    this.#pmfs = new Float64Array(particles * n)
    this.#s = new Float64Array(n * n)
    this.#innovation = new Float64Array(n)
    this.#weighted = new Float64Array(n)
    this.#clip()
    this.#discretise()
    this.#average()
  }

  static restore(
    config: SkewNormalParticlesConfig,
    saved: SkewNormalParticlesSnapshot,
  ): SkewNormalParticles {
    const cloud = new SkewNormalParticles({ ...config, particles: saved.weight.length })
    const [place, lnScale, shape] = cloud.#columns
    place.set(saved.place)
    lnScale.set(saved.lnScale)
    shape.set(saved.shape)
    cloud.#weight.set(saved.weight)
    cloud.#prng = new Prng(saved.prng)
    cloud.#discretise()
    cloud.#average()
    return cloud
  }

  /** (sum w)^2 / sum w^2: how many equal particles these are worth. */
  get effectiveSample(): number {
    let squares = 0
    for (const weight of this.#weight) squares += weight * weight
    return 1 / squares
  }

  /**
   * Lets time pass: each particle goes towards `target` by 1 - e^(-pull s), and walks, at `walkScale`
   * times the variance. `mean` and `sd` are brought up to date.
   */
  predict(
    seconds: number,
    target: SkewNormalTriple | null = null,
    pullPerSecond = 0,
    walkScale = 1,
  ): void {
    if (!(seconds >= 0 && seconds < Infinity && pullPerSecond >= 0 && walkScale >= 0)) {
      throw new AssertionError(`a step of ${seconds} s, pull ${pullPerSecond}, walk ${walkScale}`)
    }
    const walk = tripleOf(this.#config.walkPerSecond)
    const centre = target && tripleOf(target)
    const decay = Math.exp(-pullPerSecond * seconds)
    for (const [index, column] of this.#columns.entries()) {
      if (centre) {
        const to = centre[index]!
        for (let i = 0; i < column.length; i++) column[i] = to + decay * (column[i]! - to)
      }
      const sd = Math.sqrt(walk[index]! * walkScale * seconds)
      if (sd === 0) continue
      for (let i = 0; i < column.length; i++) column[i]! += sd * this.#prng.nextNormal()
    }
    this.#clip()
    this.#discretise()
    this.#average()
  }

  /**
   * Observes y = p + noise of independent `variance`; Infinity for an outcome nobody saw. Returns the
   * normalised innovation squared, by the cloud's mean and covariance before it.
   */
  observe(y: ArrayLike<number>, variance: ArrayLike<number>): number {
    const n = this.mean.length
    if (y.length !== n || variance.length !== n) {
      throw new AssertionError(`${y.length} observations, ${variance.length} variances for ${n}`)
    }
    for (let k = 0; k < n; k++) {
      if (!(Number.isFinite(y[k]!) && variance[k]! > 0)) {
        throw new AssertionError(`observation ${k}: ${y[k]}, ${variance[k]}`)
      }
    }
    const nis = this.#innovate(y, variance)
    let left = 1
    for (let part = 1; left > 0; part++) {
      this.#fillMisfit(y, variance)
      const power = part < PARTS_MAX ? this.#bearable(left) : left
      this.#weigh(power)
      left -= power
      if (left <= 0 && this.effectiveSample >= this.#count / 2) break
      this.#resample()
      this.#discretise()
    }
    this.#average()
    return nis
  }

  /** What was known is given up: the cloud is drawn again about another start. */
  redraw(start: SkewNormalTriple): void {
    const centre = tripleOf(start)
    const sd = tripleOf(this.#config.startSd)
    for (const [index, column] of this.#columns.entries()) {
      column.set(this.#cloud(centre[index]!, sd[index]!))
    }
    this.#weight.fill(1 / this.#count)
    this.#clip()
    this.#discretise()
    this.#average()
  }

  /** A cloud restored from it, or from its JSON, goes on bit for bit. */
  snapshot(): SkewNormalParticlesSnapshot {
    const [place, lnScale, shape] = this.#columns
    const prng = this.#prng.state()
    const weight = [...this.#weight]
    return { v: 1, place: [...place], lnScale: [...lnScale], shape: [...shape], weight, prng }
  }

  #cloud(centre: number, sd: number): Float64Array {
    assert(Number.isFinite(centre) && sd >= 0 && sd < Infinity, `a start of ${centre} by ${sd}`)
    return Float64Array.from({ length: this.#count }, () => centre + sd * this.#prng.nextNormal())
  }

  /** One uniform draw, N equal steps through the cumulated weights; then the jitter. */
  #resample(): void {
    const count = this.#count
    let cumulated = this.#weight[0]!
    let parent = 0
    const offset = this.#prng.nextFloat()
    for (let i = 0; i < count; i++) {
      const at = (i + offset) / count
      while (cumulated < at && parent < count - 1) cumulated += this.#weight[++parent]!
      this.#parents[i] = parent
    }
    const factor = this.#jitterFactor()
    for (let i = 0; i < count; i++) {
      const parentOf = this.#parents[i]!
      const e = [this.#prng.nextNormal(), this.#prng.nextNormal(), this.#prng.nextNormal()]
      for (let j = 0; j < 3; j++) {
        let moved = 0
        for (let k = 0; k <= j; k++) moved += factor[3 * j + k]! * e[k]!
        this.#spares[j]![i] = this.#columns[j]![parentOf]! + moved
      }
    }
    for (const [j, column] of this.#columns.entries()) column.set(this.#spares[j]!)
    this.#weight.fill(1 / count)
    this.#clip()
  }

  /** L with L L' the covariance of the jitter; of each parameter alone where the cloud is flat. */
  #jitterFactor(): Float64Array {
    const jitter = this.#config.jitter ?? JITTER
    const { covariance } = this.#cloudMoments()
    const factor = Float64Array.from(covariance)
    const isRound = choleskyFactor(factor, 3)
    return factor.map((value, at) => {
      if (isRound) return jitter * value
      return at % 4 === 0 ? jitter * Math.sqrt(covariance[at]!) : 0
    })
  }

  /** Weighted, of place, ln scale and shape; the covariance row-major. */
  #cloudMoments(): { readonly mean: readonly number[]; readonly covariance: Float64Array } {
    const weight = this.#weight
    const mean = this.#columns.map((column) => {
      let sum = 0
      for (let i = 0; i < column.length; i++) sum += weight[i]! * column[i]!
      return sum
    })
    const covariance = new Float64Array(9)
    for (const [j, a] of this.#columns.entries()) {
      for (let k = 0; k <= j; k++) {
        const b = this.#columns[k]!
        let sum = 0
        for (let i = 0; i < a.length; i++) {
          sum += weight[i]! * (a[i]! - mean[j]!) * (b[i]! - mean[k]!)
        }
        covariance[3 * j + k] = sum
        covariance[3 * k + j] = sum
      }
    }
    return { mean, covariance }
  }

  /** v'(C + R)^-1 v over the outcomes that were seen, with the cloud's mean and covariance C of p. */
  #innovate(y: ArrayLike<number>, variance: ArrayLike<number>): number {
    const n = this.mean.length
    const s = this.#s.fill(0)
    for (let i = 0; i < this.#count; i++) {
      const at = i * n
      const weight = this.#weight[i]!
      for (let j = 0; j < n; j++) {
        const off = weight * (this.#pmfs[at + j]! - this.mean[j]!)
        for (let k = 0; k <= j; k++) s[j * n + k]! += off * (this.#pmfs[at + k]! - this.mean[k]!)
      }
    }
    for (let j = 0; j < n; j++) {
      if (variance[j] === Infinity) {
        for (let k = 0; k < n; k++) s[j * n + k] = s[k * n + j] = 0
      }
      s[j * n + j]! += variance[j] === Infinity ? 1 : variance[j]!
      const innovation = variance[j] === Infinity ? 0 : y[j]! - this.mean[j]!
      this.#innovation[j] = this.#weighted[j] = innovation
    }
    if (!choleskyFactor(s, n)) throw new AssertionError('observations without a covariance')
    choleskySolve(s, n, this.#weighted)
    let nis = 0
    for (let j = 0; j < n; j++) nis += this.#innovation[j]! * this.#weighted[j]!
    return nis
  }

  /** Half the squares of each particle's residuals, over their variances; the least of them is 0. */
  #fillMisfit(y: ArrayLike<number>, variance: ArrayLike<number>): void {
    const n = this.mean.length
    let least = Infinity
    for (let i = 0; i < this.#count; i++) {
      let misfit = 0
      for (let k = 0; k < n; k++) {
        const residual = y[k]! - this.#pmfs[i * n + k]!
        misfit += (residual * residual) / (2 * variance[k]!)
      }
      this.#misfit[i] = misfit
      least = Math.min(least, misfit)
    }
    for (let i = 0; i < this.#count; i++) this.#misfit[i]! -= least
  }

  /** The largest power of the likelihood, up to `left`, that leaves half of an effective sample. */
  #bearable(left: number): number {
    if (this.#sampleAfter(left) >= this.#count / 2) return left
    let [low, high] = [0, left]
    for (let k = 0; k < HALVINGS; k++) {
      const middle = (low + high) / 2
      if (this.#sampleAfter(middle) >= this.#count / 2) low = middle
      else high = middle
    }
    return high
  }

  #sampleAfter(power: number): number {
    let sum = 0
    let squares = 0
    for (let i = 0; i < this.#count; i++) {
      const weight = this.#weight[i]! * Math.exp(-power * this.#misfit[i]!)
      sum += weight
      squares += weight * weight
    }
    return squares > 0 ? (sum * sum) / squares : 0
  }

  #weigh(power: number): void {
    const weight = this.#weight
    let sum = 0
    for (let i = 0; i < this.#count; i++) {
      weight[i]! *= Math.exp(-power * this.#misfit[i]!)
      sum += weight[i]!
    }
    // The likeliest may have been given up before: then all that are left are as far off.
    if (!(sum > 0)) weight.fill(1 / this.#count)
    else for (let i = 0; i < this.#count; i++) weight[i]! /= sum
  }

  #clip(): void {
    const [, lnScale, shape] = this.#columns
    for (let i = 0; i < this.#count; i++) {
      lnScale[i] = Math.min(LN_SCALE_MAX, Math.max(-LN_SCALE_MAX, lnScale[i]!))
      shape[i] = Math.min(SHAPE_MAX, Math.max(-SHAPE_MAX, shape[i]!))
    }
  }

  #discretise(): void {
    const n = this.mean.length
    const { edges, above = null } = this.#config
    const [place, lnScale, shape] = this.#columns
    for (let i = 0; i < this.#count; i++) {
      discretiseSkewNormal(place[i]!, lnScale[i]!, shape[i]!, edges, above, this.#pmfs, i * n)
    }
  }

  #average(): void {
    const { mean, sd } = this
    const n = mean.length
    mean.fill(0)
    sd.fill(0)
    for (let i = 0; i < this.#count; i++) {
      for (let k = 0; k < n; k++) mean[k]! += this.#weight[i]! * this.#pmfs[i * n + k]!
    }
    // A hair above 1 by rounding where nothing else is possible.
    for (let k = 0; k < n; k++) mean[k] = Math.min(1, mean[k]!)
    for (let i = 0; i < this.#count; i++) {
      for (let k = 0; k < n; k++) {
        sd[k]! += this.#weight[i]! * (this.#pmfs[i * n + k]! - mean[k]!) ** 2
      }
    }
    for (let k = 0; k < n; k++) sd[k] = Math.sqrt(sd[k]!)
  }
}

const tripleOf = ({ place, lnScale, shape }: SkewNormalTriple): readonly [number, number, number] =>
  [place, lnScale, shape] as const
