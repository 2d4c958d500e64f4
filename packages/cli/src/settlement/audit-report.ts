import type { WholeRange } from '@kwm/model-venue'
import {
  agreementsOf,
  causesOf,
  matchShare,
  rowsOfSource,
  tallyBy,
  totalOf,
  type Tally,
} from './audit-tally.ts'
import type { Report, ReportSection } from '../report/report.ts'
import { VALUE_SOURCES, type SettledEvents } from './settled-events.ts'
import type { AuditRow, SettlementAudit } from './settlement-audit.ts'

export const GOAL_SHARE = 0.999

const LISTED_MAX = 200
const TALLY_COLUMNS = ['', 'events', 'matches', 'mismatches', 'undecidable', 'of decidable']

/** What the audit found, in the order in which one asks. */
export function auditReport(audit: SettlementAudit, events: SettledEvents): Report {
  const total = totalOf(audit, 'label')
  const labels = rowsOfSource(audit, 'label')
  const isGoalMet = total.matches > 0 && matchShare(total) >= GOAL_SHARE
  const bySource = VALUE_SOURCES.map((source) => totalOf(audit, source))
  return {
    title: 'Settlement audit',
    isGoalMet,
    sections: [
      headline(total, isGoalMet),
      tallies(
        'By series',
        tallyBy(labels, (row) => [row.seriesTicker]),
      ),
      tallies(
        'By what was recorded',
        tallyBy(labels, (row) => [kindOf(row)]),
      ),
      tallies('By recording (an event may be in several)', byRecording(labels)),
      tallies('Every source on its own', bySource.filter(isHeard)),
      {
        title: 'Why not a match',
        columns: ['', 'label order', ...VALUE_SOURCES],
        rows: causeRows(audit),
      },
      { title: 'Strikes read from', columns: ['', 'markets'], rows: strikeRows(audit) },
      agreementSection(audit),
      mismatchSection(audit),
      differenceSection(audit),
      undecidedSection(labels),
      ...skippedSection(events),
    ],
  }
}

const count = (n: number): string => n.toLocaleString('en-US')
const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((part / whole) * 100).toFixed(2)} %`
/** A source that has said something: of the others every event is undecidable. */
const isHeard = ({ matches, mismatches }: Tally): boolean => matches + mismatches > 0

function headline(total: Tally, isGoalMet: boolean): ReportSection {
  const decidable = total.matches + total.mismatches
  const goal = `${(GOAL_SHARE * 100).toFixed(1)} %`
  return {
    title: `${count(total.matches)} of ${count(decidable)} decidable events re-derived (${share(total.matches, decidable)}; goal ${goal}: ${isGoalMet ? 'met' : 'missed'})`,
    text: `${count(total.events)} settled events, ${count(total.undecidable)} of them undecidable. An event is judged by the first value there is: the venue’s own, then the climate report, then the data set of daily highs; an observation never settles.`,
  }
}

const tallyRow = (tally: Tally): readonly string[] => [
  tally.name,
  ...[tally.events, tally.matches, tally.mismatches, tally.undecidable].map(count),
  share(tally.matches, tally.matches + tally.mismatches),
]

const tallies = (title: string, found: readonly Tally[]): ReportSection => ({
  ...{ title, columns: TALLY_COLUMNS, rows: found.map(tallyRow) },
})

function kindOf({ form, shape }: AuditRow): string {
  if (form === 'thresholds') return 'thresholds'
  return shape === 'whole' ? 'whole ladder' : 'traded part of a ladder'
}

const byRecording = (rows: readonly AuditRow[]): readonly Tally[] =>
  tallyBy(rows, ({ recordings }) => recordings)

function causeRows(audit: SettlementAudit): readonly (readonly string[])[] {
  const sources = ['label', ...VALUE_SOURCES] as const
  const perSource = sources.map((source) => new Map(causesOf(rowsOfSource(audit, source))))
  const names = [...new Set(perSource.flatMap((causes) => [...causes.keys()]))].sort()
  return names.map((name) => [name, ...perSource.map((causes) => count(causes.get(name) ?? 0))])
}

const strikeRows = ({ strikes }: SettlementAudit): readonly (readonly string[])[] =>
  Object.entries(strikes)
    .sort(([, a], [, b]) => b - a)
    .map(([name, markets]) => [name, count(markets)])

function agreementSection(audit: SettlementAudit): ReportSection {
  return {
    title: 'Do other publications say what the venue settled on?',
    columns: ['', 'days', 'equal', '', 'last 200', 'equal', ''],
    text: 'In all series, and in each in which a day differs.',
    rows: agreementsOf(audit)
      .filter(({ seriesTicker, days, equal }) => seriesTicker === 'all' || equal < days)
      .toSorted((a, b) =>
        `${a.source} ${a.seriesTicker}` < `${b.source} ${b.seriesTicker}` ? -1 : 1,
      )
      .map(({ source, seriesTicker, days, equal, trailingDays, trailingEqual }) => [
        `${source} ${seriesTicker}`,
        ...[count(days), count(equal), share(equal, days)],
        ...[count(trailingDays), count(trailingEqual), share(trailingEqual, trailingDays)],
      ]),
  }
}

function mismatchSection(audit: SettlementAudit): ReportSection {
  const rows = audit.rows.flatMap((row) => {
    const { verdict } = row
    if (verdict.verdict !== 'mismatch') return []
    const tails = (tickers: readonly string[]): string =>
      tickers.map((ticker) => ticker.split('-').slice(2).join('-')).join(' ') || 'none'
    const values = [String(row.value ?? ''), String(row.ownValue ?? '')]
    const winners = [tails(verdict.derived), tails(verdict.paid)]
    const implied = verdict.implied ? rangeText(verdict.implied) : 'none'
    return [[row.eventTicker, row.source, verdict.cause, ...values, ...winners, implied]]
  })
  return {
    title: `Mismatches, every source: ${count(rows.length)}`,
    columns: ['', 'source', 'cause', 'value', 'venue’s value', 'derived', 'paid', 'paid at'],
    rows: rows.slice(0, LISTED_MAX),
  }
}

function rangeText({ lowest, highest }: WholeRange): string {
  if (highest === Infinity) return `${lowest} and above`
  return lowest === -Infinity ? `${highest} and below` : `${lowest} to ${highest}`
}

function differenceSection({ comparisons }: SettlementAudit): ReportSection {
  const found = comparisons.filter(({ value, ownValue }) => value !== ownValue)
  return {
    title: `Days on which a publication says another value: ${count(found.length)}`,
    columns: ['', 'date', 'source', 'value', 'venue’s value'],
    rows: found
      .slice(0, LISTED_MAX)
      .map(({ seriesTicker, date, source, value, ownValue }) => [
        ...[seriesTicker, date, source, String(value), String(ownValue)],
      ]),
  }
}

/** Named events of a series and cause; the others are counted. */
const NAMED_MAX = 4

function undecidedSection(labels: readonly AuditRow[]): ReportSection {
  const groups = new Map<string, { seriesTicker: string; cause: string; events: string[] }>()
  let total = 0
  for (const { seriesTicker, eventTicker, verdict } of labels) {
    if (verdict.verdict !== 'undecidable') continue
    total++
    const { cause } = verdict
    const key = `${cause} ${seriesTicker}`
    const group = groups.get(key) ?? { seriesTicker, cause, events: [] }
    groups.set(key, group)
    group.events.push(eventTicker.slice(eventTicker.indexOf('-') + 1))
  }
  const rows = [...groups.values()]
    .toSorted((a, b) => b.events.length - a.events.length)
    .map(({ seriesTicker, cause, events }) => {
      const more = events.length > NAMED_MAX ? ` and ${count(events.length - NAMED_MAX)} more` : ''
      const named = `${events.slice(0, NAMED_MAX).join(', ')}${more}`
      return [seriesTicker, cause, count(events.length), named]
    })
  return {
    title: `Undecidable in the label order: ${count(total)} (each with its reason: --json)`,
    columns: ['', 'cause', 'events', 'which'],
    rows: rows.slice(0, LISTED_MAX),
  }
}

function skippedSection({ skipped, skippedCount }: SettledEvents): readonly ReportSection[] {
  if (skippedCount === 0) return []
  const rows = skipped.slice(0, LISTED_MAX).map(({ recording, what }) => [recording, what])
  return [{ title: `Not read: ${count(skippedCount)}`, columns: ['', 'what'], rows }]
}
