import { eventDayOf } from './event-day.ts'
import type { LabelBook } from './label-book.ts'

export type AuditVerdict = 'match' | 'mismatch' | 'undecided'

export type EventAudit = {
  readonly eventTicker: string
  readonly climateDate: string
  readonly verdict: AuditVerdict
  /** In words: the two values, or what is missing. */
  readonly reason: string
}

export type AuditReport = {
  readonly events: readonly EventAudit[]
  readonly counts: Readonly<Record<AuditVerdict, number>>
  readonly mismatches: readonly EventAudit[]
  /** Not decided although the day is long over. */
  readonly overdue: readonly EventAudit[]
}

const DAY_US = 86_400_000_000
const WINDOW_DAYS = 30
/** The venue settles the next morning, the final report comes before that; then a day for delays. */
const OVERDUE_US = 2 * DAY_US

/** The venue's value against the final climate report, event by event, of the last 30 days. */
export function auditLabels(book: LabelBook, nowUs: number): AuditReport {
  const events: EventAudit[] = []
  const overdue: EventAudit[] = []
  for (const eventTicker of book.eventTickers) {
    const day = eventDayOf(eventTicker)
    if (!day) continue
    const endUs = dayEndUs(day.climateDate, day.station.stdOffsetMinutes)
    if (endUs > nowUs || nowUs - endUs > WINDOW_DAYS * DAY_US) continue
    const audit = auditEvent(book, eventTicker, day.climateDate)
    events.push(audit)
    if (audit.verdict === 'undecided' && nowUs - endUs > OVERDUE_US) overdue.push(audit)
  }
  const count = (verdict: AuditVerdict): number =>
    events.filter((event) => event.verdict === verdict).length
  return {
    ...{ events, overdue, mismatches: events.filter(({ verdict }) => verdict === 'mismatch') },
    counts: {
      ...{ match: count('match'), mismatch: count('mismatch'), undecided: count('undecided') },
    },
  }
}

export function auditEvent(book: LabelBook, eventTicker: string, climateDate: string): EventAudit {
  const venue = book.label(eventTicker, 'kalshi')
  const report = book.label(eventTicker, 'cli-final')
  const of = (verdict: AuditVerdict, reason: string): EventAudit => ({
    ...{ eventTicker, climateDate, verdict, reason },
  })
  if (!venue) return of('undecided', 'no result of the venue')
  if (!report || report.maxTempF === null) return of('undecided', 'no final climate report')
  const { maxTempF } = report
  if (venue.maxTempF !== null) {
    const reason = `the venue settled on ${venue.maxTempF}, the final report has ${maxTempF}`
    return of(venue.maxTempF === maxTempF ? 'match' : 'mismatch', reason)
  }
  if (!venue.range) return of('undecided', 'neither value nor bracket of the venue')
  const [lowest, highest] = venue.range
  const isInside = maxTempF >= lowest && maxTempF <= highest
  const reason = `the bracket ${lowest} to ${highest} won, the final report has ${maxTempF}`
  return of(isInside ? 'match' : 'mismatch', reason)
}

export const dayEndUs = (climateDate: string, stdOffsetMinutes: number): number =>
  Date.parse(`${climateDate}T00:00:00Z`) * 1_000 - stdOffsetMinutes * 60_000_000 + DAY_US
