import type { HawkesParameters } from './hawkes-parameters.ts'

/**
 * The sums over past events that every intensity is made of: for each decay k and source j, the sum
 * of mark x exp(-beta_k (t - s)). Events at the present moment wait beside, because an intensity is
 * a left limit: they excite nothing that happens at the same time.
 */
export class Excitation {
  readonly #streams: number
  readonly #decays: Float64Array
  /** n_kij beta_k: the jump of stream i's intensity. */
  readonly #jumps: Float64Array
  readonly sums: Float64Array
  readonly waiting: Float64Array

  constructor({ streams, decays, branching }: HawkesParameters) {
    this.#streams = streams
    this.#decays = Float64Array.from(decays)
    const pairs = streams * streams
    this.#jumps = Float64Array.from(branching, (n, at) => n * decays[Math.floor(at / pairs)]!)
    this.sums = new Float64Array(decays.length * streams)
    this.waiting = new Float64Array(streams)
  }

  /** Moves time on; by nothing, nothing changes. */
  advance(seconds: number): void {
    if (!(seconds > 0)) return
    for (let k = 0; k < this.#decays.length; k++) {
      const decay = Math.exp(-this.#decays[k]! * seconds)
      const row = k * this.#streams
      for (let j = 0; j < this.#streams; j++) {
        this.sums[row + j] = decay * (this.sums[row + j]! + this.waiting[j]!)
      }
    }
    this.waiting.fill(0)
  }

  /** An event of stream j, now. */
  hit(j: number, mark: number): void {
    this.waiting[j]! += mark
  }

  /** What excites stream i, `seconds` from now if nothing happens until then. */
  of(i: number, seconds: number): number {
    const streams = this.#streams
    const isLater = seconds > 0
    let total = 0
    for (let k = 0; k < this.#decays.length; k++) {
      const row = k * streams
      const jumps = (row + i) * streams
      let sum = 0
      for (let j = 0; j < streams; j++) {
        const excited = isLater ? this.sums[row + j]! + this.waiting[j]! : this.sums[row + j]!
        sum += this.#jumps[jumps + j]! * excited
      }
      total += isLater ? sum * Math.exp(-this.#decays[k]! * seconds) : sum
    }
    return total
  }

  /** What excites every stream, likewise, added to `out`. */
  addTo(out: Float64Array, seconds: number): void {
    const streams = this.#streams
    const isLater = seconds > 0
    for (let k = 0; k < this.#decays.length; k++) {
      const row = k * streams
      const decay = isLater ? Math.exp(-this.#decays[k]! * seconds) : 1
      for (let i = 0; i < streams; i++) {
        const jumps = (row + i) * streams
        let sum = 0
        for (let j = 0; j < streams; j++) {
          const excited = isLater ? this.sums[row + j]! + this.waiting[j]! : this.sums[row + j]!
          sum += this.#jumps[jumps + j]! * excited
        }
        out[i]! += sum * decay
      }
    }
  }

  /** The excitation of stream i integrated over the next `seconds`. */
  integral(i: number, seconds: number): number {
    const streams = this.#streams
    let total = 0
    for (let k = 0; k < this.#decays.length; k++) {
      const row = k * streams
      const jumps = (row + i) * streams
      let sum = 0
      for (let j = 0; j < streams; j++) {
        sum += this.#jumps[jumps + j]! * (this.sums[row + j]! + this.waiting[j]!)
      }
      const beta = this.#decays[k]!
      total += (sum * -Math.expm1(-beta * seconds)) / beta
    }
    return total
  }
}
