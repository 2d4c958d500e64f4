import type { MarketState } from './venue-state.ts'

/** Open, high, low and close in basis points; null before there was one. */
export type Ohlc = {
  readonly openBps: number
  readonly highBps: number
  readonly lowBps: number
  readonly closeBps: number
}

/** One period of a market, named by its END: seconds since 1970. */
export type Candle = {
  readonly endTs: number
  readonly yesBid: Ohlc
  readonly yesAsk: Ohlc
  /** Null without a trade in the period. */
  readonly price: (Ohlc & { readonly meanBps: number }) | null
  readonly previousBps: number | null
  readonly volumeCenti: number
  readonly openInterestCenti: number
}

type Open = {
  endTs: number
  yesBid: Ohlc
  yesAsk: Ohlc
  price: Ohlc | null
  previousBps: number | null
  paidMicros: number
  volumeCenti: number
  openInterestCenti: number
}

const MINUTE_S = 60
/** A month of minutes: what is older is forgotten, oldest first. */
const MINUTES_KEPT_MAX = 45_000

/**
 * The minutes of one market in which something changed. A minute begins with the quotes that the one
 * before left, and is added to by what is published; longer periods are made from minutes.
 */
export class Candles {
  #minutes: Open[] = []
  #bidBps = 0
  #askBps = 10_000
  #lastBps: number | null = null

  /** The best prices or a trade after `state` changed at `timeUs`. */
  onChange(timeUs: number, state: MarketState): void {
    const { bestYesBidBps: bidBps, bestYesAskBps: askBps } = state.book
    if (bidBps === this.#bidBps && askBps === this.#askBps) return
    const minute = this.#minuteOf(timeUs, state)
    this.#bidBps = bidBps
    this.#askBps = askBps
    minute.yesBid = extended(minute.yesBid, bidBps)
    minute.yesAsk = extended(minute.yesAsk, askBps)
  }

  onTrade(timeUs: number, priceBps: number, countCenti: number, state: MarketState): void {
    const minute = this.#minuteOf(timeUs, state)
    minute.price = minute.price ? extended(minute.price, priceBps) : flat(priceBps)
    minute.paidMicros += priceBps * countCenti
    minute.volumeCenti += countCenti
    this.#lastBps = priceBps
  }

  /** Periods of `interval` minutes that end within [from, to], seconds, oldest first. */
  list(interval: number, fromTs: number, toTs: number): Candle[] {
    const periodS = interval * MINUTE_S
    const merged: Open[] = []
    for (const minute of this.#minutes) {
      const endTs = Math.ceil(minute.endTs / periodS) * periodS
      if (endTs < fromTs || endTs > toTs) continue
      const last = merged.at(-1)
      if (last?.endTs === endTs) join(last, minute)
      else merged.push({ ...minute, endTs })
    }
    return merged.map(closed)
  }

  #minuteOf(timeUs: number, state: MarketState): Open {
    const endTs = (Math.floor(timeUs / 60e6) + 1) * MINUTE_S
    const last = this.#minutes.at(-1)
    if (last?.endTs === endTs) {
      last.openInterestCenti = state.openInterestCenti
      return last
    }
    const minute: Open = {
      endTs,
      yesBid: flat(this.#bidBps),
      yesAsk: flat(this.#askBps),
      price: null,
      previousBps: this.#lastBps,
      paidMicros: 0,
      volumeCenti: 0,
      openInterestCenti: state.openInterestCenti,
    }
    this.#minutes.push(minute)
    if (this.#minutes.length > MINUTES_KEPT_MAX)
      this.#minutes = this.#minutes.slice(-MINUTES_KEPT_MAX / 2)
    return minute
  }
}

const flat = (bps: number): Ohlc => ({ openBps: bps, highBps: bps, lowBps: bps, closeBps: bps })

const extended = (ohlc: Ohlc, bps: number): Ohlc => ({
  openBps: ohlc.openBps,
  highBps: Math.max(ohlc.highBps, bps),
  lowBps: Math.min(ohlc.lowBps, bps),
  closeBps: bps,
})

const followed = (a: Ohlc, b: Ohlc): Ohlc => ({
  openBps: a.openBps,
  highBps: Math.max(a.highBps, b.highBps),
  lowBps: Math.min(a.lowBps, b.lowBps),
  closeBps: b.closeBps,
})

function join(into: Open, minute: Open): void {
  into.yesBid = followed(into.yesBid, minute.yesBid)
  into.yesAsk = followed(into.yesAsk, minute.yesAsk)
  if (minute.price) into.price = into.price ? followed(into.price, minute.price) : minute.price
  into.paidMicros += minute.paidMicros
  into.volumeCenti += minute.volumeCenti
  into.openInterestCenti = minute.openInterestCenti
}

const closed = ({ price, paidMicros, ...minute }: Open): Candle => ({
  ...minute,
  price: price && { ...price, meanBps: Math.round(paidMicros / minute.volumeCenti) },
})
