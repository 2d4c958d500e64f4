import { assert } from '@kwm/std'

export type SavitzkyGolayShape = {
  /** Points in the window, oldest first. */
  readonly window: number
  /** Degree of the polynomial, below `window`. */
  readonly order: number
  /** The index the polynomial is evaluated at, 0..window - 1; `window - 1` is the causal one. */
  readonly position: number
  /** 0 for the level, 1 for the first derivative, and so on. */
  readonly derivative: number
  /** Grid step, in whatever unit the derivative shall be per. */
  readonly step?: number
}

export const SAVITZKY_GOLAY_WINDOW_MAX = 1_024

/**
 * Savitzky-Golay weights, oldest first: `sum c[i] x[i]` is the derivative at `position` of the least
 * squares polynomial through the window (Savitzky and Golay 1964). By discrete orthogonal
 * polynomials on [-1, 1] (Forsythe 1957), so no normal equations are solved. Weights sum to 1 for
 * derivative 0 and to 0 above.
 */
export function savitzkyGolayWeights(shape: SavitzkyGolayShape): Float64Array {
  const { window, order, position, derivative, step = 1 } = shape
  assert(isCount(window) && window >= 1 && window <= SAVITZKY_GOLAY_WINDOW_MAX, 'window')
  assert(isCount(order) && order < window, `order ${order} in a window of ${window}`)
  assert(isCount(derivative), `derivative ${derivative}`)
  assert(position >= 0 && position <= window - 1, `position ${position}`)
  assert(Number.isFinite(step) && step > 0, `step ${step}`)
  const weights = new Float64Array(window)
  if (derivative > order) return weights

  const half = Math.max(1, (window - 1) / 2)
  const z = Float64Array.from({ length: window }, (_, i) => (i - (window - 1) / 2) / half)
  const at = (position - (window - 1) / 2) / half
  let current = new Float64Array(window).fill(1)
  let previous = new Float64Array(window)
  // Derivatives 0..derivative of the same two polynomials at the position.
  let currentAt = new Float64Array(derivative + 1)
  let previousAt = new Float64Array(derivative + 1)
  currentAt[0] = 1
  let norm = window
  let ratio = 0
  for (let degree = 0; ; degree++) {
    const scale = currentAt[derivative]! / norm
    for (let i = 0; i < window; i++) weights[i]! += scale * current[i]!
    if (degree === order) break
    const next = current.map((p, i) => z[i]! * p - ratio * previous[i]!)
    const nextAt = currentAt.map(
      (p, s) => at * p + (s > 0 ? s * currentAt[s - 1]! : 0) - ratio * previousAt[s]!,
    )
    previous = current
    current = next
    previousAt = currentAt
    currentAt = nextAt
    const nextNorm = current.reduce((sum, p) => sum + p * p, 0)
    ratio = nextNorm / norm
    norm = nextNorm
  }
  const unit = (half * step) ** derivative
  return weights.map((weight) => weight / unit)
}

/**
 * The causal filter on a uniform grid: entry i is the derivative at grid point i from the window
 * ending there, null where the window is not full or holds a null.
 */
export function savitzkyGolayCausal(
  grid: readonly (number | null)[],
  shape: Omit<SavitzkyGolayShape, 'position'>,
): (number | null)[] {
  const { window } = shape
  const weights = savitzkyGolayWeights({ ...shape, position: window - 1 })
  return grid.map((_, end) => weighedSum(weights, grid, end - window + 1))
}

/** `sum weights[i] grid[from + i]`, null when a value is missing. */
export function weighedSum(
  weights: Float64Array,
  grid: readonly (number | null)[],
  from: number,
): number | null {
  if (from < 0) return null
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const x = grid[from + i]
    if (x === undefined || x === null) return null
    assert(Number.isFinite(x), `a grid value must be finite: ${x}`)
    sum += weights[i]! * x
  }
  return sum
}

const isCount = (n: number): boolean => Number.isInteger(n) && n >= 0
