/** Of the last prints: to tell one that was missed from one that was not. */
export const TRADES_KNOWN_MAX = 8_192

export type KnownTrade = { readonly timeUs: number; readonly isLate: boolean }

/** Which prints the tape has, and since when it may lack some. */
export type TradeMemory = {
  readonly known: Map<string, KnownTrade>
  /** The time of the newest print that is not remembered any more; 0 before. */
  forgottenUs: number
  /** Up to this venue time the stream lost none; 0 before the first subscription. */
  completeUs: number
  /** The stretch of venue time of which some may be missing. */
  missed: { readonly fromUs: number; readonly toUs: number } | null
}

export const newTradeMemory = (): TradeMemory => ({
  known: new Map(),
  forgottenUs: 0,
  completeUs: 0,
  missed: null,
})
