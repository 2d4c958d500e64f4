import { fail } from '@kwm/std'

/** ln sum exp(z_i) without overflow. Entries may be -Infinity; of no entries it is -Infinity. */
export function logSumExp(z: ArrayLike<number>): number {
  const max = largest(z)
  if (!Number.isFinite(max)) return max
  let sum = 0
  for (let i = 0; i < z.length; i++) sum += Math.exp(z[i]! - max)
  return max + Math.log(sum)
}

/**
 * exp(z_i) / sum exp(z_j), written to `out` (which may be `z`) and returned. Entries may be -Infinity (probability 0),
 * but not all of them.
 */
export function softmax(
  z: ArrayLike<number>,
  out: Float64Array = new Float64Array(z.length),
): Float64Array {
  // No `assert`: its message would be built on every call, and filters call this per event.
  if (out.length !== z.length) fail(`softmax of ${z.length} into ${out.length}`)
  const max = largest(z)
  if (!Number.isFinite(max)) fail(`softmax needs a finite largest entry, not ${max}`)
  let sum = 0
  for (let i = 0; i < z.length; i++) {
    const e = Math.exp(z[i]! - max)
    out[i] = e
    sum += e
  }
  const scale = 1 / sum
  for (let i = 0; i < out.length; i++) out[i]! *= scale
  return out
}

function largest(z: ArrayLike<number>): number {
  let max = -Infinity
  for (let i = 0; i < z.length; i++) {
    const value = z[i]!
    if (Number.isNaN(value)) fail(`entry ${i} is NaN`)
    if (value > max) max = value
  }
  return max
}
