import { bracketOf, sameRange, wholeRange } from './bracket.ts'
import type { StrikeType, WholeRange } from './bracket.ts'
import { parseDayEvent } from './day-event.ts'
import { COMPARATORS, RULES_TEMPLATES, STATIONS } from './rules-templates.ts'
import type { RulesStatistic, RulesTemplate } from './rules-templates.ts'

/** What a market's rules say, in our words. Strict or inclusive is in the comparator. */
export type SettlementRules = Omit<RulesTemplate, 'id' | 'pattern'> & {
  readonly templateId: string
  /** Of the text with its places, dates and numbers taken out: a new wording has a new hash. */
  readonly templateHash: string
  /** `CLINYC`, or an ICAO code for the hourly markets; null where the text names none. */
  readonly station: string | null
  readonly comparator: StrikeType
  /** Null where the text gives no number (the 15-minute markets). */
  readonly floor: number | null
  readonly cap: number | null
  /** The climate day, `2026-08-27`; null where the text is about a moment. */
  readonly date: string | null
}

export type RulesParse =
  | { readonly ok: true; readonly rules: SettlementRules }
  | { readonly ok: false; readonly templateHash: string }

/** A market as listed: what its rules must agree with. */
export type ListedMarket = {
  readonly seriesTicker: string
  readonly eventTicker: string
  readonly strikeType: string
  readonly floorStrike: number | null
  readonly capStrike: number | null
  readonly subtitle: string
  /** Addresses of the series' settlement sources. */
  readonly sourceUrls: readonly string[]
}

export const RULES_LENGTH_MAX = 4_000
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Read the deciding sentence. A wording that is not in the table is refused, with its hash. */
export function parseRules(text: string): RulesParse {
  const tidy = tidied(text)
  const templateHash = hash64(templateOf(tidy))
  if (text.length > RULES_LENGTH_MAX) return { ok: false, templateHash }
  for (const { id, pattern, ...meaning } of RULES_TEMPLATES) {
    const groups = pattern.exec(tidy)?.groups
    if (!groups) continue
    const comparator = COMPARATORS[groups['words'] ?? '']
    const numbers = comparator && numbersOf(comparator, groups['low'], groups['high'])
    if (!comparator || !numbers) continue
    const date = groups['date'] === undefined ? null : isoDate(groups['date'])
    const station = groups['station'] ?? null
    const rules = { ...meaning, templateId: id, templateHash, station, comparator, ...numbers }
    return { ok: true, rules: { ...rules, date } }
  }
  return { ok: false, templateHash }
}

/** Spaces, apostrophes and degree signs vary between otherwise equal texts. */
const tidied = (text: string): string =>
  text
    .slice(0, RULES_LENGTH_MAX)
    .replaceAll('**', '')
    .replaceAll(/[’‘]/g, "'")
    .replaceAll('º', '°')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(' °', '°')
    .trim()

/** The text with what differs from market to market taken out, in lower case. */
const templateOf = (tidy: string): string =>
  tidy
    .toLowerCase()
    .replaceAll(
      /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}, \d{4}/g,
      '{day}',
    )
    .replaceAll(/\d{1,2}(?::\d\d)? [ap]m e[ds]t/g, '{time}')
    .replaceAll(/recorded (at|in) .+? for \{day\}/g, 'recorded $1 {place} for {day}')
    .replaceAll(/coordinates k[a-z]{3}/g, 'coordinates {place}')
    .replaceAll(/-?\$?\d[\d,]*(?:\.\d+)?/g, '{n}')

function numbersOf(
  comparator: StrikeType,
  low: string | undefined,
  high: string | undefined,
): { floor: number | null; cap: number | null } | undefined {
  if (low === undefined) return { floor: null, cap: null }
  const first = Number(low.replaceAll(',', ''))
  if (comparator === 'between') {
    const cap = Number(high?.replaceAll(',', ''))
    return first <= cap ? { floor: first, cap } : undefined
  }
  if (high !== undefined || !Number.isFinite(first)) return undefined
  const isFloor = comparator.startsWith('greater')
  return isFloor ? { floor: first, cap: null } : { floor: null, cap: first }
}

function isoDate(prose: string): string | null {
  const match = /^([A-Z][a-z]+) (\d{1,2}), (\d{4})$/.exec(prose)
  const month = MONTHS.indexOf(match?.[1]?.slice(0, 3).toLowerCase() ?? '') + 1
  if (!match || month === 0) return null
  return `${match[3]}-${String(month).padStart(2, '0')}-${match[2]!.padStart(2, '0')}`
}

/** Why a market with these rules must not be traded, or null. */
export function rulesDisagreement(rules: SettlementRules, listed: ListedMarket): string | null {
  const statistic = statisticOf(listed.seriesTicker)
  if (statistic === undefined) return `no rules known for series ${listed.seriesTicker}`
  if (statistic !== rules.statistic) {
    return `the rules settle on ${rules.statistic}, the series on ${statistic}`
  }
  if (!MODELLED.has(statistic)) return `no model for ${statistic}`
  return (
    stationFault(rules, listed) ??
    strikeFault(rules, listed) ??
    dateFault(rules, listed) ??
    subtitleFault(listed)
  )
}

const MODELLED: ReadonlySet<RulesStatistic> = new Set([
  'highest-temperature',
  'index-rise',
  'index-level',
] as const)

function statisticOf(series: string): RulesStatistic | undefined {
  if (series === 'KXBTC15M') return 'index-rise'
  if (series === 'KXBTC' || series === 'KXBTCD') return 'index-level'
  if (series.startsWith('KXHIGH')) return 'highest-temperature'
  if (series.startsWith('KXLOWT')) return 'lowest-temperature'
  return /^KXTEMP[A-Z]+H$/.test(series) ? 'hourly-temperature' : undefined
}

/** The station the market settles on: what the rules name, else the series' source. */
export function settlementStation(
  station: string | null,
  sourceUrls: readonly string[],
): string | null {
  return station ?? sourceUrls.map(reportOf).find((report) => report !== null) ?? null
}

const reportOf = (url: string): string | null => {
  const site = /[?&]issuedby=([A-Z]{3})\b/i.exec(url)?.[1]
  return site === undefined ? null : `CLI${site.toUpperCase()}`
}

function stationFault(
  { statistic, station }: SettlementRules,
  listed: ListedMarket,
): string | null {
  if (statistic !== 'highest-temperature') return null
  const named = settlementStation(station, listed.sourceUrls)
  if (named === null) return 'the rules name no station'
  const known = STATIONS[listed.seriesTicker]
  if (known !== undefined && known !== named) return `station ${named} in the rules, ${known} known`
  const other = listed.sourceUrls
    .map(reportOf)
    .find((report) => report !== null && report !== named)
  return other === undefined ? null : `station ${named} in the rules, ${other} in the source`
}

function strikeFault(rules: SettlementRules, listed: ListedMarket): string | null {
  const { comparator, floor, cap } = rules
  const { strikeType, floorStrike, capStrike } = listed
  if (comparator !== strikeType) return `rules say ${comparator}, strike type ${strikeType}`
  if (floor === null && cap === null) return null // The strike is what the open will be.
  if (floor !== floorStrike)
    return `rules say floor ${String(floor)}, strike ${String(floorStrike)}`
  return cap === capStrike ? null : `rules say cap ${String(cap)}, strike ${String(capStrike)}`
}

/** `KXHIGHNY-26OCT02` is the climate day of its rules. */
function dateFault({ date }: SettlementRules, { eventTicker }: ListedMarket): string | null {
  const event = parseDayEvent(eventTicker)
  if (date === null || !event || event.date === date) return null
  return `rules of ${date}, event of ${event.date}`
}

/** The degrees of `89° or above`, `80° or below`, `81° to 82°`; null where it says nothing we know. */
export function subtitleRange(subtitle: string): WholeRange | null {
  const match = /^(-?\d+)° (?:(or above)|(or below)|to (-?\d+)°)$/.exec(tidied(subtitle))
  if (!match) return null
  const [, first, above, below, last] = match
  return {
    lowest: below === undefined ? Number(first) : -Infinity,
    highest: above === undefined ? Number(last ?? first) : Infinity,
  }
}

function subtitleFault({ subtitle, ...listed }: ListedMarket): string | null {
  const range = subtitleRange(subtitle)
  const bracket = bracketOf({ marketTicker: '', ...listed })
  if (range === null || !bracket) return null
  return sameRange(wholeRange(bracket), range) ? null : `subtitle "${subtitle}" is not the strike`
}

/** FNV-1a over UTF-16 units, 64 bits, as 16 hexadecimal digits. Names a wording; guards nothing. */
function hash64(text: string): string {
  let hash = 0xcb_f2_9c_e4_84_22_23_25n
  for (let at = 0; at < text.length; at++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * 0x1_00_00_00_01_b3n)
  }
  return hash.toString(16).padStart(16, '0')
}
