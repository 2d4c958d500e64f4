import { luSolve } from '../linear-solve.ts'
import { skewNormalCdf } from '../special/skew-normal.ts'

/** Of place, ln scale and shape: a point, a spread or a speed. */
export type SkewNormalTriple = {
  readonly place: number
  readonly lnScale: number
  readonly shape: number
}

/** Shapes beyond this are half normals already, scales outside e^-10..e^10 no scales. */
export const SHAPE_MAX = 30
export const LN_SCALE_MAX = 10

const MASS_MIN = 1e-12
const FIT_STEPS = 60
/** A fit does not look for shapes that a few brackets cannot tell from others. */
const FIT_SHAPE_MAX = 8

/**
 * The probabilities of the outcomes between rising `edges` into n = edges.length + 1 entries of `out`
 * from `at` on. `above` is the place below which nothing can be, null for none: where all of the
 * distribution is below it, the first outcome has everything.
 */
export function discretiseSkewNormal(
  place: number,
  lnScale: number,
  shape: number,
  edges: readonly number[],
  above: number | null,
  out: Float64Array,
  at: number,
): void {
  const scale = Math.exp(lnScale)
  const impossible = above === null ? 0 : skewNormalCdf(above, place, scale, shape)
  const mass = 1 - impossible
  let below = 0
  for (let k = 0; k < edges.length; k++) {
    const cdf = skewNormalCdf(edges[k]!, place, scale, shape)
    const upTo = mass > MASS_MIN ? Math.min(1, (cdf - impossible) / mass) : 1
    out[at + k] = Math.max(0, upTo - below)
    below = Math.max(below, upTo)
  }
  out[at + edges.length] = 1 - below
}

/**
 * The skew normal whose discretisation is closest to `pmf` in squares, each over its PMF: damped
 * Gauss-Newton from the moments about `centres`, with differences for slopes.
 */
export function fitDiscretisedSkewNormal(
  pmf: ArrayLike<number>,
  centres: ArrayLike<number>,
  edges: readonly number[],
  above: number | null,
): SkewNormalTriple {
  const n = pmf.length
  const p = new Float64Array(n)
  const misfitAt = (x: Float64Array, residual: Float64Array): number => {
    discretiseSkewNormal(x[0]!, x[1]!, x[2]!, edges, above, p, 0)
    let sum = 0
    for (let k = 0; k < n; k++) {
      residual[k] = (pmf[k]! - p[k]!) / Math.sqrt(pmf[k]! + 1e-3)
      sum += residual[k]! * residual[k]!
    }
    return sum
  }
  let x = fromMoments(pmf, centres, edges)
  const residual = new Float64Array(n)
  const slopes = [0, 1, 2].map(() => new Float64Array(n))
  const width = Math.exp(x[1]!)
  let misfit = misfitAt(x, residual)
  let damping = 1e-3
  for (let step = 0; step < FIT_STEPS && misfit > 1e-16 && damping < 1e9; step++) {
    for (const [j, slope] of slopes.entries()) {
      const h = 1e-5 * (j === 0 ? width : 1)
      const moved = x.map((value, k) => (k === j ? value + h : value))
      misfitAt(moved, slope)
      for (let k = 0; k < n; k++) slope[k] = (slope[k]! - residual[k]!) / h
    }
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, k) => sum + v * b[k]!, 0)
    const normal = slopes.flatMap((a, i) =>
      slopes.map((b, j) => dot(a, b) + (i === j ? damping * (dot(a, a) + 1e-12) : 0)),
    )
    const change = luSolve(
      normal,
      slopes.map((a) => -dot(a, residual)),
    )
    const next = change && clipped(x.map((value, k) => value + change[k]!))
    const nextResidual = new Float64Array(n)
    const nextMisfit = next ? misfitAt(next, nextResidual) : Infinity
    if (!(nextMisfit < misfit)) {
      damping *= 10
      continue
    }
    x = next!
    misfit = nextMisfit
    residual.set(nextResidual)
    damping /= 10
  }
  return { place: x[0]!, lnScale: x[1]!, shape: x[2]! }
}

/** Mean and spread of the centres, no narrower than a quarter of the narrowest gap; no skew. */
function fromMoments(
  pmf: ArrayLike<number>,
  centres: ArrayLike<number>,
  edges: readonly number[],
): Float64Array {
  let mean = 0
  let square = 0
  for (let k = 0; k < pmf.length; k++) {
    mean += pmf[k]! * centres[k]!
    square += pmf[k]! * centres[k]! * centres[k]!
  }
  let gap = Infinity
  for (let k = 1; k < edges.length; k++) gap = Math.min(gap, edges[k]! - edges[k - 1]!)
  if (gap === Infinity) gap = 1
  const sd = Math.max(gap / 4, Math.sqrt(Math.max(0, square - mean * mean - (gap * gap) / 12)))
  return clipped(Float64Array.of(mean, Math.log(sd), 0))
}

function clipped(x: Float64Array): Float64Array {
  x[1] = Math.min(LN_SCALE_MAX, Math.max(-LN_SCALE_MAX, x[1]!))
  x[2] = Math.min(FIT_SHAPE_MAX, Math.max(-FIT_SHAPE_MAX, x[2]!))
  return x
}
