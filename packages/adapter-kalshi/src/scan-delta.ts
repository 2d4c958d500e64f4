import type { BookDeltaFrame } from '@kwm/contracts'

const QUOTE = 34
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const COMMA = 44
const OPEN = 123
const CLOSE = 125
const BACKSLASH = 92

const PRICE_PLACES = 4
const COUNT_PLACES = 2
const PAYOUT_BPS = 10_000
/** More digits than this may not be exact, and are no count or price anyway. */
const DIGITS_MAX = 15
const TIME_MS_MAX = 253_402_300_799_000
const TICKER_LENGTH_MAX = 64

/**
 * The frame that comes nineteen times of twenty, read off its bytes in one pass: compact JSON of
 * plain ASCII, each field once, in any order. Undefined for everything else, which is then decoded
 * the long way; what this returns is what the long way would have.
 */
export function scanBookDelta(bytes: Uint8Array): BookDeltaFrame | undefined {
  return scanner.read(bytes)
}

class DeltaScanner {
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #from = 0
  #to = 0
  #sid = -1
  #seq = -1
  #timeMs = -1
  #priceBps = 0
  #countCenti = NaN
  #side: 'yes' | 'no' | undefined
  #ticker: string | undefined
  #isDelta = false
  #hasMsg = false

  read(bytes: Uint8Array): BookDeltaFrame | undefined {
    this.#bytes = bytes
    this.#at = 0
    this.#sid = this.#seq = this.#timeMs = -1
    this.#priceBps = 0
    this.#countCenti = NaN
    this.#side = this.#ticker = undefined
    this.#isDelta = this.#hasMsg = false
    const isRead = this.#readObject(false) && this.#at === bytes.length && this.#isDelta
    const side = this.#side
    const marketTicker = this.#ticker
    if (!isRead || this.#sid < 0 || this.#seq < 0 || !side || marketTicker === undefined) return
    if (this.#priceBps === 0 || Number.isNaN(this.#countCenti)) return undefined
    return {
      kind: 'book-delta',
      sid: this.#sid,
      seq: this.#seq,
      marketTicker,
      venueTimeUs: this.#timeMs < 0 ? null : this.#timeMs * 1_000,
      side,
      priceBps: this.#priceBps,
      countDeltaCenti: this.#countCenti,
    }
  }

  #readObject(isMsg: boolean): boolean {
    if (this.#bytes[this.#at++] !== OPEN) return false
    for (;;) {
      if (!this.#readString() || this.#bytes[this.#at++] !== COLON) return false
      if (!(isMsg ? this.#readMsgField() : this.#readRootField())) return false
      const code = this.#bytes[this.#at++]
      if (code === CLOSE) return true
      if (code !== COMMA) return false
    }
  }

  /** The length and one letter tell the known names apart; then the name is compared in full. */
  #readRootField(): boolean {
    switch (this.#to - this.#from) {
      case 3:
        if (this.#is('sid')) return this.#sid < 0 && (this.#sid = this.#readInteger()) >= 0
        if (this.#is('seq')) return this.#seq < 0 && (this.#seq = this.#readInteger()) >= 0
        if (!this.#is('msg') || this.#hasMsg) return false
        this.#hasMsg = true
        return this.#readObject(true)
      case 4:
        if (this.#isDelta || !this.#is('type') || !this.#readString()) return false
        return (this.#isDelta = this.#is('orderbook_delta'))
      default:
        return this.#is('sending_ts_ms') && this.#readInteger() >= 0
    }
  }

  #readMsgField(): boolean {
    switch (this.#to - this.#from) {
      case 2:
        return this.#is('ts') && this.#skipValue()
      case 4:
        return this.#is('side') && this.#readSide()
      case 5:
        return this.#is('ts_ms') && this.#readTime()
      case 8:
        return this.#is('delta_fp') && this.#readCount()
      case 9:
        return this.#is('market_id') && this.#skipValue()
      case 11:
        return this.#is('price_cents') && this.#skipValue()
      case 13:
        if (this.#is('price_dollars')) return this.#readPrice()
        return this.#is('market_ticker') && this.#readTicker()
      default:
        return false
    }
  }

  #readSide(): boolean {
    if (this.#side !== undefined || !this.#readString()) return false
    if (this.#is('yes')) this.#side = 'yes'
    else if (this.#is('no')) this.#side = 'no'
    return this.#side !== undefined
  }

  #readTime(): boolean {
    if (this.#timeMs >= 0) return false
    this.#timeMs = this.#readInteger()
    return this.#timeMs >= 0 && this.#timeMs <= TIME_MS_MAX
  }

  #readPrice(): boolean {
    if (this.#priceBps !== 0) return false
    this.#priceBps = this.#readDecimal(PRICE_PLACES)
    return this.#priceBps > 0 && this.#priceBps < PAYOUT_BPS
  }

  #readCount(): boolean {
    if (!Number.isNaN(this.#countCenti)) return false
    this.#countCenti = this.#readDecimal(COUNT_PLACES)
    return !Number.isNaN(this.#countCenti)
  }

  #readTicker(): boolean {
    if (this.#ticker !== undefined || !this.#readString()) return false
    const length = this.#to - this.#from
    if (length === 0 || length > TICKER_LENGTH_MAX) return false
    this.#ticker = tickers.get(this.#bytes, this.#from, this.#to)
    return true
  }

  /** A field that is not used: text, or a whole number. */
  #skipValue(): boolean {
    return this.#bytes[this.#at] === QUOTE ? this.#readString() : this.#readInteger() >= 0
  }

  /** A string without escapes; its content is then `#from` to `#to`. */
  #readString(): boolean {
    const bytes = this.#bytes
    let at = this.#at
    if (bytes[at++] !== QUOTE) return false
    this.#from = at
    for (;;) {
      const code = bytes[at++]
      if (code === QUOTE) break
      if (code === undefined || code === BACKSLASH || code < 32 || code > 126) return false
    }
    this.#to = at - 1
    this.#at = at
    return true
  }

  /** A number of JSON that is a plain count: -1 for any other. */
  #readInteger(): number {
    const bytes = this.#bytes
    const from = this.#at
    let value = 0
    let at = from
    for (; at - from <= DIGITS_MAX; at++) {
      const code = bytes[at]
      if (code === undefined || code < ZERO || code > NINE) break
      value = value * 10 + (code - ZERO)
    }
    const digits = at - from
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && bytes[from] === ZERO)) return -1
    const next = bytes[at]
    if (next !== COMMA && next !== CLOSE) return -1
    this.#at = at
    return value
  }

  /** A quoted decimal with at most `places` places, scaled by them; NaN for any other. */
  #readDecimal(places: number): number {
    if (!this.#readString()) return NaN
    const bytes = this.#bytes
    let at = this.#from
    const isNegative = bytes[at] === MINUS
    if (isNegative) at++
    if (this.#to - at > DIGITS_MAX) return NaN
    let value = 0
    let seen = -1
    let digits = 0
    for (; at < this.#to; at++) {
      const code = bytes[at]!
      if (code === POINT && seen < 0) seen = 0
      else if (code < ZERO || code > NINE) return NaN
      else {
        value = value * 10 + (code - ZERO)
        digits++
        if (seen >= 0) seen++
      }
    }
    if (digits === 0 || seen > places || digits + places > DIGITS_MAX) return NaN
    for (let place = Math.max(seen, 0); place < places; place++) value *= 10
    return isNegative && value !== 0 ? -value : value
  }

  #is(name: string): boolean {
    const from = this.#from
    if (this.#to - from !== name.length) return false
    for (let i = 0; i < name.length; i++) {
      if (this.#bytes[from + i] !== name.charCodeAt(i)) return false
    }
    return true
  }
}

/** Tickers repeat by the thousand: making the text of each anew would cost a third of the scan. */
class TickerCache {
  readonly #slots = Array.from<string>({ length: 1_024 }).fill('')

  get(bytes: Uint8Array, from: number, to: number): string {
    let hash = to - from
    for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
    const slot = hash & 1_023
    const held = this.#slots[slot]!
    if (isText(held, bytes, from, to)) return held
    const text = String.fromCharCode(...bytes.subarray(from, to))
    this.#slots[slot] = text
    return text
  }
}

function isText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false
  return true
}

const tickers = new TickerCache()
const scanner = new DeltaScanner()
