import { assert } from '@kwm/std'
import type { LadderRowDraft } from './ladder-row.ts'

type PairSaid = Pick<
  LadderRowDraft,
  'correlationUp' | 'correlationShiftUp' | 'leadLagUp' | 'pairGapUp' | 'pairGapUpZ'
>

export type PairMotionConfig = {
  /** Mids are compared once in this much time. */
  readonly stepUs: number
  readonly fastHalfLifeUs: number
  readonly slowHalfLifeUs: number
  /** Effective changes below which there is no estimate. More than 3. */
  readonly minNEff: number
}

export type PairMotionSnapshot = {
  readonly v: 1
  readonly step: number
  /** NaN written as null: mids and changes of the last step, and the sums. */
  readonly numbers: readonly (number | null)[]
}

export const PAIR_MOTION: PairMotionConfig = {
  stepUs: 5_000_000,
  fastHalfLifeUs: 60_000_000,
  slowHalfLifeUs: 900_000_000,
  minNEff: 6,
}

const CORRELATION_MAX = 0.999
const [A, B, DA, DB, MEAN_A, MEAN_B] = [0, 1, 2, 3, 4, 5] as const
const [FAST, SLOW] = [6, 11] as const
/** Of each set of sums: weights, squared weights, a^2, b^2, ab. */
const [W, W2, AA, BB, AB] = [0, 1, 2, 3, 4] as const
const [LAG_AA, LAG_BB, A_THEN_B, B_THEN_A, LATE_BB, LATE_AA] = [16, 17, 18, 19, 20, 21] as const
const [GAP, GAP_Z, GAP_SQUARES, GAP_W] = [22, 23, 24, 25] as const
const NUMBERS = 26

/**
 * How the mids of two adjacent brackets move together, sampled on a fixed grid of time: correlation
 * of their changes (fast and slow, exponentially weighted), which of them leads, and how far the
 * upper one is from where the lower one's move implies it to be. O(1) a step, nothing allocated.
 */
export class PairMotion {
  readonly #config: PairMotionConfig
  readonly #x = new Float64Array(NUMBERS)
  #step = -1
  /** What is said of the last step; null when it is still to be worked out. */
  #said: PairSaid | null = null

  constructor(config: PairMotionConfig = PAIR_MOTION) {
    assert(config.minNEff > 3, `minNEff must leave a degree of freedom: ${config.minNEff}`)
    assert(config.stepUs > 0 && config.fastHalfLifeUs > 0, 'steps and half-lives')
    this.#config = config
    for (const i of [A, B, DA, DB, MEAN_A, MEAN_B, GAP, GAP_Z]) this.#x[i] = NaN
  }

  static restore(config: PairMotionConfig, saved: PairMotionSnapshot): PairMotion {
    const pair = new PairMotion(config)
    pair.#step = saved.step
    pair.#x.set(saved.numbers.map((value) => value ?? NaN))
    return pair
  }

  /** The mids at a time, NaN where there is none. Only the first call of a step counts. */
  sample(timeUs: number, a: number, b: number): void {
    const step = Math.floor(timeUs / this.#config.stepUs)
    if (step <= this.#step) return
    const isNext = step === this.#step + 1
    this.#step = step
    this.#said = null
    const x = this.#x
    const da = isNext ? a - x[A]! : NaN
    const db = isNext ? b - x[B]! : NaN
    x[A] = a
    x[B] = b
    if (isFinitePair(da, db)) {
      this.#addChange(da, db)
      this.#addGap(a, b)
    } else {
      x[GAP] = x[GAP_Z] = NaN
      x[MEAN_A] = a
      x[MEAN_B] = b
    }
    x[DA] = da
    x[DB] = db
  }

  /** What the lower bracket's row says of the pair. */
  fill(row: PairSaid): void {
    const said = (this.#said ??= {
      correlationUp: this.correlation,
      correlationShiftUp: this.shift,
      leadLagUp: this.leadLag,
      pairGapUp: this.gap,
      pairGapUpZ: this.gapZ,
    })
    row.correlationUp = said.correlationUp
    row.correlationShiftUp = said.correlationShiftUp
    row.leadLagUp = said.leadLagUp
    row.pairGapUp = said.pairGapUp
    row.pairGapUpZ = said.pairGapUpZ
  }

  /** Correlation of the changes over the slow half-life; null without enough of them. */
  get correlation(): number | null {
    return this.#correlation(SLOW)
  }

  /** Fisher's z of the fast less the slow correlation. */
  get shift(): number | null {
    const fast = this.#correlation(FAST)
    const slow = this.#correlation(SLOW)
    if (fast === null || slow === null) return null
    return (Math.atanh(fast) - Math.atanh(slow)) * Math.sqrt(this.#nEff(FAST) - 3)
  }

  /**
   * corr(a before, b after) - corr(b before, a after): above 0 the lower bracket leads. A lag is one
   * step.
   */
  get leadLag(): number | null {
    if (this.#nEff(SLOW) < this.#config.minNEff) return null
    const x = this.#x
    const forward = x[LAG_AA]! * x[LATE_BB]!
    const backward = x[LAG_BB]! * x[LATE_AA]!
    if (!(forward > 0) || !(backward > 0)) return null
    return x[A_THEN_B]! / Math.sqrt(forward) - x[B_THEN_A]! / Math.sqrt(backward)
  }

  /**
   * The upper bracket's departure from its own fast mean less beta times the lower one's, beta by
   * slow regression; a probability.
   */
  get gap(): number | null {
    return Number.isNaN(this.#x[GAP]!) ? null : this.#x[GAP]!
  }

  /** The gap over the root mean square of the gaps before it. */
  get gapZ(): number | null {
    return Number.isNaN(this.#x[GAP_Z]!) ? null : this.#x[GAP_Z]!
  }

  snapshot(): PairMotionSnapshot {
    const numbers = Array.from(this.#x, (value) => (Number.isNaN(value) ? null : value + 0))
    return { v: 1, step: this.#step, numbers }
  }

  #addChange(da: number, db: number): void {
    const x = this.#x
    const { stepUs, fastHalfLifeUs, slowHalfLifeUs } = this.#config
    this.#addTo(FAST, 2 ** (-stepUs / fastHalfLifeUs), da, db)
    const slow = 2 ** (-stepUs / slowHalfLifeUs)
    this.#addTo(SLOW, slow, da, db)
    for (let i = LAG_AA; i <= LATE_AA; i++) x[i]! *= slow
    const [a, b] = [x[DA]!, x[DB]!]
    if (!isFinitePair(a, b)) return
    x[LAG_AA]! += a * a
    x[LAG_BB]! += b * b
    x[A_THEN_B]! += a * db
    x[B_THEN_A]! += b * da
    x[LATE_BB]! += db * db
    x[LATE_AA]! += da * da
  }

  #addTo(at: number, decay: number, da: number, db: number): void {
    const x = this.#x
    x[at + W] = x[at + W]! * decay + 1
    x[at + W2] = x[at + W2]! * decay * decay + 1
    x[at + AA] = x[at + AA]! * decay + da * da
    x[at + BB] = x[at + BB]! * decay + db * db
    x[at + AB] = x[at + AB]! * decay + da * db
  }

  #addGap(a: number, b: number): void {
    const x = this.#x
    const { stepUs, fastHalfLifeUs, slowHalfLifeUs, minNEff } = this.#config
    const keep = 2 ** (-stepUs / fastHalfLifeUs)
    x[MEAN_A] = keep * x[MEAN_A]! + (1 - keep) * a
    x[MEAN_B] = keep * x[MEAN_B]! + (1 - keep) * b
    x[GAP] = x[GAP_Z] = NaN
    const squares = x[SLOW + AA]!
    if (this.#nEff(SLOW) < minNEff || squares === 0) return
    const beta = x[SLOW + AB]! / squares
    const gap = b - x[MEAN_B] - beta * (a - x[MEAN_A])
    const meanSquare = x[GAP_W]! > 0 ? x[GAP_SQUARES]! / x[GAP_W]! : 0
    x[GAP] = gap
    if (x[GAP_W]! >= minNEff && meanSquare > 0) x[GAP_Z] = gap / Math.sqrt(meanSquare)
    const slow = 2 ** (-stepUs / slowHalfLifeUs)
    x[GAP_SQUARES] = x[GAP_SQUARES]! * slow + gap * gap
    x[GAP_W] = x[GAP_W]! * slow + 1
  }

  #nEff(at: number): number {
    const weights = this.#x[at + W]!
    return weights === 0 ? 0 : (weights * weights) / this.#x[at + W2]!
  }

  #correlation(at: number): number | null {
    if (this.#nEff(at) < this.#config.minNEff) return null
    const x = this.#x
    const product = x[at + AA]! * x[at + BB]!
    if (!(product > 0)) return null
    const r = x[at + AB]! / Math.sqrt(product)
    return Math.min(CORRELATION_MAX, Math.max(-CORRELATION_MAX, r))
  }
}

const isFinitePair = (a: number, b: number): boolean => Number.isFinite(a) && Number.isFinite(b)
