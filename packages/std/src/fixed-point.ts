/**
 * Decimal strings to scaled integers, digit by digit: the venue's prices, counts and dollars never
 * pass through a float.
 */

const ZERO = 48
const NINE = 57
const MINUS = 45
const PLUS = 43
const POINT = 46

/**
 * `parseFixed('0.4700', 4)` is 4700. Returns `undefined` for text that is not a plain decimal, that
 * needs more than `decimals` places (trailing zeros are fine), or that leaves the safe integers.
 */
export function parseFixed(text: string, decimals: number): number | undefined {
  const length = text.length
  let index = 0
  let negative = false
  const first = text.charCodeAt(0)
  if (first === MINUS || first === PLUS) {
    negative = first === MINUS
    index = 1
  }
  let value = 0
  let digits = 0
  let places = -1
  for (; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code >= ZERO && code <= NINE) {
      digits++
      if (places >= decimals) {
        if (code !== ZERO) return undefined
        continue
      }
      value = value * 10 + (code - ZERO)
      if (places >= 0) places++
    } else if (code === POINT && places < 0) places = 0
    else return undefined
  }
  if (digits === 0) return undefined
  for (let place = places < 0 ? 0 : places; place < decimals; place++) value *= 10
  if (value > Number.MAX_SAFE_INTEGER) return undefined
  return negative && value !== 0 ? -value : value
}

/** `formatFixed(4700, 4)` is `'0.4700'`. */
export function formatFixed(value: number, decimals: number): string {
  const digits = Math.abs(value)
    .toString()
    .padStart(decimals + 1, '0')
  const cut = digits.length - decimals
  const sign = value < 0 ? '-' : ''
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, cut)}.${digits.slice(cut)}`
}
