import {
  CALIBRATION_DAYS_MIN,
  defaultExcess,
  EXCESS_LOWEST,
  HOUR_EDGES,
  LEAD_EDGES_HOURS,
  type FitPart,
  type NowcastScore,
} from '@kwm/model-weather'
import type { Report, ReportSection } from '../report/report.ts'
import type { ModelArtefact } from './model-artefact.ts'

/** What was fitted, from what, and how it did on days it had not seen. */
export function fitReport(artefact: ModelArtefact, faults: readonly string[]): Report {
  const { version, span, fit, inputs } = artefact
  const { residual, excess, leftOut } = fit
  return {
    title: `Weather model ${version}`,
    isGoalMet: residual.provenance === 'fitted' && excess.provenance === 'fitted',
    sections: [
      {
        title: `${artefact.stationId}, ${span.from} to ${span.to}, ${span.days} days with readings`,
        columns: ['part', 'is', 'days', 'of', 'why the default'],
        rows: partRows(artefact),
      },
      excessSection(artefact),
      residualSection(artefact),
      ensembleSection(artefact),
      calibrationSection(artefact),
      ...evaluationSections(artefact),
      {
        title: `Days left out of the excess: ${leftOut.length}`,
        columns: ['', 'why'],
        rows: leftOut.map(({ date, reason }) => [date, reason]),
      },
      {
        title: `Inputs${faults.length > 0 ? `, ${faults.length} parts refused` : ''}`,
        columns: ['', 'bytes', 'SHA-256'],
        rows: [
          ...inputs.map(({ file, bytes, sha256 }) => [file, String(bytes), sha256]),
          ...faults.slice(0, 20).map((fault) => [fault, '', '']),
        ],
      },
    ],
  }
}

function partRows({ fit, feed, forecastSource, ensembleSource, calibration }: ModelArtefact) {
  const { residual, excess, dressing, pool } = fit
  const cadence = feed.rowsPerReading === 1 ? 'every five minutes' : 'hourly'
  const row = (name: string, part: FitPart<{ readonly days: number }>, of: string | null) => {
    const why = part.provenance === 'default' ? part.reason : ''
    return [name, part.provenance, String(part.days), of ?? 'none', why]
  }
  const { kind } = calibration.calibration
  return [
    row('excess over the best reading', excess, `${feed.kind}, ${cadence}`),
    row('residual of the forecast', residual, forecastSource),
    row('dressing of the ensemble', dressing, ensembleSource),
    row('weight of the ensemble', pool, ensembleSource),
    [
      'calibration',
      kind,
      String(calibration.comparedDays),
      'all hours',
      calibrationWhy(calibration),
    ],
  ]
}

function calibrationWhy({ calibration, comparedDays }: ModelArtefact['calibration']): string {
  if (comparedDays === 0) return `${CALIBRATION_DAYS_MIN} days scored are needed`
  return calibration.kind === 'none' ? 'no map beat none by its standard error' : ''
}

function excessSection({ fit: { excess }, feed }: ModelArtefact): ReportSection {
  const prior = defaultExcess(feed.kind, feed.rowsPerReading)
  return {
    title: 'Official high above the best reading, °F',
    text: 'Days fade by 0.995 a day; the default weighs 20.',
    columns: ['', 'days', 'default', excess.provenance],
    rows: excess.pmf.map((p, at) => [
      String(at + EXCESS_LOWEST),
      ...[excess.counts[at]!.toFixed(1), prior[at]!.toFixed(3), p.toFixed(3)],
    ]),
  }
}

function residualSection({ fit: { residual }, forecastSource }: ModelArtefact): ReportSection {
  const { model, counts } = residual
  if (residual.provenance === 'default') {
    return { title: 'Reading minus forecast', text: `The default: ${residual.reason}.` }
  }
  const against = forecastSource === null ? 'no forecast' : `forecasts of ${forecastSource}`
  return {
    title: `Reading minus forecast, °F: bias ± deviation (readings), by lead and hour`,
    text: `Against ${against}; φ = ${model.phi.toFixed(4)} over five minutes (${residual.provenance}).`,
    columns: ['', ...HOUR_EDGES.map((hour) => `from ${hour} h`)],
    rows: LEAD_EDGES_HOURS.map((lead, i) => [
      `lead from ${lead} h`,
      ...HOUR_EDGES.map((_, j) => {
        const bias = model.biasF[i]![j]!.toFixed(2)
        return `${bias} ± ${model.sdF[i]![j]!.toFixed(2)} (${counts[i]![j]!})`
      }),
    ]),
  }
}

function ensembleSection({
  fit: { dressing, pool },
  ensembleSource,
}: ModelArtefact): ReportSection {
  const { hoursLeft, biasF, dressSdF } = dressing.dressing
  if (dressing.provenance === 'default') {
    return { title: 'Kernel of each ensemble member', text: `The default: ${dressing.reason}.` }
  }
  const share = `${(pool.weight * 100).toFixed(0)} %`
  return {
    title: 'Kernel of each ensemble member, °F, by hours left of the day',
    text: `${ensembleSource ?? 'No ensemble'}; its weight in the pool with the nowcast is ${share} (${pool.provenance}).`,
    columns: ['hours left', 'bias', 'deviation'],
    rows: hoursLeft.map((hours, at) => [
      ...[String(hours), biasF[at]!.toFixed(2), dressSdF[at]!.toFixed(2)],
    ]),
  }
}

function calibrationSection({
  calibration: { calibration, gains, comparedDays },
}: ModelArtefact): ReportSection {
  const chosen =
    calibration.kind === 'beta'
      ? `beta with a = ${calibration.a.toFixed(3)}, b = ${calibration.b.toFixed(3)}`
      : calibration.kind
  const title = `Calibration in CDF space: ${chosen}`
  if (comparedDays === 0) return { title, text: `${CALIBRATION_DAYS_MIN} days scored are needed.` }
  return {
    title,
    text: `Gain in log score a day over none, each of ${comparedDays} days by a map of the days before it.`,
    columns: ['map', 'gain', 'standard error'],
    rows: gains.map(({ kind, gainPerDay, standardError }) => [
      ...[kind, gainPerDay.toFixed(4), standardError.toFixed(4)],
    ]),
  }
}

function evaluationSections({ evaluation }: ModelArtefact): readonly ReportSection[] {
  if (evaluation === null) {
    return [
      { title: 'Not evaluated', text: 'Without a fitted residual there is nothing to score.' },
    ]
  }
  const { all, byHour, byLead } = evaluation
  const labels = all.pit.map((_, bin) => (bin / all.pit.length).toFixed(1))
  const row = (name: string, { count, meanCrpsF, coverage80 }: NowcastScore) => [
    ...[name, String(count), meanCrpsF.toFixed(3), `${(coverage80 * 100).toFixed(1)} %`],
  ]
  return [
    {
      title: 'Probability integral transform of the official high: flat is right',
      text: 'Every day nowcast by a fit of the days before it, from what was known at the hour.',
      bars: { shares: all.pit, labels },
      columns: ['from', ...labels],
      rows: [['share', ...all.pit.map((share) => share.toFixed(3))]],
    },
    {
      title: 'Score by local standard hour and by age of the forecast; 80 % is right',
      columns: ['', 'nowcasts', 'CRPS °F', 'in central 80 %'],
      rows: [
        row('all', all),
        ...byHour.map((score) => row(`${score.hour} h`, score)),
        ...byLead.map((score) => row(`forecast from ${score.leadFromHours} h old`, score)),
      ],
    },
  ]
}
