import { assert } from '@kwm/std'

/** The matrix is raised to 2^SQUARINGS: what is left of any other eigenvalue is beyond rounding. */
const SQUARINGS = 60

export type PerronRoot = {
  /** The largest eigenvalue, which is real and >= 0. */
  readonly radius: number
  /** Its derivative by every entry of the matrix, row-major. */
  readonly gradient: Float64Array
}

/**
 * The spectral radius of a row-major n x n matrix of entries >= 0, with its gradient. By repeated
 * squaring of N + sI, whose powers tend to the product of the right and left Perron vectors; the
 * shift keeps a matrix of period 2 (only cross-excitation) from alternating.
 */
export function perronRoot(matrix: ArrayLike<number>, n: number): PerronRoot {
  assert(n > 0 && matrix.length === n * n, `matrix of ${matrix.length} entries for n ${n}`)
  let shift = 0
  for (let i = 0; i < matrix.length; i++) {
    if (!(matrix[i]! >= 0 && matrix[i]! < Infinity)) assert(false, `entry ${i} is ${matrix[i]}`)
    shift = Math.max(shift, matrix[i]!)
  }
  if (shift === 0) return { radius: 0, gradient: new Float64Array(n * n) }
  let power = Float64Array.from(matrix)
  for (let i = 0; i < n; i++) power[i * n + i]! += shift
  let logScale = 0
  for (let k = 0; k < SQUARINGS; k++) {
    const largest = power.reduce((max, value) => Math.max(max, value), 0)
    logScale += Math.log(largest) / 2 ** k
    power = squared(
      power.map((value) => value / largest),
      n,
    )
  }
  let trace = 0
  for (let i = 0; i < n; i++) trace += power[i * n + i]!
  const gradient = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) gradient[i * n + j] = power[j * n + i]! / trace
  }
  return { radius: Math.max(0, Math.exp(logScale) - shift), gradient }
}

function squared(a: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const left = a[i * n + k]!
      if (left === 0) continue
      for (let j = 0; j < n; j++) out[i * n + j]! += left * a[k * n + j]!
    }
  }
  return out
}
