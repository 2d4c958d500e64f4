import type { DataOf, EventOf, Gate } from '@kwm/contracts'
import type { FeeRates, PriceGrid } from '@kwm/model-venue'

/** What strategies know of a market beside its features. Null: not understood, so not traded. */
export type MarketTerms = { readonly grid: PriceGrid | null; readonly rates: FeeRates | null }

/** Everything a strategy may look at: one ladder, its PMF, its markets' terms, the time. */
export type StrategyContext = {
  readonly nowUs: number
  readonly frame: DataOf<'feature.ladder-frame.v1'>
  readonly pmf: EventOf<'pmf.fused-pmf.v1'>
  readonly termsOf: (marketTicker: string) => MarketTerms | undefined
  /** When this strategy last wanted an order on this event; null for never. */
  readonly lastIntentUs: number | null
}

export type Opportunity = Pick<
  DataOf<'signal.opportunity.v1'>,
  'decision' | 'reason' | 'leaderTicker' | 'followerTicker' | 'evBps' | 'gates'
>
export type Intent = Omit<DataOf<'signal.order-intent.v1'>, 'strategy' | 'pmfId'>

export type Evaluation = { readonly opportunity: Opportunity; readonly intent: Intent | null }

/** A strategy decides on one ladder at a time and keeps no account state: positions are risk's. */
export type Strategy<Params> = {
  readonly name: string
  readonly defaults: Params
  evaluate(params: Params, context: StrategyContext): Evaluation
}

/** Gates passed in order, until one fails: the reason for every no. */
export class Gates {
  readonly passed: Gate[] = []

  /** Records `value >= threshold`; null never passes. */
  atLeast(gate: string, value: number | null, threshold: number): boolean {
    return this.#record(gate, value, threshold, value !== null && value >= threshold)
  }

  /** Records `value <= threshold`; null never passes. */
  atMost(gate: string, value: number | null, threshold: number): boolean {
    return this.#record(gate, value, threshold, value !== null && value <= threshold)
  }

  is(gate: string, holds: boolean): boolean {
    return this.#record(gate, null, null, holds)
  }

  /** No, because of the last gate. */
  refuse(
    seen: Partial<Pick<Opportunity, 'leaderTicker' | 'followerTicker' | 'evBps'>> = {},
  ): Evaluation {
    const last = this.passed.at(-1)
    return {
      opportunity: {
        decision: 'no-trade',
        reason: last?.gate ?? 'no-gate',
        leaderTicker: null,
        followerTicker: null,
        evBps: null,
        ...seen,
        gates: this.passed,
      },
      intent: null,
    }
  }

  #record(gate: string, value: number | null, threshold: number | null, passed: boolean): boolean {
    this.passed.push({ gate, value, threshold, passed })
    return passed
  }
}
