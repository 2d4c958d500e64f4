import { normCdf } from '@kwm/quant'
import { assert } from '@kwm/std'
import type { TemperaturePath } from '../weather/temperature-path.ts'
import { MINUTES_PER_DAY, residualStep, turbulenceSdF } from '../weather/temperature-path.ts'

/** Grid of the weather residual: spacing below its one-minute step, out to six deviations. */
const GRID_STEP_F = 0.1
const GRID_WIDTH_SDS = 6
const KERNEL_WIDTH_SDS = 6

/** The true probability of each bracket after each minute of the day. */
export type TrueProbabilities = {
  readonly bracketCount: number
  /** Row `minute` is what the readings of minutes 0..minute imply; one value per bracket. */
  at(minute: number): Float64Array
}

/**
 * Exact, by backward induction. For an upper edge `b`, let `V_i(x)` be the probability that no
 * reading after minute `i` reaches `b` when the weather residual is `x`. Then `V` of the last minute
 * is 1 and, with `x'` normal around `persistence × x` and `s` the deviation of the turbulence,
 *
 *     V_i(x) = E[ Φ((b − curve_{i+1} − x') / s_{i+1}) · V_{i+1}(x') ]
 *
 * The integral is a trapezoid sum on a grid finer than the step of `x`, which is exact to rounding
 * for so smooth an integrand. The chance that the day's maximum stays below `b` is then `V_i` of the
 * present residual, or 0 once the running maximum has reached `b`; a bracket is the difference
 * between its two edges. Only the present is used of the path, never what comes after it.
 *
 * `edgesF` are the inner edges between brackets, ascending (half degrees).
 */
export function trueProbabilities(
  path: TemperaturePath,
  edgesF: readonly number[],
  fromMinute = 0,
): TrueProbabilities {
  assert(
    edgesF.every((edge, i) => i === 0 || edge > edgesF[i - 1]!),
    'bracket edges ascend',
  )
  const bracketCount = edgesF.length + 1
  const rows = new Map<number, Float64Array>()
  for (let minute = fromMinute; minute < MINUTES_PER_DAY; minute++) {
    rows.set(minute, new Float64Array(bracketCount))
  }
  const below = edgesF.map((edge) => chanceOfStayingBelow(path, edge, fromMinute))
  for (const [minute, row] of rows) {
    let lower = 0
    for (let k = 0; k < bracketCount; k++) {
      const upper = k < edgesF.length ? below[k]![minute]! : 1
      row[k] = Math.max(0, upper - lower)
      lower = Math.max(lower, upper)
    }
  }
  return {
    bracketCount,
    at: (minute) => {
      const row = rows.get(minute)
      assert(row !== undefined, `no probabilities for minute ${minute}`)
      return row
    },
  }
}

/** By minute: the probability that the maximum of the whole day stays below `edgeF`. */
function chanceOfStayingBelow(
  path: TemperaturePath,
  edgeF: number,
  fromMinute: number,
): Float64Array {
  const { weather, curveF, residualF, runningMaxF } = path
  const { persistence, stepSdF } = residualStep(weather)
  const half = Math.ceil((GRID_WIDTH_SDS * weather.weatherSdF) / GRID_STEP_F)
  const size = 2 * half + 1
  const kernel = kernelRows(size, half, persistence, stepSdF)
  const chance = new Float64Array(MINUTES_PER_DAY)
  const value = new Float64Array(size).fill(1)
  const weighted = new Float64Array(size)
  chance[MINUTES_PER_DAY - 1] = runningMaxF[MINUTES_PER_DAY - 1]! < edgeF ? 1 : 0
  for (let minute = MINUTES_PER_DAY - 2; minute >= fromMinute; minute--) {
    const room = edgeF - curveF[minute + 1]!
    const sd = turbulenceSdF(weather, minute + 1)
    for (let g = 0; g < size; g++) {
      const x = (g - half) * GRID_STEP_F
      const ahead = value[g]!
      weighted[g] = ahead === 0 ? 0 : chanceBelow((room - x) / sd) * ahead
    }
    if (runningMaxF[minute]! < edgeF) {
      chance[minute] = expectation(weighted, half, persistence * residualF[minute]!, stepSdF)
    }
    for (let g = 0; g < size; g++) {
      let sum = 0
      const first = kernel.first[g]!
      for (let k = 0; k < kernel.taps; k++) {
        sum += kernel.weights[g * kernel.taps + k]! * weighted[first + k]!
      }
      value[g] = sum
    }
  }
  return chance
}

/** Φ, cut off where it is 0 or 1 to nine places: most of the grid is there. */
function chanceBelow(z: number): number {
  if (z > 6) return 1
  return z < -6 ? 0 : normCdf(z)
}

/** The mean of a function on the grid under a normal, by the normalised trapezoid sum. */
function expectation(onGrid: Float64Array, half: number, mean: number, sd: number): number {
  const reach = Math.ceil((KERNEL_WIDTH_SDS * sd) / GRID_STEP_F)
  const centre = Math.round(mean / GRID_STEP_F) + half
  const first = Math.max(0, Math.min(centre - reach, onGrid.length - 1))
  const last = Math.min(onGrid.length - 1, Math.max(centre + reach, 0))
  let sum = 0
  let total = 0
  for (let g = first; g <= last; g++) {
    const z = ((g - half) * GRID_STEP_F - mean) / sd
    const weight = Math.exp(-0.5 * z * z)
    sum += weight * onGrid[g]!
    total += weight
  }
  return total > 0 ? sum / total : onGrid[first]!
}

type Kernel = {
  readonly taps: number
  readonly first: Int32Array
  readonly weights: Float64Array
}

function kernelRows(size: number, half: number, persistence: number, sd: number): Kernel {
  const reach = Math.ceil((KERNEL_WIDTH_SDS * sd) / GRID_STEP_F)
  const taps = 2 * reach + 1
  const first = new Int32Array(size)
  const weights = new Float64Array(size * taps)
  for (let g = 0; g < size; g++) {
    const mean = persistence * (g - half) * GRID_STEP_F
    const start = Math.round(mean / GRID_STEP_F) + half - reach
    first[g] = Math.max(0, Math.min(start, size - taps))
    let total = 0
    for (let k = 0; k < taps; k++) {
      const z = ((first[g]! + k - half) * GRID_STEP_F - mean) / sd
      const weight = Math.exp(-0.5 * z * z)
      weights[g * taps + k] = weight
      total += weight
    }
    for (let k = 0; k < taps; k++) weights[g * taps + k]! /= total
  }
  return { taps, first, weights }
}
