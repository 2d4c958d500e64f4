import type { DataOf, EventOf, Gate } from '@kwm/contracts'
import type { FeeRates, PriceGrid } from '@kwm/model-venue'
import type { Reads } from './inputs.ts'
import type { Params, ParamsSchema } from './params.ts'

/** What strategies know of a market beside its features. Null: not understood, so not traded. */
export type MarketTerms = {
  readonly grid: PriceGrid | null
  readonly rates: FeeRates | null
  readonly strikeType: string
}

/** What the account holds of a market, as the last position event said. Negative is NO. */
export type Holding = { readonly positionCenti: number; readonly costMicros: number }

/** Everything a strategy may look at: one ladder, its PMF, its markets' terms, the time. */
export type StrategyContext = {
  readonly nowUs: number
  readonly frame: DataOf<'feature.ladder-frame.v1'>
  readonly pmf: EventOf<'pmf.fused-pmf.v1'>
  readonly termsOf: (marketTicker: string) => MarketTerms | undefined
  readonly holdingOf: (marketTicker: string) => Holding | undefined
  /** When this strategy last wanted an order on this event; null for never. */
  readonly lastIntentUs: number | null
}

export type Opportunity = Pick<
  DataOf<'signal.opportunity.v1'>,
  'decision' | 'reason' | 'leaderTicker' | 'followerTicker' | 'evBps' | 'gates'
>
export type Intent = Omit<DataOf<'signal.order-intent.v1'>, 'strategy' | 'pmfId'>

export type Evaluation = { readonly opportunity: Opportunity; readonly intents: readonly Intent[] }

/**
 * A strategy decides on one ladder at a time. It is a function: what it remembers is in the context,
 * and the account is not its business: it wants orders, and risk says whether there is money for them.
 */
export type Strategy<Schema extends ParamsSchema = ParamsSchema> = {
  readonly name: string
  readonly params: Schema
  readonly reads: Reads
  evaluate(params: Params<Schema>, context: StrategyContext): Evaluation
}

/** No evaluation wants more orders at once. */
export const INTENTS_MAX = 16

/** Whom an evaluation is about, as far as it got. */
export type Seen = Partial<Pick<Opportunity, 'leaderTicker' | 'followerTicker'>>

/** What can still win. A dead bracket has nothing to gain, and what is bid for it is `coherence`'s. */
export const isAlive = ({ data }: StrategyContext['pmf'], index: number): boolean =>
  data.brackets[index]?.isDead !== true

const NO_INTENTS: readonly Intent[] = []

/** Gates passed in order, until one fails: the reason for every no. */
export class Gates {
  readonly passed: Gate[] = []
  /** Of what it would order, from the moment that has a price; said with a no too. */
  evBps: number | null = null

  /** Records `value >= threshold`; a value that is missing never passes. */
  atLeast(gate: string, value: number | null | undefined, threshold: number): boolean {
    const isThere = value !== null && value !== undefined
    return this.#record(gate, value ?? null, threshold, isThere && value >= threshold)
  }

  /** Records `value <= threshold`; a value that is missing never passes. */
  atMost(gate: string, value: number | null | undefined, threshold: number): boolean {
    const isThere = value !== null && value !== undefined
    return this.#record(gate, value ?? null, threshold, isThere && value <= threshold)
  }

  is(gate: string, holds: boolean): boolean {
    return this.#record(gate, null, null, holds)
  }

  /** Enough time since the last order on this event. */
  cooledDown({ nowUs, lastIntentUs }: StrategyContext, cooldownUs: number): boolean {
    return this.atLeast(
      'cooldown',
      lastIntentUs === null ? cooldownUs : nowUs - lastIntentUs,
      cooldownUs,
    )
  }

  /** No, because of the last gate. */
  refuse(seen: Seen = {}): Evaluation {
    const reason = this.passed.at(-1)?.gate ?? 'no-gate'
    return { opportunity: this.#opportunity('no-trade', reason, seen), intents: NO_INTENTS }
  }

  /** Yes: every gate has passed. */
  trade(intents: readonly Intent[], seen: Seen): Evaluation {
    return { opportunity: this.#opportunity('trade', 'trade', seen), intents }
  }

  #opportunity(decision: Opportunity['decision'], reason: string, seen: Seen): Opportunity {
    const { leaderTicker = null, followerTicker = null } = seen
    const { evBps, passed: gates } = this
    return { decision, reason, leaderTicker, followerTicker, evBps, gates }
  }

  #record(gate: string, value: number | null, threshold: number | null, passed: boolean): boolean {
    // JSON has no infinities; nothing that is not finite passed by its value.
    const said = value !== null && Number.isFinite(value) ? value : null
    this.passed.push({ gate, value: said, threshold, passed })
    return passed
  }
}

/** A t-statistic; null where the error is missing or nothing. */
export const ratio = (
  value: number | null | undefined,
  se: number | null | undefined,
): number | null =>
  value === null || value === undefined || se === null || se === undefined || !(se > 0)
    ? null
    : value / se

/** The value seen from a direction of 1 or -1; null stays null. */
export const along = (value: number | null | undefined, direction: number): number | null =>
  value === null || value === undefined ? null : value * direction

export const clip = (value: number, bound: number): number =>
  Math.max(-bound, Math.min(bound, value))
