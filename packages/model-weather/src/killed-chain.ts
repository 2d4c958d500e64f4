import { assert } from '@kwm/std'
import { normCdf } from '@kwm/quant'
import { ChainKernel, gridSizeFor, LANES, REACH } from './chain-kernel.ts'
import { activeSteps, FreeMoments, limitAt, type ResidualPath } from './residual-path.ts'

/**
 * Cells to a kernel's deviation: a grid of 337 at the default φ. With the boundary weights the survival
 * is then within 1e-6 of a grid four times as fine.
 */
export const CHAIN_CELLS_PER_SD = 5
/** A threshold further from u than this many deviations kills nothing: less than 1e-6 a step. */
const ACTIVE_SD = 5
/** Survival below it is over. */
const NOTHING_LEFT = 1e-12

/**
 * P(T_1 … T_k ≤ c) by a Markov chain on a grid of u whose mass above c is killed at every step
 * (MODELS 5.7, method 1). The kernel is built once per φ; a chain holds scratch space, so one owner.
 */
export class KilledChain {
  readonly phi: number
  readonly #kernel: ChainKernel
  #now: Float64Array
  #next: Float64Array

  constructor(phi: number, gridSize = gridSizeFor(phi, CHAIN_CELLS_PER_SD)) {
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
    const active = activeSteps(path, limitsF[0]!, ACTIVE_SD)
    const u = new FreeMoments(path)
    let source: readonly [number, number] | null = null
    for (let k = 0; k < path.meanF.length; k++, u.advance()) {
      const sd = Math.sqrt(u.variance)
      const reach = REACH * sd
      // Until a threshold comes within reach nothing is killed and u is exactly normal.
      const isActive = active !== null && k >= active.first && k <= active.last
      if (isActive && survival[limitsF.length - 1]! > NOTHING_LEFT) {
        const highest = limitAt(path, k, limitsF.at(-1)!)
        const from = kernel.row(u.mean - reach, -1)
        const to = Math.max(from, Math.min(kernel.row(u.mean + reach, 1), kernel.row(highest, 4)))
        if (source) {
          kernel.step(this.#now, this.#next, source, [from, to])
          ;[this.#now, this.#next] = [this.#next, this.#now]
        } else kernel.normal(u.mean, u.variance, this.#now, from, to)
        for (const [lane, limitF] of limitsF.entries()) {
          const limit = limitAt(path, k, limitF)
          const mass = kernel.kill(this.#now, lane, limit, from, to)
          // What was free until now is exactly normal.
          const left = source ? mass : normCdf((limit - u.mean) / sd)
          survival[lane] = Math.max(0, Math.min(survival[lane]!, left))
        }
        source = [from, to]
      }
      for (const [lane, curve] of curves.entries()) curve[k] = survival[lane]!
    }
  }
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
