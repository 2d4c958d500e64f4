const RADIX_MIN_ROWS = 512
const DIGITS = 65_536

/**
 * The indices of `values` in ascending order, ties in their order of appearance. No NaN. Long
 * arrays go through a radix sort of the IEEE bits: linear, and -0 sorts as 0.
 */
export function sortOrder(values: ArrayLike<number>): Uint32Array {
  const n = values.length
  const order = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  if (n < RADIX_MIN_ROWS) return order.sort((i, j) => values[i]! - values[j]! || i - j)
  const keys = sortableBits(values)
  let from: Uint32Array = order
  let to: Uint32Array = new Uint32Array(n)
  const counts = new Uint32Array(DIGITS)
  for (let digit = 0; digit < 4; digit++) {
    counts.fill(0)
    for (let i = 0; i < n; i++) counts[keys[4 * i + digit]!]!++
    if (counts[keys[digit]!] === n) continue
    let at = 0
    for (let k = 0; k < DIGITS; k++) {
      const count = counts[k]!
      counts[k] = at
      at += count
    }
    for (let i = 0; i < n; i++) {
      const row = from[i]!
      to[counts[keys[4 * row + digit]!]!++] = row
    }
    const held = from
    from = to
    to = held
  }
  return from
}

/** Four 16-bit digits a value, least first, that order as unsigned numbers like the values do. */
function sortableBits(values: ArrayLike<number>): Uint16Array {
  const keys = new Uint16Array(4 * values.length)
  const double = new Float64Array(1)
  const words = new Uint16Array(double.buffer)
  for (let i = 0; i < values.length; i++) {
    double[0] = values[i]! + 0
    const flip = words[3]! & 0x8000 ? 0xffff : 0
    keys[4 * i] = words[0]! ^ flip
    keys[4 * i + 1] = words[1]! ^ flip
    keys[4 * i + 2] = words[2]! ^ flip
    keys[4 * i + 3] = words[3]! ^ (flip || 0x8000)
  }
  return keys
}
