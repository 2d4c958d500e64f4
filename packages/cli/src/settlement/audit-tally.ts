import type { AuditRow, AuditSource, SettlementAudit, ValueDifference } from './settlement-audit.ts'

export type Tally = {
  readonly name: string
  readonly events: number
  readonly matches: number
  readonly mismatches: number
  readonly undecidable: number
}

/** Settled city-days over which the agreement of two publications is judged. */
const TRAILING_DAYS = 200

/** How often a publication said what the venue says it settled on. */
export type Agreement = {
  readonly source: string
  readonly seriesTicker: string
  readonly days: number
  readonly equal: number
  readonly trailingDays: number
  readonly trailingEqual: number
}

export function tallyBy(
  rows: readonly AuditRow[],
  keysOf: (row: AuditRow) => readonly string[],
): readonly Tally[] {
  const found = new Map<string, { matches: number; mismatches: number; undecidable: number }>()
  for (const row of rows) {
    for (const name of keysOf(row)) {
      const tally = found.get(name) ?? { matches: 0, mismatches: 0, undecidable: 0 }
      if (row.verdict.verdict === 'match') tally.matches++
      else if (row.verdict.verdict === 'mismatch') tally.mismatches++
      else tally.undecidable++
      found.set(name, tally)
    }
  }
  return [...found].map(([name, tally]) => ({
    ...{ name, ...tally },
    events: tally.matches + tally.mismatches + tally.undecidable,
  }))
}

/** Of what could be decided; 1 where nothing could. */
export function matchShare({ matches, mismatches }: Tally): number {
  const decidable = matches + mismatches
  return decidable === 0 ? 1 : matches / decidable
}

export const rowsOfSource = (audit: SettlementAudit, source: AuditSource): readonly AuditRow[] =>
  audit.rows.filter((row) => row.source === source)

export const totalOf = (audit: SettlementAudit, source: AuditSource): Tally =>
  tallyBy(rowsOfSource(audit, source), () => [source])[0] ?? {
    ...{ name: source, events: 0, matches: 0, mismatches: 0, undecidable: 0 },
  }

/** What did not match, by cause: a missing value of a source is no news, so label order only. */
export function causesOf(rows: readonly AuditRow[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const { verdict } of rows) {
    if (verdict.verdict === 'match') continue
    const name = `${verdict.verdict}: ${verdict.cause}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a)
}

/** By source and, within it, by series; the whole source first, as `all`. */
export function agreementsOf({ comparisons }: SettlementAudit): readonly Agreement[] {
  const groups = new Map<string, ValueDifference[]>()
  for (const comparison of comparisons) {
    for (const series of ['all', comparison.seriesTicker]) {
      const key = `${comparison.source} ${series}`
      const group = groups.get(key) ?? []
      group.push(comparison)
      groups.set(key, group)
    }
  }
  return [...groups].map(([key, days]) => {
    const [source = '', seriesTicker = ''] = key.split(' ')
    const byDate = days.toSorted((a, b) => (a.date < b.date ? -1 : 1))
    const trailing = byDate.slice(-TRAILING_DAYS)
    const equal = (some: readonly ValueDifference[]): number =>
      some.filter(({ value, ownValue }) => value === ownValue).length
    return {
      ...{ source, seriesTicker, days: days.length, equal: equal(days) },
      ...{ trailingDays: trailing.length, trailingEqual: equal(trailing) },
    }
  })
}
