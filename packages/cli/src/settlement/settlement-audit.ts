import {
  auditSettlement,
  readStrikes,
  type EventForm,
  type SettlementVerdict,
  type StrikeReading,
} from '@kwm/model-venue'
import {
  LABEL_ORDER,
  OWN_SOURCES,
  VALUE_SOURCES,
  type RecordedShape,
  type SettledDay,
  type SettledEvents,
  type ValueFact,
  type ValueSource,
} from './settled-events.ts'

/** `label`: whichever source the label order puts first that day. */
export type AuditSource = ValueSource | 'label'

/** One event judged by one source. */
export type AuditRow = {
  readonly eventTicker: string
  readonly seriesTicker: string
  readonly date: string
  readonly recordings: readonly string[]
  readonly form: EventForm
  readonly shape: RecordedShape
  readonly source: AuditSource
  readonly value: number | null
  readonly ownValue: number | null
  readonly verdict: SettlementVerdict
}

/** Two publications of one day, and how far the second is above the first. */
export type ValueDifference = {
  readonly seriesTicker: string
  readonly date: string
  readonly source: ValueSource
  readonly value: number
  readonly ownValue: number
}

export type SettlementAudit = {
  readonly rows: readonly AuditRow[]
  /** Every day on which a source and the venue both name a value. */
  readonly comparisons: readonly ValueDifference[]
  readonly strikes: Readonly<Record<string, number>>
  readonly conflicts: readonly string[]
}

/** Every event of the recordings, by every source there is and by the label order. */
export function auditRecordings(events: SettledEvents): SettlementAudit {
  const days = events.days()
  const firstLadders = firstLadderDates(days)
  const rows: AuditRow[] = []
  const comparisons: ValueDifference[] = []
  const strikes: Record<string, number> = {}
  for (const day of days) {
    const form = formOf(day, firstLadders.get(day.seriesTicker))
    const markets = [...day.markets.values()]
    const readings = readStrikes(markets, form)
    for (const reading of readings) {
      const key = reading.ok ? reading.source : reading.fault
      strikes[key] = (strikes[key] ?? 0) + 1
    }
    const facts = new Map(VALUE_SOURCES.map((source) => [source, events.value(source, day)]))
    const own = valueOf(OWN_SOURCES.map((source) => facts.get(source)).find(hasValue))
    const judge = (source: AuditSource, fact: ValueFact | undefined): AuditRow => ({
      ...{ eventTicker: day.eventTicker, seriesTicker: day.seriesTicker, date: day.date },
      ...{ recordings: [...day.recordings], form, shape: day.shape },
      ...{ source, value: valueOf(fact), ownValue: own },
      verdict: verdictOf(
        day,
        { form, isComplete: day.shape === 'whole', markets, readings },
        fact,
        own,
      ),
    })
    for (const [source, fact] of facts) {
      rows.push(judge(source, fact))
      const value = valueOf(fact)
      if (value === null || own === null || OWN_SOURCES.includes(source)) continue
      const { seriesTicker, date } = day
      comparisons.push({ seriesTicker, date, source, value, ownValue: own })
    }
    const inOrder = LABEL_ORDER.map((source) => facts.get(source))
    rows.push(judge('label', inOrder.find(hasValue) ?? inOrder.find(Boolean)))
  }
  const conflicts = days.flatMap((day) => day.conflicts)
  return { rows, comparisons, strikes, conflicts }
}

const hasValue = (fact: ValueFact | undefined): boolean => fact !== undefined && 'value' in fact
const valueOf = (fact: ValueFact | undefined): number | null =>
  fact && 'value' in fact ? fact.value : null

type Judged = Parameters<typeof auditSettlement>[0] & {
  readonly readings: readonly StrikeReading[]
}

function verdictOf(
  { conflicts }: SettledDay,
  event: Judged,
  fact: ValueFact | undefined,
  own: number | null,
): SettlementVerdict {
  if (conflicts.length > 0) {
    return { verdict: 'undecidable', cause: 'recordings-disagree', reason: conflicts.join('; ') }
  }
  const verdict = auditSettlement(event, valueOf(fact), own)
  const isSilent = verdict.verdict === 'undecidable' && verdict.cause === 'value-missing'
  if (!isSilent || !fact || 'value' in fact) return verdict
  return { verdict: 'undecidable', cause: fact.cause, reason: fact.reason }
}

/** The first day on which a series had a market between two strikes: there were only thresholds before. */
function firstLadderDates(days: readonly SettledDay[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  for (const { seriesTicker, date, markets } of days) {
    const isLadder = [...markets.keys()].some((ticker) => /-B-?\d+\.5$/.test(ticker))
    const known = first.get(seriesTicker)
    if (isLadder && (known === undefined || date < known)) first.set(seriesTicker, date)
  }
  return first
}

function formOf({ date, markets, shape }: SettledDay, firstLadder: string | undefined): EventForm {
  if (shape === 'alone') return 'thresholds'
  const isBefore = firstLadder !== undefined && date < firstLadder
  const saysNothing = [...markets.values()].every(
    ({ strikeType, subtitle, rulesText }) => !strikeType && !subtitle && !rulesText,
  )
  return isBefore && saysNothing ? 'thresholds' : 'ladder'
}
