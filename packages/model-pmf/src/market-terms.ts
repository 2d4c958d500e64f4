import type { DataOf } from '@kwm/contracts'
import {
  bracketOf,
  feeRates,
  PAYOUT_BPS,
  priceGrid,
  tickAt,
  wholeRange,
  type FeeRates,
  type PriceGrid,
  type WholeRange,
} from '@kwm/model-venue'

/** The part of a listing that PMFs depend on: plain data, what a snapshot keeps. */
export type ListedTerms = Pick<
  DataOf<'md.market-listed.v1'>,
  | 'marketTicker'
  | 'eventTicker'
  | 'closeTimeUs'
  | 'strikeType'
  | 'floorStrike'
  | 'capStrike'
  | 'priceRanges'
  | 'feeType'
  | 'feeMultiplierMilli'
>

const CENT = 0.01

/** What is known of one market beside its quotes. */
export class MarketTerms {
  readonly listed: ListedTerms
  /** The whole numbers that settle it YES; null for strikes we do not understand. */
  readonly range: WholeRange | null
  /** The strike of a market that pays above it; null for any other kind. */
  readonly strikeAbove: number | null
  /** Null where we do not know what the venue charges. */
  readonly rates: FeeRates | null
  readonly #grid: PriceGrid | null
  /** Where the grid has one step everywhere; else null. */
  readonly #step: number | null

  constructor(listed: ListedTerms) {
    const { marketTicker, eventTicker, closeTimeUs, strikeType, floorStrike, capStrike } = listed
    const { priceRanges, feeType, feeMultiplierMilli } = listed
    this.listed = {
      ...{ marketTicker, eventTicker, closeTimeUs, strikeType, floorStrike, capStrike },
      ...{ priceRanges, feeType, feeMultiplierMilli },
    }
    const bracket = bracketOf(listed)
    this.range = bracket ? wholeRange(bracket) : null
    this.strikeAbove = bracket && strikeType.startsWith('greater') ? floorStrike : null
    const grid = priceGrid(priceRanges)
    this.#grid = grid.ok ? grid.grid : null
    this.#step = grid.ok && grid.grid.length === 1 ? grid.grid[0]!.stepBps / PAYOUT_BPS : null
    // Expectations take the worse fee until our own fills say otherwise (MODELS 8.1).
    const rates = feeRates(listed, 'always')
    this.rates = rates.ok ? rates.rates : null
  }

  /** The price grid's step at a probability, itself as a probability. */
  tick(probability: number): number {
    if (this.#step !== null) return this.#step
    if (!this.#grid) return CENT
    return tickAt(this.#grid, Math.round(probability * PAYOUT_BPS)) / PAYOUT_BPS
  }

  /** Can no value from `hardLower` up settle it YES? */
  isDeadAt(hardLower: number): boolean {
    return this.range !== null && this.range.highest < hardLower
  }
}
