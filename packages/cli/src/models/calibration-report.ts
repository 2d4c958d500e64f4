import {
  reliabilityOf,
  type CalibrationArtefact,
  type Refit,
  type RefitPlace,
  type Reliability,
  type TournamentPlace,
  type TournamentResult,
} from '@kwm/tuning'
import type { Report, ReportSection } from '../report/report.ts'
import type { Picture } from '../report/report-pictures.ts'

/** What the tournament found, and with `refit` what it changed. */
export function calibrationReport(
  artefact: CalibrationArtefact,
  { places, skipped }: TournamentResult,
  refit?: Refit,
): Report {
  const judged = places.map((place) => ({ place, reliability: reliabilities(place) }))
  return {
    title: `Calibration ${artefact.version}`,
    isGoalMet: places.length > 0,
    sections: [
      refit ? verdicts(refit) : winners(places),
      {
        title: 'Said against won, on days no fit had seen',
        text:
          'Brackets binned by what was said, at least 20 a bin where there are; on the diagonal it came ' +
          'true. Bars hold 90 % when whole days are drawn again.',
        pictures: judged.map(({ place, reliability }) => picture(place, reliability)),
      },
      {
        title:
          'Every map, walking forward: mean log score in nats (p of being no better than none)',
        columns: ['', 'test days', ...(places[0]?.entry.scores.map(({ method }) => method) ?? [])],
        rows: places.map(({ entry }) => [
          nameOf(entry),
          String(entry.testDays),
          ...entry.scores.map(({ logScore, p }) => {
            return p === null
              ? logScore.toFixed(4)
              : `${logScore.toFixed(4)} (${p < 0.001 ? '<0.001' : p.toFixed(3)})`
          }),
        ]),
      },
      binsOf(judged),
      {
        title: 'Too few days, left as they are',
        columns: ['', 'days'],
        rows: skipped.map((one) => [nameOf(one), String(one.days)]),
      },
    ],
  }
}

type Named = { readonly series: string; readonly leadHours: number }
export const nameOf = ({ series, leadHours }: Named): string => `${series}, ${leadHours} h`

type Both = { readonly said: Reliability | null; readonly mapped: Reliability | null }
type Judged = { readonly place: TournamentPlace; readonly reliability: Both }

function reliabilities({ entry, tested }: TournamentPlace): Both {
  const isMapped = entry.method !== 'none'
  return {
    said: reliabilityOf(tested, 'none'),
    mapped: isMapped ? reliabilityOf(tested, entry.method) : null,
  }
}

function picture({ entry }: TournamentPlace, { said, mapped }: Both): Picture {
  const points = (of: Reliability) =>
    of.bins.map(({ said: x, won: y, low, high }) => ({ x, y, low, high }))
  return {
    kind: 'agreement',
    title: nameOf(entry),
    xLabel: 'said',
    yLabel: 'won',
    range: [0, 1],
    series: [
      ...(said ? [{ name: 'as said', points: points(said) }] : []),
      ...(mapped ? [{ name: entry.method, points: points(mapped) }] : []),
    ],
  }
}

function binsOf(judged: readonly Judged[]): ReportSection {
  const rows = judged.flatMap(({ place, reliability: { said, mapped } }) =>
    ([['as said', said] as const, [place.entry.method, mapped] as const] as const).flatMap(
      ([name, of]) => (of ? [rowOf(`${nameOf(place.entry)}, ${name}`, of)] : []),
    ),
  )
  return {
    title:
      'Single brackets: Brier score, what recalibration would take away (CORP), and how many in each bin from',
    columns: ['', 'Brier', 'miscalibration', ...Array.from({ length: 10 }, (_, i) => `0.${i}`)],
    rows,
  }
}

function rowOf(name: string, { bins, brier, miscalibration }: Reliability): readonly string[] {
  const counts = Array.from({ length: 10 }, (_, i) => {
    const bin = bins.find(({ from, to }) => from <= (i + 0.5) / 10 && (i + 0.5) / 10 < to)
    return bin && Math.round(bin.from * 10) === i ? String(bin.n) : '–'
  })
  return [name, brier.toFixed(4), miscalibration.toFixed(4), ...counts]
}

function winners(places: readonly TournamentPlace[]): ReportSection {
  const mapped = places.filter(({ entry }) => entry.method !== 'none').length
  return {
    title: `A map wins for ${mapped} of ${places.length} cities and leads`,
    text: 'None wins unless a map does better by the log score with a Holm-adjusted p of at most 0.05.',
    columns: ['', 'wins', 'fitted through'],
    rows: places.map(({ entry }) => [nameOf(entry), entry.method, entry.fittedThrough]),
  }
}

function verdicts({ places, isChanged, artefact }: Refit): ReportSection {
  const score = (value: number | undefined): string => value?.toFixed(4) ?? '–'
  return {
    title: isChanged
      ? `New maps in force${artefact?.previous === undefined ? '' : `, after ${artefact.previous}`}`
      : 'The maps in force stay',
    text: 'Log scores in nats over the days after the fit of the map in force; the lower one stays.',
    columns: ['', 'because', 'before', 'now', 'what', 'days', 'none', 'in force', 'new fit'],
    rows: places.map(({ trial, before, after, reason, verdict, ...at }) => [
      ...[nameOf(at), reason ?? '–', before?.method ?? '–', after?.method ?? '–', verdict],
      ...[trial === null ? '–' : String(trial.days), score(trial?.none)],
      ...[score(trial?.inForce), score(trial?.challenger)],
    ]),
  }
}

const BECAUSE = {
  new: 'no map yet',
  month: 'a month has passed',
  drift: 'it does harm',
  asked: 'asked for',
} as const

/** One line a city and lead, for a terminal or a log. */
export function placeLine({ reason, verdict, before, after, trial, ...at }: RefitPlace): string {
  const because = reason === null ? '' : ` (${BECAUSE[reason]})`
  const scores =
    trial === null
      ? ''
      : `: ${trial.challenger.toFixed(4)} for the new fit, ${trial.inForce.toFixed(4)} for the one in force, ` +
        `${trial.none.toFixed(4)} for none, on ${trial.days} days it had not seen`
  const method = after?.method ?? 'none'
  const words: Record<typeof verdict, string> = {
    first: `${method} is put in force`,
    replaced: `${before?.method} gives way to ${method}`,
    kept: `${before?.method} stays`,
    dropped: `${before?.method} is taken out, too few days for another`,
    'not-due': `${before?.method} stays, not due`,
    'no-news': `${before?.method} stays, no new days`,
    'too-few-days': `${before?.method ?? 'nothing'} stays, too few days to fit`,
  }
  return `${nameOf(at)}: ${words[verdict]}${because}${scores}`
}
