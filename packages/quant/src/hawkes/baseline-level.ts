import { assert } from '@kwm/std'
import { profileIntegral } from './cyclic-profile.ts'
import type { CyclicProfile } from './cyclic-profile.ts'
import type { HawkesParameters } from './hawkes-parameters.ts'

export type BaselineLevelSnapshot = {
  readonly exposure: number
  readonly shares: readonly number[]
}

/** The fitted baseline counts as this part of the memory for ever, so that no level dies out. */
const FITTED_SHARE = 0.1

/**
 * Baselines that follow the events: each event belongs to the baseline with probability baseline /
 * intensity (the E step of EM), and the level is the weighted sum of those over the weighted exposure
 * to the profile, weights halving every half-life. It starts at the fitted level with a full memory.
 */
export class BaselineLevel {
  readonly #fitted: readonly number[]
  readonly #profile: CyclicProfile
  /** The weighted exposure of an endless past, seconds. */
  readonly #memory: number
  readonly #rate: number
  #exposure: number
  readonly #shares: Float64Array

  constructor({ baselines, profile }: HawkesParameters, halfLifeS: number) {
    assert(halfLifeS > 0 && halfLifeS < Infinity, `half-life of the baselines: ${halfLifeS} s`)
    this.#fitted = baselines
    this.#profile = profile
    this.#rate = Math.LN2 / halfLifeS
    this.#memory = 1 / this.#rate
    this.#exposure = this.#memory
    this.#shares = Float64Array.from(baselines, (baseline) => baseline * this.#memory)
  }

  /** Time moves on from `phase` by `seconds`. */
  advance(phase: number, seconds: number): void {
    if (!(seconds > 0)) return
    const decay = Math.exp(-this.#rate * seconds)
    this.#exposure = this.#exposureAfter(phase, seconds, decay)
    for (let i = 0; i < this.#shares.length; i++) this.#shares[i]! *= decay
  }

  /** An event of stream i that belongs to the baseline with this probability. */
  hit(i: number, probability: number): void {
    this.#shares[i]! += probability
  }

  /** The level of stream i, events per second, `seconds` after `phase` if nothing happens. */
  of(i: number, phase: number, seconds: number): number {
    const decay = seconds > 0 ? Math.exp(-this.#rate * seconds) : 1
    const exposure = seconds > 0 ? this.#exposureAfter(phase, seconds, decay) : this.#exposure
    const fitted = FITTED_SHARE * this.#memory
    return (this.#shares[i]! * decay + this.#fitted[i]! * fitted) / (exposure + fitted)
  }

  /** The profile counts by its mean over the step, which is short beside the half-life. */
  #exposureAfter(phase: number, seconds: number, decay: number): number {
    const mean = profileIntegral(this.#profile, phase, phase + seconds) / seconds
    return decay * this.#exposure + mean * (1 - decay) * this.#memory
  }

  snapshot(): BaselineLevelSnapshot {
    return { exposure: this.#exposure, shares: Array.from(this.#shares) }
  }

  load(saved: BaselineLevelSnapshot): void {
    this.#exposure = saved.exposure
    this.#shares.set(saved.shares)
  }
}
