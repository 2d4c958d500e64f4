import { checkPartition, settlesYes, wholeRange, type Bracket, type WholeRange } from './bracket.ts'
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
 * `own-value-contradicts`: the venue paid otherwise than the value it says it settled on.
 * `value-differs`: the venue's own value gives its result, and the one asked about is another: strikes
 * are read right, two publications disagree. `unexplained` is our fault until another cause is found.
 */
export type MismatchCause = 'own-value-contradicts' | 'value-differs' | 'unexplained'

export type SettlementVerdict =
  | { readonly verdict: 'match'; readonly derived: readonly string[] }
  | {
      readonly verdict: 'mismatch'
      readonly cause: MismatchCause
      readonly derived: readonly string[]
      readonly paid: readonly string[]
      /** The whole values at which what paid would have; null if there are none, or nothing paid. */
      readonly implied: WholeRange | null
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
  const outcomes = ladder.map((bracket, at) => ({ bracket, result: event.markets[at]!.result }))
  const known = outcomes.filter(({ result }) => result !== null)
  if (!paysAsRecorded(known, value)) return mismatch(known, value, ownValue)
  const derived = outcomes.filter(({ bracket }) => settlesYes(bracket, value))
  // One of a ladder pays, so the unknown results are "no" if the winner's is known to be "yes".
  const silent = (event.form === 'ladder' ? derived : outcomes).find(
    ({ result }) => result === null,
  )
  if (silent) {
    return undecidable('result-missing', `${silent.bracket.marketTicker} has no result`)
  }
  if (event.form === 'ladder' && derived.length === 0) {
    return undecidable('winner-not-recorded', `${value} wins a bracket that was not recorded`)
  }
  return { verdict: 'match', derived: derived.map(({ bracket }) => bracket.marketTicker) }
}

type Outcome = { readonly bracket: Bracket; readonly result: RecordedMarket['result'] }

function mismatch(
  known: readonly Outcome[],
  value: number,
  ownValue: number | null,
): SettlementVerdict {
  const tickers = (pays: (outcome: Outcome) => boolean): string[] =>
    known.filter(pays).map(({ bracket }) => bracket.marketTicker)
  const isOwnRight = ownValue !== null && paysAsRecorded(known, ownValue)
  const contradicts = ownValue !== null && !isOwnRight
  return {
    verdict: 'mismatch',
    cause: isOwnRight ? 'value-differs' : contradicts ? 'own-value-contradicts' : 'unexplained',
    derived: tickers(({ bracket }) => settlesYes(bracket, value)),
    paid: tickers(({ result }) => result === 'yes'),
    implied: impliedRange(known),
  }
}

const paysAsRecorded = (known: readonly Outcome[], value: number): boolean =>
  known.every(({ bracket, result }) => settlesYes(bracket, value) === (result === 'yes'))

/** Of every market that paid and of none that did not: what is left of a range is one range. */
function impliedRange(known: readonly Outcome[]): WholeRange | null {
  let [lowest, highest] = [-Infinity, Infinity]
  for (const { bracket, result } of known) {
    if (result !== 'yes') continue
    const range = wholeRange(bracket)
    lowest = Math.max(lowest, range.lowest)
    highest = Math.min(highest, range.highest)
  }
  for (const { bracket, result } of known) {
    if (result === 'yes') continue
    const range = wholeRange(bracket)
    if (range.lowest <= lowest) lowest = Math.max(lowest, range.highest + 1)
    else if (range.highest >= highest) highest = Math.min(highest, range.lowest - 1)
  }
  const hasPaid = known.some(({ result }) => result === 'yes')
  return hasPaid && lowest <= highest ? { lowest, highest } : null
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
  const scalar = markets.find(({ result }) => result === 'scalar')
  if (scalar) return undecidable('result-scalar', `${scalar.marketTicker} paid a fraction`)
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

const undecidable = (cause: UndecidableCause, reason: string): SettlementVerdict => ({
  verdict: 'undecidable',
  cause,
  reason,
})
