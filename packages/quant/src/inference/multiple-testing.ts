import { assert } from '@kwm/std'
import { sortOrder } from '../sort-order.ts'

/** p-values adjusted by Benjamini and Hochberg (1995): reject those <= q for a false discovery rate q. */
export function benjaminiHochberg(p: ArrayLike<number>): Float64Array {
  const order = orderOf(p)
  const adjusted = new Float64Array(p.length)
  let least = 1
  for (let k = p.length; k >= 1; k--) {
    least = Math.min(least, (p[order[k - 1]!]! * p.length) / k)
    adjusted[order[k - 1]!] = least
  }
  return adjusted
}

/** p-values adjusted by Holm (1979): reject those <= alpha for a family-wise error of alpha. */
export function holm(p: ArrayLike<number>): Float64Array {
  const order = orderOf(p)
  const adjusted = new Float64Array(p.length)
  let most = 0
  for (let k = 0; k < p.length; k++) {
    most = Math.max(most, Math.min(1, p[order[k]!]! * (p.length - k)))
    adjusted[order[k]!] = most
  }
  return adjusted
}

function orderOf(p: ArrayLike<number>): Uint32Array {
  assert(p.length > 0, 'no p-values')
  for (let i = 0; i < p.length; i++) assert(p[i]! >= 0 && p[i]! <= 1, `p-value ${p[i]}`)
  return sortOrder(p)
}
