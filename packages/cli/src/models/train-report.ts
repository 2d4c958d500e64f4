import type { Candidate, TrainReport } from '@kwm/tuning'
import type { Report, ReportSection } from '../report/report.ts'

/** What was tried, on what, and how the forecasts did on days that no fit had seen. */
export function trainReport(name: string, report: TrainReport): Report {
  const { isAccepted, reason, rows, days, folds, trials, skill, againstStill } = report
  const p =
    againstStill === null
      ? ''
      : `, p ${againstStill.pTwoSided < 1e-4 ? 'below 0.0001' : againstStill.pTwoSided.toFixed(4)}`
  return {
    title: `Forecaster ${name}`,
    isGoalMet: isAccepted,
    sections: [
      {
        title: `${isAccepted ? 'Accepted' : 'Refused'}: ${reason}`,
        text:
          `Squared error ${(100 * skill).toFixed(2)} % below that of forecasting no change${p}; ` +
          `${rows.toLocaleString('en-US')} rows of ${days} climate days, ${folds.length} folds, ` +
          `${trials.length} trials.`,
      },
      outOfSample(report),
      foldSection(report),
      candidateSection(report),
      ...inputSections(report),
    ],
  }
}

function outOfSample({ bins, daily }: TrainReport): ReportSection {
  const cents = (value: number): number => 100 * value
  const points = bins.map(({ meanPredicted, meanRealised }) => {
    return { x: cents(meanPredicted), y: cents(meanRealised) }
  })
  const reach = Math.max(0.1, ...points.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]))
  let gained = 0
  const path = daily.map(({ ours, still }) => (gained += (still - ours) * 1e4))
  return {
    title: 'On days no fit had seen',
    text: 'Left: rows by forecast, a tenth in each; on the diagonal it came true. Right: rising is better.',
    pictures: [
      {
        ...{ kind: 'agreement', title: 'Change of the mid, cents' },
        ...{ xLabel: 'forecast', yLabel: 'came', range: [-reach, reach] },
        series: [{ name: 'mean of a tenth of the rows', points }],
      },
      {
        ...{
          kind: 'path',
          title: 'Squared error saved, cents², summed over days',
        },
        ...{ xLabel: 'test days', yLabel: 'saved', values: [0, ...path] },
        ends: [daily[0]?.day ?? '', daily.at(-1)?.day ?? ''],
      },
    ],
  }
}

function foldSection({ folds }: TrainReport): ReportSection {
  return {
    title: 'Folds, walking forward',
    columns: ['test days', 'train rows', 'purged', 'test rows', 'chosen inside'],
    rows: folds.map(({ testFrom, testTo, trainRows, purged, testRows, chosen }) => [
      ...[`${testFrom} to ${testTo}`, String(trainRows), String(purged), String(testRows)],
      chosen ? describeCandidate(chosen) : 'nothing',
    ]),
  }
}

function candidateSection({ trials }: TrainReport): ReportSection {
  const candidates = [...new Set(trials.map(({ candidate }) => describeCandidate(candidate)))]
  const rows = candidates.map((name) => {
    const losses = trials
      .filter(({ candidate }) => describeCandidate(candidate) === name)
      .map(({ innerLoss }) => innerLoss ?? Infinity)
      .toSorted((a, b) => a - b)
    const failed = losses.filter((loss) => loss === Infinity).length
    return { name, median: losses[losses.length >> 1]!, count: losses.length, failed }
  })
  return {
    title: 'Candidates by median error on the inner test days, cents²',
    columns: ['', 'median', 'fits', 'failed'],
    rows: rows
      .toSorted((a, b) => a.median - b.median)
      .map(({ name, median, count, failed }) => [
        ...[name, Number.isFinite(median) ? (1e4 * median).toFixed(4) : '–'],
        ...[String(count), String(failed)],
      ]),
  }
}

function inputSections({
  leakage: { auc, suspect },
  absent,
}: TrainReport): readonly ReportSection[] {
  return [
    {
      title: 'Does anything know the future?',
      text: 'AUC for up against down of the rows that moved more than a cent; above 0.9 is an alarm.',
      columns: ['', 'AUC'],
      rows: [
        ['the forecasts', auc?.toFixed(3) ?? '–'],
        ...(suspect ? [[suspect.column, suspect.auc.toFixed(3)]] : []),
      ],
    },
    ...(absent.length > 0
      ? [{ title: 'Features that no frame had', text: `${absent.join(', ')}.` }]
      : []),
  ]
}

/** `boosting, learning rate 0.1, depth 3, leaves of 30`. */
export function describeCandidate(candidate: Candidate): string {
  if (candidate.kind !== 'boosting') {
    return `${candidate.kind}, penalty ${candidate.ridge.toPrecision(3)}`
  }
  const { learningRate, depthMax, leafRowsMin } = candidate
  return `boosting, learning rate ${learningRate.toPrecision(2)}, depth ${depthMax}, leaves of ${leafRowsMin}`
}
