import { assert } from '@kwm/std'
import { ChainKernel, LANES, REACH } from './chain-kernel.ts'
import { FreeMoments, limitAt, type ResidualPath } from './residual-path.ts'

export const CHAIN_GRID_SIZE = 601

/**
 * P(T_1 … T_k ≤ c) by a Markov chain on a grid of u whose mass above c is killed at every step
 * (MODELS 5.7, method 1). The kernel is built once per φ; a chain holds scratch space, so one owner.
 */
export class KilledChain {
  readonly phi: number
  readonly #kernel: ChainKernel
  #now: Float64Array
  #next: Float64Array

  constructor(phi: number, gridSize = CHAIN_GRID_SIZE) {
    this.phi = phi
    this.#kernel = new ChainKernel(phi, gridSize)
    this.#now = new Float64Array(gridSize * LANES)
    this.#next = new Float64Array(gridSize * LANES)
  }

  /** Survival `[threshold][step]`, step 0 being T_1, of each threshold in °F. */
  survival(path: ResidualPath, thresholdsF: readonly number[]): Float64Array[] {
    assert(path.phi === this.phi, `path of phi ${path.phi} in a chain of ${this.phi}`)
    assert(path.meanF.length === path.sdF.length, 'a mean and a deviation for every step')
    const curves = thresholdsF.map(() => new Float64Array(path.meanF.length))
    const order = thresholdsF.map((_, c) => c).toSorted((a, b) => thresholdsF[a]! - thresholdsF[b]!)
    for (let at = 0; at < order.length; at += LANES) {
      const lanes = order.slice(at, at + LANES)
      const limitsF = lanes.map((c) => thresholdsF[c]!)
      this.#run(
        path,
        limitsF,
        lanes.map((c) => curves[c]!),
      )
    }
    return curves
  }

  /** Up to four thresholds, ascending, into their survival curves. */
  #run(path: ResidualPath, limitsF: readonly number[], curves: readonly Float64Array[]): void {
    const kernel = this.#kernel
    const survival = new Float64Array(LANES).fill(1)
    const lastActive = lastActiveStep(path, limitsF[0]!)
    const u = new FreeMoments(path)
    let source: readonly [number, number] | null = null
    for (let k = 0; k < path.meanF.length; k++, u.advance()) {
      const reach = REACH * Math.sqrt(u.variance)
      // Until a threshold comes within reach nothing is killed and u is exactly normal.
      const isFree = source === null && limitAt(path, k, limitsF[0]!) > u.mean + reach
      if (!isFree && k <= lastActive) {
        const highest = limitAt(path, k, limitsF.at(-1)!)
        const from = kernel.row(u.mean - reach, -1)
        const to = Math.max(from, Math.min(kernel.row(u.mean + reach, 1), kernel.row(highest, 4)))
        if (source) {
          kernel.step(this.#now, this.#next, source, [from, to])
          ;[this.#now, this.#next] = [this.#next, this.#now]
        } else kernel.normal(u.mean, u.variance, this.#now, from, to)
        source = [from, to]
        for (const [lane, limitF] of limitsF.entries()) {
          const mass = kernel.kill(this.#now, lane, limitAt(path, k, limitF), from, to)
          survival[lane] = Math.max(0, Math.min(survival[lane]!, mass))
        }
      }
      for (const [lane, curve] of curves.entries()) curve[k] = survival[lane]!
    }
  }
}

/** After it the threshold is not within reach of u any more. */
function lastActiveStep(path: ResidualPath, lowestF: number): number {
  const u = new FreeMoments(path)
  let last = -1
  for (let k = 0; k < path.meanF.length; k++, u.advance()) {
    if (limitAt(path, k, lowestF) <= u.mean + REACH * Math.sqrt(u.variance)) last = k
  }
  return last
}

/** P(first above at step k): what survival loses there. */
export const firstPassage = (survival: ArrayLike<number>): number[] =>
  Array.from({ length: survival.length }, (_, k) => (k === 0 ? 1 : survival[k - 1]!) - survival[k]!)

/** P(above at step k, given not before). 0 where nothing survived to be asked. */
export const discreteHazard = (survival: ArrayLike<number>): number[] =>
  firstPassage(survival).map((passed, k) => {
    const before = k === 0 ? 1 : survival[k - 1]!
    return before > 0 ? passed / before : 0
  })

/** P(above within the first `steps` steps). */
export const hazardWithin = (survival: ArrayLike<number>, steps: number): number =>
  survival.length === 0 || steps === 0 ? 0 : 1 - survival[Math.min(steps, survival.length) - 1]!
