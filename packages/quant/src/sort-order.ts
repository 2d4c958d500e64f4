const RADIX_MIN_ROWS = 512
const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS
/** A run of equal high words is sorted by insertion up to this length. */
const INSERTION_MAX = 24

/**
 * The indices of `values` in ascending order, ties in their order of appearance. No NaN. Long arrays
 * go through a radix sort of the high words of their IEEE bits; -0 sorts as 0.
 */
export function sortOrder(values: ArrayLike<number>): Uint32Array {
  const n = values.length
  let order: Uint32Array = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  if (n < RADIX_MIN_ROWS) return order.sort((i, j) => values[i]! - values[j]! || i - j)
  let keys: Uint32Array = highWords(values)
  let [otherOrder, otherKeys]: Uint32Array[] = [new Uint32Array(n), new Uint32Array(n)]
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    if (!scatter(keys, order, otherKeys!, otherOrder!, shift)) continue
    ;[keys, otherKeys] = [otherKeys!, keys]
    ;[order, otherOrder] = [otherOrder!, order]
  }
  for (let from = 0; from < n;) {
    let to = from + 1
    while (to < n && keys[to] === keys[from]) to++
    if (to - from > 1) sortRun(order, values, from, to)
    from = to
  }
  return order
}

/** A stable pass over one digit; false when all share it and nothing was moved. */
function scatter(
  keys: Uint32Array,
  order: Uint32Array,
  toKeys: Uint32Array,
  toOrder: Uint32Array,
  shift: number,
): boolean {
  const n = keys.length
  const starts = new Uint32Array(DIGITS)
  for (let i = 0; i < n; i++) starts[(keys[i]! >>> shift) & (DIGITS - 1)]!++
  if (starts[(keys[0]! >>> shift) & (DIGITS - 1)] === n) return false
  let at = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = starts[digit]!
    starts[digit] = at
    at += count
  }
  for (let i = 0; i < n; i++) {
    const key = keys[i]!
    const to = starts[(key >>> shift) & (DIGITS - 1)]!++
    toKeys[to] = key
    toOrder[to] = order[i]!
  }
  return true
}

/** Values whose high words are equal, by the rest. They stand in order of appearance. */
function sortRun(order: Uint32Array, values: ArrayLike<number>, from: number, to: number): void {
  let isSorted = true
  for (let k = from + 1; k < to && isSorted; k++) {
    isSorted = values[order[k - 1]!]! <= values[order[k]!]!
  }
  if (isSorted) return
  if (to - from > INSERTION_MAX) {
    order.subarray(from, to).sort((i, j) => values[i]! - values[j]! || i - j)
    return
  }
  for (let k = from + 1; k < to; k++) {
    const row = order[k]!
    let hole = k
    while (hole > from && values[order[hole - 1]!]! > values[row]!) {
      order[hole] = order[hole - 1]!
      hole--
    }
    order[hole] = row
  }
}

/** Unsigned words that order like the values, up to ties. */
function highWords(values: ArrayLike<number>): Uint32Array {
  const doubles = Float64Array.from(values)
  const words = new Uint32Array(doubles.buffer)
  const keys = new Uint32Array(doubles.length)
  for (let i = 0; i < keys.length; i++) {
    if (doubles[i] === 0) doubles[i] = 0
    const word = words[2 * i + 1]!
    keys[i] = word & 0x80000000 ? ~word : word | 0x80000000
  }
  return keys
}
