/** Every number on the page is written here: fixed decimals, real minus signs, no locale. */

const DASH = '–'
const MINUS = '−'
export const NONE = '·'

const isMissing = (value) => value === null || value === undefined

function group(digits) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `1234.5` with 2 decimals is `1,234.50`. */
export function fixed(value, decimals) {
  if (isMissing(value)) return NONE
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split('.')
  const text = fraction === undefined ? group(whole) : `${group(whole)}.${fraction}`
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text
}

export function signed(value, decimals) {
  if (isMissing(value)) return NONE
  const text = fixed(value, decimals)
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text
}

export const integer = (value) => fixed(value, 0)

/** Basis points of the $1 payout as cents: one decimal, two where the grid is finer. */
export const cents = (bps) => fixed(isMissing(bps) ? null : bps / 100, bps % 10 === 0 ? 1 : 2)

/** Hundredths of a contract as contracts. */
export const contracts = (centi) =>
  isMissing(centi) ? NONE : fixed(centi / 100, centi % 100 === 0 ? 0 : 2)

export const signedContracts = (centi) =>
  isMissing(centi) ? NONE : signed(centi / 100, centi % 100 === 0 ? 0 : 2)

export const dollars = (micros, decimals = 2) => {
  if (isMissing(micros)) return NONE
  const text = fixed(micros / 1e6, decimals)
  return text.startsWith(MINUS) ? `${MINUS}$${text.slice(1)}` : `$${text}`
}

export const signedDollars = (micros, decimals = 2) => {
  const text = dollars(micros, decimals)
  return micros > 0 && /[1-9]/.test(text) ? `+${text}` : text
}

export const percent = (p, decimals = 1) => fixed(isMissing(p) ? null : p * 100, decimals)

const two = (n) => String(n).padStart(2, '0')

/** UTC, to the second. */
export function clock(us) {
  if (!us) return DASH
  const date = new Date(us / 1_000)
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
}

export function day(us) {
  if (!us) return ''
  return new Date(us / 1_000).toISOString().slice(0, 10)
}

/** A length of time in two units at most. */
export function duration(us) {
  if (isMissing(us)) return DASH
  const seconds = Math.max(0, us) / 1e6
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.floor(seconds)} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(Math.floor(seconds % 60))} s`
  const hours = Math.floor(seconds / 3_600)
  if (hours < 48) return `${hours} h ${two(Math.floor((seconds % 3_600) / 60))} m`
  return `${Math.floor(hours / 24)} d`
}

/** The part of an event ticker that differs: `KXHIGHNY-26NOV20` is `NY 20NOV`. */
export function shortEvent(ticker) {
  const match = /^KX(?:HIGH)?([A-Z0-9]+)-\d\d([A-Z]{3})(\d\d)(.*)$/.exec(ticker)
  if (!match) return ticker.replace(/^KX/, '').replace('-', ' ')
  const [, series, month, dayOfMonth, rest] = match
  return `${series} ${dayOfMonth}${month}${rest}`
}

export const signClass = (value) => (value > 0 ? 'up' : value < 0 ? 'down' : 'flat')
