import { assert } from '@kwm/std'

export type KolmogorovSmirnov = {
  /** The largest distance between the empirical and the uniform distribution function. */
  readonly statistic: number
  readonly pValue: number
}

const EXACT_COUNT_MAX = 5_000
const EXACT_WIDTH_MAX = 60
const TERMS_MAX = 100

/** Tests that the values, each in [0, 1], are independent uniforms; two-sided. */
export function kolmogorovSmirnov(values: ArrayLike<number>): KolmogorovSmirnov {
  const n = values.length
  assert(n > 0, 'no values to test')
  const sorted = Float64Array.from(values).sort()
  let statistic = 0
  for (let i = 0; i < n; i++) {
    const u = sorted[i]!
    assert(u >= 0 && u <= 1, `value ${u} outside [0, 1]`)
    statistic = Math.max(statistic, (i + 1) / n - u, u - i / n)
  }
  return { statistic, pValue: kolmogorovTail(n, statistic) }
}

/**
 * P(D_n >= d) for n uniforms: exact by Marsaglia, Tsang and Wang (2003) where that is cheap, else
 * Kolmogorov's limit at Vrbik's corrected argument (2018), within about 1e-5.
 */
export function kolmogorovTail(n: number, d: number): number {
  assert(Number.isSafeInteger(n) && n > 0 && !Number.isNaN(d), `n ${n}, d ${d}`)
  if (d <= 0.5 / n) return 1
  if (d >= 1) return 0
  const root = Math.sqrt(n) * d
  if (n <= EXACT_COUNT_MAX && n * d <= EXACT_WIDTH_MAX && root < 3) return 1 - exactCdf(n, d)
  const x = root + 1 / (6 * Math.sqrt(n)) + (root - 1) / (4 * n)
  let sum = 0
  for (let k = 1; k <= TERMS_MAX; k++) {
    const term = Math.exp(-2 * k * k * x * x)
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-17) break
  }
  return Math.min(1, Math.max(0, 2 * sum))
}

/** n! / n^n times the middle entry of the n-th power of Marsaglia's matrix. */
function exactCdf(n: number, d: number): number {
  const k = Math.floor(n * d) + 1
  const m = 2 * k - 1
  const h = k - n * d
  const matrix = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < Math.min(m, i + 2); j++) matrix[i * m + j] = 1
  }
  for (let i = 0; i < m; i++) {
    matrix[i * m]! -= h ** (i + 1)
    matrix[(m - 1) * m + i]! -= h ** (m - i)
  }
  if (2 * h > 1) matrix[(m - 1) * m]! += (2 * h - 1) ** m
  for (let i = 0; i < m; i++) {
    let factorial = 1
    for (let j = i; j >= 0; j--) {
      factorial *= i - j + 1
      matrix[i * m + j]! /= factorial
    }
  }
  let { values: result, exponent } = matrixPower(matrix, m, n)
  let value = result[(k - 1) * m + k - 1]!
  for (let i = 1; i <= n; i++) {
    value *= i / n
    if (value < 1e-140) {
      value *= 1e140
      exponent -= 140
    }
  }
  return Math.min(1, value * 10 ** exponent)
}

type Scaled = { readonly values: Float64Array; readonly exponent: number }

/** The power as values x 10^exponent, by squaring. */
function matrixPower(matrix: Float64Array, m: number, power: number): Scaled {
  if (power === 1) return { values: matrix, exponent: 0 }
  const half = matrixPower(matrix, m, Math.floor(power / 2))
  let values = multiply(half.values, half.values, m)
  if (power % 2 === 1) values = multiply(matrix, values, m)
  let exponent = 2 * half.exponent
  const middle = values[Math.floor(m / 2) * m + Math.floor(m / 2)]!
  if (middle > 1e140) {
    values = values.map((value) => value * 1e-140)
    exponent += 140
  }
  return { values, exponent }
}

function multiply(a: Float64Array, b: Float64Array, m: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < m; k++) {
      const left = a[i * m + k]!
      if (left === 0) continue
      for (let j = 0; j < m; j++) out[i * m + j]! += left * b[k * m + j]!
    }
  }
  return out
}
