import type { StrikeType } from './bracket.ts'

export type RulesStatistic =
  | 'highest-temperature'
  | 'lowest-temperature'
  | 'hourly-temperature'
  /** The 60-second mean at the close against the one at the open. */
  | 'index-rise'
  /** The 60-second mean at the close against a number. */
  | 'index-level'

export type SettlementSource = 'nws-cli' | 'weather-company' | 'cf-benchmarks' | 'synthetic'

/**
 * Which publication counts. `final-report`: the NWS report may be corrected until Kalshi settles.
 * `first-final`: the first that is not preliminary; what is revised later is ignored.
 */
export type SourceRevision = 'final-report' | 'first-final' | 'none'

export type RulesTemplate = {
  readonly id: string
  readonly statistic: RulesStatistic
  readonly source: SettlementSource
  readonly revision: SourceRevision
  readonly unit: 'fahrenheit' | 'usd'
  /** Named groups: place, station, date, words, low, high. Anchored at both ends. */
  readonly pattern: RegExp
}

/** The venue's words of comparison. Ends of a `between` count as inside. */
export const COMPARATORS: Readonly<Record<string, StrikeType>> = {
  'greater than': 'greater',
  above: 'greater',
  'at least': 'greater_or_equal',
  'less than': 'less',
  below: 'less',
  'at most': 'less_or_equal',
  between: 'between',
}

const PLACE = String.raw`recorded (?:at|in) (?<place>[^()]+?)(?: \((?<station>CLI[A-Z]{3})\))?`
const DATE = String.raw`for (?<date>[A-Z][a-z]+ \d{1,2}, \d{4})`
const NUMBER = String.raw`-?[\d,]+(?:\.\d+)?`
const COMPARE = String.raw`is (?<words>greater than|less than|above|below|at least|at most|between) \$?(?<low>${NUMBER})°?(?:(?:-| and | to )\$?(?<high>${NUMBER}))?(?:°(?: fahrenheit)?| fahrenheit)?`
const YES = String.raw`(?:,? then (?:the market resolves to )?Yes)?\.?`

const EXTREMES = [
  { id: 'high', statistic: 'highest-temperature', words: 'highest|maximum' },
  { id: 'low', statistic: 'lowest-temperature', words: 'lowest|minimum' },
] as const
const SOURCES = [
  {
    id: 'cli',
    source: 'nws-cli',
    revision: 'final-report',
    words: String.raw`the National Weather Service's Climatological Report \(Daily\)`,
  },
  {
    id: 'twc',
    source: 'weather-company',
    revision: 'first-final',
    words: 'The Weather Company',
  },
  {
    id: 'synthetic',
    source: 'synthetic',
    revision: 'none',
    words: 'the SYNTHETIC weather generator',
  },
] as const

const daily = EXTREMES.flatMap(({ id, statistic, words: extreme }): RulesTemplate[] =>
  SOURCES.flatMap(({ id: sourceId, source, revision, words }) => {
    const head = `^If the (?:${extreme}) temperature ${PLACE} ${DATE},?`
    const common = { statistic, source, revision, unit: 'fahrenheit' } as const
    const forms = {
      according: `${head} ${COMPARE} according to ${words}${YES}$`,
      reported: `${head} as reported by ${words}, ${COMPARE}${YES}$`,
    }
    return Object.entries(forms).map(([form, pattern]) => ({
      ...common,
      id: `${id}-${sourceId}-${form}`,
      pattern: new RegExp(pattern),
    }))
  }),
)

const INDEX = String.raw`the simple average of the sixty seconds of CF Benchmarks' (?:Bitcoin Real-Time Index \(BRTI\)|BRTI)`
const MOMENT = String.raw`[^.]+?`

/** Every wording we have read and understood. What none of them matches is not traded. */
export const RULES_TEMPLATES: readonly RulesTemplate[] = [
  ...daily,
  {
    id: 'hourly-twc',
    statistic: 'hourly-temperature',
    source: 'weather-company',
    revision: 'first-final',
    unit: 'fahrenheit',
    pattern: new RegExp(
      String.raw`^If the temperature recorded (?:at|in) (?<place>[^()]+?) ${DATE} \d{1,2} [AP]M E[DS]T as reported by The Weather Company \(for coordinates (?<station>K[A-Z]{3})\), ${COMPARE}${YES}$`,
    ),
  },
  {
    id: 'btc-rise',
    statistic: 'index-rise',
    source: 'cf-benchmarks',
    revision: 'none',
    unit: 'usd',
    pattern: new RegExp(
      `^If ${INDEX} before ${MOMENT} is (?<words>at least) the simple average of the sixty seconds(?: of CF Benchmarks' BRTI)? before ${MOMENT}${YES}$`,
    ),
  },
  {
    id: 'btc-level',
    statistic: 'index-level',
    source: 'cf-benchmarks',
    revision: 'none',
    unit: 'usd',
    pattern: new RegExp(
      String.raw`^If ${INDEX} before [^.$]+? ${COMPARE}(?: at \d{1,2}(?::\d\d)? [AP]M E[DS]T on [A-Z][a-z]+ \d{1,2}, \d{4})?${YES}$`,
    ),
  },
]

/**
 * The climate report of each city's daily high, as the venue's rules named it in autumn 2026. The
 * one place that says which series settles where; what a station is, is model-weather's to say.
 */
export const STATIONS: Readonly<Record<string, string>> = {
  KXHIGHNY: 'CLINYC',
  KXHIGHCHI: 'CLIMDW',
  KXHIGHMIA: 'CLIMIA',
  KXHIGHAUS: 'CLIAUS',
  KXHIGHDEN: 'CLIDEN',
  KXHIGHLAX: 'CLILAX',
  KXHIGHPHIL: 'CLIPHL',
  KXHIGHTDC: 'CLIDCA',
  KXHIGHTDAL: 'CLIDFW',
  KXHIGHTHOU: 'CLIHOU',
  KXHIGHTLV: 'CLILAS',
  KXHIGHTMIN: 'CLIMSP',
  KXHIGHTNOLA: 'CLIMSY',
  KXHIGHTSATX: 'CLISAT',
  KXHIGHTATL: 'CLIATL',
  KXHIGHTBOS: 'CLIBOS',
  KXHIGHTEWR: 'CLIEWR',
  KXHIGHTOKC: 'CLIOKC',
  KXHIGHTPHX: 'CLIPHX',
  KXHIGHTSAN: 'CLISAN',
  KXHIGHTSDF: 'CLISDF',
  KXHIGHTSEA: 'CLISEA',
  KXHIGHTSFO: 'CLISFO',
  KXHIGHTTTN: 'CLITTN',
  // Of the synthetic day: no real series has this name.
  KXHIGHSYN: 'CLISYN',
}
