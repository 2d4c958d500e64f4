import {
  defaultExcess,
  EXCESS_LOWEST,
  HOUR_EDGES,
  LEAD_EDGES_HOURS,
  type NowcastScore,
} from '@kwm/model-weather'
import type { Report, ReportSection } from '../report/report.ts'
import type { ModelArtefact } from './model-artefact.ts'

/** What was fitted, from what, and how it did on days it had not seen. */
export function fitReport(artefact: ModelArtefact, faults: readonly string[]): Report {
  const { version, span, fit, inputs } = artefact
  const { residual, excess, leftOut } = fit
  const part = (name: string, { provenance, days, ...rest }: typeof residual | typeof excess) =>
    `${name} ${provenance}${'reason' in rest ? ` (${rest.reason})` : `, ${days} days`}`
  return {
    title: `Weather model ${version}`,
    isGoalMet: residual.provenance === 'fitted' && excess.provenance === 'fitted',
    sections: [
      {
        title: `${artefact.stationId}, ${span.from} to ${span.to}, ${span.days} days with readings`,
        text: `${part('Residual', residual)}; ${part('excess', excess)}.`,
      },
      excessSection(artefact),
      residualSection(artefact),
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
