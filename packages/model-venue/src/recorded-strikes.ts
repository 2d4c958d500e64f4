import { bracketOf, sameRange, wholeRange, type Bracket, type WholeRange } from './bracket.ts'
import type { SettlementResult } from './payoff.ts'
import { parseRules, subtitleRange } from './rules-text.ts'

/** A market as a recording kept it. Recordings differ in what they kept: the rest is null. */
export type RecordedMarket = {
  readonly marketTicker: string
  readonly strikeType: string | null
  readonly floorStrike: number | null
  readonly capStrike: number | null
  readonly subtitle: string | null
  readonly rulesText: string | null
  readonly result: SettlementResult | null
}

/**
 * Brackets of one ladder, or markets of their own. Before the ladders (the first is of 2022-04-27) an
 * event was one to three questions "above X", each of which pays or not whatever the others do.
 */
export type EventForm = 'ladder' | 'thresholds'

/**
 * Best first. The last three are inferred: from the ticker's number, from where it stands beside the
 * others, and from the time when all markets asked "above".
 */
export type StrikeSource = 'listed' | 'subtitle' | 'rules' | 'ticker' | 'neighbours' | 'threshold'

export type StrikeReading =
  | { readonly ok: true; readonly bracket: Bracket; readonly source: StrikeSource }
  | {
      readonly ok: false
      readonly fault: 'strikes-unreadable' | 'strikes-disagree'
      readonly reason: string
    }

type Reader = (market: RecordedMarket) => Bracket | undefined

/**
 * The strikes of every market of one event, in the order given. Each market is read in every way it
 * allows, and the ways have to agree: a ticker that says other degrees than the rules is refused.
 */
export function readStrikes(
  markets: readonly RecordedMarket[],
  form: EventForm,
): readonly StrikeReading[] {
  const inside = markets.flatMap((market) => middleRange(market) ?? [])
  const readers: readonly (readonly [StrikeSource, Reader])[] = [
    ['listed', listed],
    ['subtitle', fromSubtitle],
    ['rules', fromRules],
    ['ticker', fromTicker],
    ['neighbours', (market) => fromNeighbours(market, inside)],
    ['threshold', (market) => (form === 'thresholds' ? above(market) : undefined)],
  ]
  return markets.map((market) => {
    const found = readers.flatMap(([source, read]) => {
      const bracket = read(market)
      return bracket ? [{ source, bracket }] : []
    })
    const [best] = found
    const { marketTicker } = market
    if (!best) {
      const reason = `${marketTicker}: neither strikes, subtitle, rules nor ticker say where it pays`
      return { ok: false, fault: 'strikes-unreadable', reason }
    }
    const range = wholeRange(best.bracket)
    const other = found.find(({ bracket }) => !sameRange(wholeRange(bracket), range))
    if (!other) return { ok: true, ...best }
    const reason = `${marketTicker}: ${best.source} says ${text(range)}, ${other.source} ${text(wholeRange(other.bracket))}`
    return { ok: false, fault: 'strikes-disagree', reason }
  })
}

const text = ({ lowest, highest }: WholeRange): string => `${lowest}…${highest}`

const listed: Reader = ({ strikeType, ...market }) =>
  strikeType === null ? undefined : bracketOf({ ...market, strikeType })

function fromSubtitle({ marketTicker, subtitle }: RecordedMarket): Bracket | undefined {
  const range = subtitle === null ? null : subtitleRange(subtitle)
  return range === null ? undefined : bracketOfRange(marketTicker, range)
}

function fromRules({ marketTicker, rulesText }: RecordedMarket): Bracket | undefined {
  const parsed = rulesText === null ? undefined : parseRules(rulesText)
  if (!parsed?.ok) return undefined
  const { comparator: strikeType, floor: floorStrike, cap: capStrike } = parsed.rules
  return bracketOf({ marketTicker, strikeType, floorStrike, capStrike })
}

/** `B53.5` is 53° to 54°. A T with a floor and no cap in the record is the upper tail. */
function fromTicker(market: RecordedMarket): Bracket | undefined {
  const { marketTicker, floorStrike, capStrike } = market
  const middle = middleRange(market)
  if (middle) return bracketOfRange(marketTicker, middle)
  if (floorStrike === null || capStrike !== null) return undefined
  if (tailStrike(marketTicker) !== floorStrike) return undefined
  return { marketTicker, strikeType: 'greater', floor: floorStrike }
}

/** T below every bracket of the ladder is its lower tail, above every one its upper. */
function fromNeighbours(
  { marketTicker }: RecordedMarket,
  inside: readonly WholeRange[],
): Bracket | undefined {
  const strike = tailStrike(marketTicker)
  if (strike === undefined || inside.length === 0) return undefined
  if (inside.every(({ lowest }) => strike <= lowest)) {
    return { marketTicker, strikeType: 'less', cap: strike }
  }
  if (inside.every(({ highest }) => strike >= highest)) {
    return { marketTicker, strikeType: 'greater', floor: strike }
  }
  return undefined
}

function above({ marketTicker }: RecordedMarket): Bracket | undefined {
  const strike = tailStrike(marketTicker)
  return strike === undefined ? undefined : { marketTicker, strikeType: 'greater', floor: strike }
}

function middleRange({ marketTicker }: RecordedMarket): WholeRange | undefined {
  const middle = /-B(-?\d+\.5)$/.exec(marketTicker)?.[1]
  if (middle === undefined) return undefined
  return { lowest: Number(middle) - 0.5, highest: Number(middle) + 0.5 }
}

function tailStrike(marketTicker: string): number | undefined {
  const strike = /-T(-?\d+)$/.exec(marketTicker)?.[1]
  return strike === undefined ? undefined : Number(strike)
}

function bracketOfRange(marketTicker: string, { lowest, highest }: WholeRange): Bracket {
  if (highest === Infinity) return { marketTicker, strikeType: 'greater_or_equal', floor: lowest }
  if (lowest === -Infinity) return { marketTicker, strikeType: 'less_or_equal', cap: highest }
  return { marketTicker, strikeType: 'between', floor: lowest, cap: highest }
}
