import { AssertionError, assert, Prng, type PrngState } from '@kwm/std'
import { skewNormalCdf } from '../special/skew-normal.ts'

/** Of place, ln scale and shape: a start, or a speed. */
export type SkewNormalTriple = {
  readonly place: number
  readonly lnScale: number
  readonly shape: number
}

export type SkewNormalParticlesConfig = {
  /** The places between neighbouring outcomes, rising: one less than there are outcomes. */
  readonly edges: readonly number[]
  readonly start: SkewNormalTriple
  /** Standard deviations of the start. */
  readonly startSd: SkewNormalTriple
  /** Variances of the random walk, per second. */
  readonly walkPerSecond: SkewNormalTriple
  readonly particles?: number
  /** After a resampling each particle moves by this part of the cloud's standard deviation. */
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
/** Shapes beyond this are half normals already, scales outside e^-10..e^10 no scales. */
const SHAPE_MAX = 30
const LN_SCALE_MAX = 10

/**
 * A PMF tracked as a discretised skew normal by particles of its place, ln scale and shape (MODELS 6.4,
 * method 3): for when the logistic-normal filter's innovations stay beyond belief. Systematic
 * resampling when the effective sample falls below half. Seeded: the same calls give the same answer.
 */
export class SkewNormalParticles {
  /** E[p] and the standard deviation of each entry over the cloud. Reused by the next observation. */
  readonly mean: Float64Array
  readonly sd: Float64Array
  readonly #config: SkewNormalParticlesConfig
  readonly #count: number
  #prng: Prng
  readonly #columns: readonly [Float64Array, Float64Array, Float64Array]
  readonly #spare: Float64Array
  readonly #parents: Int32Array
  readonly #weight: Float64Array
  readonly #logWeight: Float64Array
  readonly #pmfs: Float64Array

  constructor(config: SkewNormalParticlesConfig) {
    const { edges, start, startSd, particles = PARTICLES, seed } = config
    assert(edges.length > 0 && edges.every(Number.isFinite), 'edges between outcomes')
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
    this.#spare = new Float64Array(particles)
    this.#parents = new Int32Array(particles)
    this.#weight = new Float64Array(particles).fill(1 / particles)
    this.#logWeight = new Float64Array(particles)
    this.#pmfs = new Float64Array(particles * n)
    this.#clip()
    this.#summarise()
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
    cloud.#summarise()
    return cloud
  }

  /** (sum w)^2 / sum w^2: how many equal particles these are worth. */
  get effectiveSample(): number {
    let squares = 0
    for (const weight of this.#weight) squares += weight * weight
    return 1 / squares
  }

  /** Lets time pass: each particle walks. `mean` and `sd` are brought up to date. */
  predict(seconds: number): void {
    assert(seconds >= 0 && seconds < Infinity, `a step of ${seconds} s`)
    const { place, lnScale, shape } = this.#config.walkPerSecond
    for (const [index, variance] of [place, lnScale, shape].entries()) {
      const column = this.#columns[index]!
      const sd = Math.sqrt(variance * seconds)
      if (sd === 0) continue
      for (let i = 0; i < column.length; i++) column[i]! += sd * this.#prng.nextNormal()
    }
    this.#clip()
    this.#summarise()
  }

  /** Observes y = p + noise of independent `variance`; Infinity for an outcome nobody saw. */
  observe(y: ArrayLike<number>, variance: ArrayLike<number>): void {
    const n = this.mean.length
    if (y.length !== n || variance.length !== n) {
      throw new AssertionError(`${y.length} observations, ${variance.length} variances for ${n}`)
    }
    for (let k = 0; k < n; k++) {
      assert(
        Number.isFinite(y[k]!) && variance[k]! > 0,
        `observation ${k}: ${y[k]}, ${variance[k]}`,
      )
    }
    let best = -Infinity
    for (let i = 0; i < this.#count; i++) {
      let misfit = 0
      for (let k = 0; k < n; k++) {
        const residual = y[k]! - this.#pmfs[i * n + k]!
        misfit += (residual * residual) / variance[k]!
      }
      const log = Math.log(this.#weight[i]!) - misfit / 2
      this.#logWeight[i] = log
      best = Math.max(best, log)
    }
    let sum = 0
    for (let i = 0; i < this.#count; i++) {
      const weight = Math.exp(this.#logWeight[i]! - best)
      this.#weight[i] = weight
      sum += weight
    }
    for (let i = 0; i < this.#count; i++) this.#weight[i]! /= sum
    if (this.effectiveSample < this.#count / 2) this.#resample()
    this.#summarise()
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
    const jitter = this.#config.jitter ?? JITTER
    for (const column of this.#columns) {
      let mean = 0
      let square = 0
      for (let i = 0; i < count; i++) {
        mean += this.#weight[i]! * column[i]!
        square += this.#weight[i]! * column[i]! * column[i]!
      }
      const sd = jitter * Math.sqrt(Math.max(0, square - mean * mean))
      for (let i = 0; i < count; i++) {
        this.#spare[i] = column[this.#parents[i]!]! + sd * this.#prng.nextNormal()
      }
      column.set(this.#spare)
    }
    this.#weight.fill(1 / count)
    this.#clip()
  }

  #clip(): void {
    const [, lnScale, shape] = this.#columns
    for (let i = 0; i < this.#count; i++) {
      lnScale[i] = Math.min(LN_SCALE_MAX, Math.max(-LN_SCALE_MAX, lnScale[i]!))
      shape[i] = Math.min(SHAPE_MAX, Math.max(-SHAPE_MAX, shape[i]!))
    }
  }

  /** Each particle's PMF, and their weighted mean and spread. */
  #summarise(): void {
    const { mean, sd } = this
    const { edges } = this.#config
    const n = mean.length
    const [place, lnScale, shape] = this.#columns
    mean.fill(0)
    sd.fill(0)
    for (let i = 0; i < this.#count; i++) {
      const scale = Math.exp(lnScale[i]!)
      let below = 0
      for (let k = 0; k < n; k++) {
        const upTo = k < n - 1 ? skewNormalCdf(edges[k]!, place[i]!, scale, shape[i]!) : 1
        const p = Math.max(0, upTo - below)
        below = Math.max(below, upTo)
        this.#pmfs[i * n + k] = p
        mean[k]! += this.#weight[i]! * p
        sd[k]! += this.#weight[i]! * p * p
      }
    }
    for (let k = 0; k < n; k++) sd[k] = Math.sqrt(Math.max(0, sd[k]! - mean[k]! * mean[k]!))
  }
}
