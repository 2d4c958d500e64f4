import { checkPartition, settlesYes, wholeRange, type Bracket } from './bracket.ts'
import type { EventForm, RecordedMarket, StrikeReading } from './recorded-strikes.ts'

/** Why nothing can be said. None of these counts for or against the rules. */
export type UndecidableCause =
  | 'recordings-disagree'
  | 'strikes-unreadable'
  | 'strikes-disagree'
  | 'partition-broken'
  | 'result-missing'
  | 'result-scalar'
  | 'value-missing'
  | 'value-not-whole'
  /** The value was measured elsewhere than where the market settles. */
  | 'station-differs'
  /** The observations have a hole that may hide the maximum. */
  | 'gap'
  /** The value falls in a bracket that the recording lacks, and no recorded one paid. */
  | 'winner-not-recorded'

/**
 * `value-differs`: another value than the venue's own, and the venue's own gives its result, so the
 * strikes are read right and the two publications disagree. `unexplained` is a fault until found.
 */
export type MismatchCause = 'value-differs' | 'unexplained'

export type SettlementVerdict =
  | { readonly verdict: 'match'; readonly derived: readonly string[] }
  | {
      readonly verdict: 'mismatch'
      readonly cause: MismatchCause
      readonly derived: readonly string[]
      readonly paid: readonly string[]
    }
  | { readonly verdict: 'undecidable'; readonly cause: UndecidableCause; readonly reason: string }

export type SettledEvent = {
  readonly form: EventForm
  /** Every bracket of the ladder is recorded, so they have to be a partition. */
  readonly isComplete: boolean
  readonly markets: readonly RecordedMarket[]
  /** Of `readStrikes`, in the order of the markets. */
  readonly readings: readonly StrikeReading[]
}

/**
 * Which markets pay at the official value, held against which did. `value` in whole °F; `ownValue` is
 * what the venue says it settled on, where it says so, and only explains a mismatch.
 */
export function auditSettlement(
  event: SettledEvent,
  value: number | null,
  ownValue: number | null,
): SettlementVerdict {
  const ladder = ladderOf(event)
  if (!Array.isArray(ladder)) return ladder
  if (value === null) return undecidable('value-missing', 'no official value')
  if (!Number.isSafeInteger(value)) {
    return undecidable('value-not-whole', `the official value is ${value}`)
  }
  const paid = event.markets.flatMap(({ result, marketTicker }) =>
    result === 'yes' ? [marketTicker] : [],
  )
  const derived = payingAt(ladder, value)
  if (!isEqual(derived, paid)) {
    const isOwnRight = ownValue !== null && isEqual(payingAt(ladder, ownValue), paid)
    const cause = isOwnRight && ownValue !== value ? 'value-differs' : 'unexplained'
    return { verdict: 'mismatch', cause, derived, paid }
  }
  if (event.form === 'ladder' && derived.length === 0) {
    return undecidable('winner-not-recorded', `${value} wins a bracket that was not recorded`)
  }
  return { verdict: 'match', derived }
}

/** The brackets, in the order of the markets, or why they cannot be judged at any value. */
function ladderOf({
  form,
  isComplete,
  markets,
  readings,
}: SettledEvent): Bracket[] | SettlementVerdict {
  const brackets: Bracket[] = []
  for (const reading of readings) {
    if (!reading.ok) return undecidable(reading.fault, reading.reason)
    brackets.push(reading.bracket)
  }
  if (form === 'ladder') {
    const broken = isComplete ? partitionFault(brackets) : overlap(brackets)
    if (broken !== undefined) return undecidable('partition-broken', broken)
  }
  for (const { marketTicker, result } of markets) {
    if (result === null) return undecidable('result-missing', `${marketTicker} has no result`)
    if (result === 'scalar') return undecidable('result-scalar', `${marketTicker} paid a fraction`)
  }
  return brackets
}

function partitionFault(brackets: readonly Bracket[]): string | undefined {
  const check = checkPartition(brackets)
  return check.valid ? undefined : check.reason
}

/** Holes are what was not recorded; a degree that settles two markets never was a ladder. */
function overlap(brackets: readonly Bracket[]): string | undefined {
  const sorted = brackets.map(wholeRange).toSorted((a, b) => (a.lowest < b.lowest ? -1 : 1))
  for (let at = 1; at < sorted.length; at++) {
    const { lowest } = sorted[at]!
    if (lowest <= sorted[at - 1]!.highest) return `${lowest} twice`
  }
  return undefined
}

const payingAt = (brackets: readonly Bracket[], value: number): string[] =>
  brackets.flatMap((bracket) => (settlesYes(bracket, value) ? [bracket.marketTicker] : []))

const isEqual = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((ticker, at) => ticker === b[at])

const undecidable = (cause: UndecidableCause, reason: string): SettlementVerdict => ({
  verdict: 'undecidable',
  cause,
  reason,
})
