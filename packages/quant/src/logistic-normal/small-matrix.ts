// Kernels on small dense row-major matrices. They write into `out`, allocate nothing, and trust the
// sizes they are given: the classes that own the buffers fix them once.

/** For the few entries here a loop is several times as fast as `TypedArray.set`. */
export function copyInto(from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!
}

/** out (r x c) = a (r x m) b (m x c). */
export function multiply(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  r: number,
  m: number,
  c: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) {
      let sum = 0
      for (let k = 0; k < m; k++) sum += a[i * m + k]! * b[k * c + j]!
      out[i * c + j] = sum
    }
  }
}

/** out (r x c) = a (r x m) b' with b (c x m). */
export function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  r: number,
  m: number,
  c: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) {
      let sum = 0
      for (let k = 0; k < m; k++) sum += a[i * m + k]! * b[j * m + k]!
      out[i * c + j] = sum
    }
  }
}

/** a (n x n) becomes (a + a') / 2. */
export function symmetrise(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (a[i * n + j]! + a[j * n + i]!) / 2
      a[i * n + j] = mean
      a[j * n + i] = mean
    }
  }
}
