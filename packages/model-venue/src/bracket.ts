import { assert, unreachable } from '@kwm/std'

const STRIKE_TYPES = ['less', 'less_or_equal', 'between', 'greater_or_equal', 'greater'] as const
export type StrikeType = (typeof STRIKE_TYPES)[number]

/**
 * One market of a mutually exclusive event, by the venue's `strike_type`, `floor_strike` and
 * `cap_strike`. Temperatures: whole °F. The ticker's letter says nothing: T serves both tails.
 */
export type Bracket = {
  readonly marketTicker: string
  readonly strikeType: StrikeType
  readonly floor?: number | undefined
  readonly cap?: number | undefined
}

/** The values that settle YES, both ends inclusive, on the whole numbers. */
export type WholeRange = { readonly lowest: number; readonly highest: number }

export type BracketFault =
  | { readonly kind: 'twice' | 'never'; readonly value: number }
  | { readonly kind: 'strike'; readonly marketTicker: string }
export type PartitionCheck =
  | { readonly valid: true }
  | { readonly valid: false; readonly fault: BracketFault; readonly reason: string }

/**
 * A market as the venue lists it. `undefined` for a strike type outside these five or for strikes
 * that are missing or settle nothing: do not trade it. Outside data: refused, not thrown.
 */
export function bracketOf(listed: {
  readonly marketTicker: string
  readonly strikeType: string
  readonly floorStrike: number | null
  readonly capStrike: number | null
}): Bracket | undefined {
  const strikeType = STRIKE_TYPES.find((known) => known === listed.strikeType)
  if (strikeType === undefined) return undefined
  const bracket: Bracket = {
    marketTicker: listed.marketTicker,
    strikeType,
    floor: listed.floorStrike ?? undefined,
    cap: listed.capStrike ?? undefined,
  }
  return hasUsableStrikes(bracket) ? bracket : undefined
}

/** Does the official value settle this bracket YES? `between` includes both ends. */
export function settlesYes(bracket: Bracket, value: number): boolean {
  const { strikeType } = bracket
  switch (strikeType) {
    case 'less':
      return value < strike(bracket, 'cap')
    case 'less_or_equal':
      return value <= strike(bracket, 'cap')
    case 'between':
      return value >= strike(bracket, 'floor') && value <= strike(bracket, 'cap')
    case 'greater_or_equal':
      return value >= strike(bracket, 'floor')
    case 'greater':
      return value > strike(bracket, 'floor')
    default:
      return unreachable(strikeType)
  }
}

/** The bracket that wins at this value, or `undefined` when none does. */
export const winningBracket = (brackets: readonly Bracket[], value: number): Bracket | undefined =>
  brackets.find((bracket) => settlesYes(bracket, value))

/** Lowest outcome first, whatever order the venue listed them in. */
export const sortBrackets = (brackets: readonly Bracket[]): Bracket[] =>
  brackets.toSorted((a, b) => {
    const left = wholeRange(a)
    const right = wholeRange(b)
    // Compared, not subtracted: two open tails would give NaN.
    if (left.lowest !== right.lowest) return left.lowest < right.lowest ? -1 : 1
    if (left.highest !== right.highest) return left.highest < right.highest ? -1 : 1
    return 0
  })

/** The whole numbers that settle YES. Fractional strikes (BTC) are rounded inward. */
export function wholeRange(bracket: Bracket): WholeRange {
  const { strikeType } = bracket
  switch (strikeType) {
    case 'less':
      return { lowest: -Infinity, highest: Math.ceil(strike(bracket, 'cap')) - 1 }
    case 'less_or_equal':
      return { lowest: -Infinity, highest: Math.floor(strike(bracket, 'cap')) }
    case 'between':
      return {
        lowest: Math.ceil(strike(bracket, 'floor')),
        highest: Math.floor(strike(bracket, 'cap')),
      }
    case 'greater_or_equal':
      return { lowest: Math.ceil(strike(bracket, 'floor')), highest: Infinity }
    case 'greater':
      return { lowest: Math.floor(strike(bracket, 'floor')) + 1, highest: Infinity }
    default:
      return unreachable(strikeType)
  }
}

export const sameRange = (a: WholeRange, b: WholeRange): boolean =>
  a.lowest === b.lowest && a.highest === b.highest

/**
 * Edges for a continuous temperature that is rounded half up to whole degrees: `[lower, upper)`,
 * half a degree outside the whole range, so that neighbours touch and no mass is lost between them.
 */
export function continuousEdges(bracket: Bracket): readonly [lower: number, upper: number] {
  const { lowest, highest } = wholeRange(bracket)
  return [lowest - 0.5, highest + 0.5]
}

/**
 * Does every whole number settle exactly one bracket YES? A PMF over an event that is not a
 * partition is meaningless, so check at discovery and refuse the event.
 */
export function checkPartition(brackets: readonly Bracket[]): PartitionCheck {
  const broken = brackets.find((bracket) => !hasUsableStrikes(bracket))
  if (broken) {
    const { marketTicker } = broken
    return {
      valid: false,
      fault: { kind: 'strike', marketTicker },
      reason: `${marketTicker} has no usable strike`,
    }
  }
  const ranges = brackets.map(wholeRange)
  // The number of winners can change only at a range's start or just past its end.
  const changes = ranges
    .flatMap(({ lowest, highest }) => [lowest, highest + 1])
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b)
  const probes = changes.length > 0 ? [changes[0]! - 1, ...changes] : [0]
  for (const value of probes) {
    const winners = ranges.filter((r) => value >= r.lowest && value <= r.highest).length
    if (winners === 1) continue
    const kind = winners === 0 ? 'never' : 'twice'
    return { valid: false, fault: { kind, value }, reason: `${value} ${kind}` }
  }
  return { valid: true }
}

function hasUsableStrikes(bracket: Bracket): boolean {
  const { strikeType, floor, cap } = bracket
  const needsFloor = strikeType === 'between' || strikeType.startsWith('greater')
  const needsCap = strikeType === 'between' || strikeType.startsWith('less')
  if (needsFloor && !Number.isFinite(floor)) return false
  if (needsCap && !Number.isFinite(cap)) return false
  const { lowest, highest } = wholeRange(bracket)
  return lowest <= highest
}

function strike(bracket: Bracket, which: 'floor' | 'cap'): number {
  const value = bracket[which]
  assert(
    value !== undefined && Number.isFinite(value),
    `${bracket.marketTicker} (${bracket.strikeType}) has no ${which}`,
  )
  return value
}
