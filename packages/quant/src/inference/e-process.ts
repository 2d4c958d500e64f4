import { assert } from '@kwm/std'

export type EProcessOptions = {
  /** Score differences lie in [-bound, bound]. */
  readonly bound: number
  /** Largest share of the wealth put on one round, below 1. */
  readonly stakeMax?: number
}

export type EProcessSnapshot = {
  readonly bound: number
  readonly stakeMax: number
  readonly logWealth: number
  readonly logWealthMax: number
  readonly gradientSquares: number
  readonly stake: number
  readonly rounds: number
}

/** 2 / (2 - ln 3), the step of the online Newton strategy of Cutkosky and Orabona (2018). */
const NEWTON_STEP = 2 / (2 - Math.log(3))

/**
 * Anytime-valid evidence that forecaster A beats B (Choe and Ramdas 2023; betting as in Waudby-Smith
 * and Ramdas 2023). Feed d = loss(B) - loss(A), one independent unit a round. Under the null, that d
 * has no positive conditional mean, the wealth prod (1 + stake_t d_t / bound) with stake_t >= 0 chosen
 * before d_t is a supermartingale from 1, so P(it ever reaches 1 / alpha) <= alpha whenever one looks
 * or stops (Ville). Stakes follow the online Newton step on log wealth.
 */
export class EProcess {
  readonly #bound: number
  readonly #stakeMax: number
  #stake = 0
  #gradientSquares = 1
  #logWealth = 0
  #logWealthMax = 0
  #rounds = 0

  constructor({ bound, stakeMax = 0.5 }: EProcessOptions) {
    assert(bound > 0 && bound < Infinity, `bound ${bound}`)
    assert(stakeMax > 0 && stakeMax < 1, `stakeMax ${stakeMax} must be in (0, 1)`)
    this.#bound = bound
    this.#stakeMax = stakeMax
  }

  /** Returns the e-value after this round. Throws when the difference is out of bounds. */
  add(difference: number): number {
    const x = difference / this.#bound
    assert(x >= -1 && x <= 1, `difference ${difference} beyond the bound ${this.#bound}`)
    const growth = 1 + this.#stake * x
    this.#rounds++
    this.#logWealth += Math.log(growth)
    this.#logWealthMax = Math.max(this.#logWealthMax, this.#logWealth)
    const gradient = x / growth
    this.#gradientSquares += gradient * gradient
    const moved = this.#stake + (NEWTON_STEP * gradient) / this.#gradientSquares
    this.#stake = Math.min(this.#stakeMax, Math.max(0, moved))
    return this.eValue
  }

  /** Evidence now; the reciprocal is no p-value of a chosen moment unless capped at 1. */
  get eValue(): number {
    return Math.exp(this.#logWealth)
  }

  get rounds(): number {
    return this.#rounds
  }

  /** min(1, 1 / the largest e-value so far): a p-value at any stopping time. */
  get anytimeP(): number {
    return Math.min(1, Math.exp(-this.#logWealthMax))
  }

  snapshot(): EProcessSnapshot {
    return {
      bound: this.#bound,
      stakeMax: this.#stakeMax,
      logWealth: this.#logWealth,
      logWealthMax: this.#logWealthMax,
      gradientSquares: this.#gradientSquares,
      stake: this.#stake,
      rounds: this.#rounds,
    }
  }

  static restore(snapshot: EProcessSnapshot): EProcess {
    const restored = new EProcess(snapshot)
    restored.#logWealth = snapshot.logWealth
    restored.#logWealthMax = snapshot.logWealthMax
    restored.#gradientSquares = snapshot.gradientSquares
    restored.#stake = snapshot.stake
    restored.#rounds = snapshot.rounds
    return restored
  }
}
