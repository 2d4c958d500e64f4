import { dieboldMariano, quantileBins, walkForwardSplits } from '@kwm/quant'
import type { DieboldMariano, TrendBin, WalkForwardRow, WalkForwardSplit } from '@kwm/quant'
import { PooledForecaster } from '@kwm/model-forecast'
import type { ForecastArtefact } from '@kwm/model-forecast'
import { hash32, Prng } from '@kwm/std'
import { TuningError } from './errors.ts'
import { drawCandidates, fitForecaster, type Candidate } from './forecast-fit.ts'
import type { ForecastTable } from './forecast-table.ts'
import { checkLeakage, type LeakageCheck } from './leakage.ts'

export type TrainOptions = {
  readonly seed: number
  /** Candidates of each model family. */
  readonly trialsPerKind: number
  /** Lengths in climate days. */
  readonly trainDays: number
  readonly testDays: number
  /** From the label being true to our knowing it. */
  readonly latencyUs: number
}

export type Trial = {
  readonly fold: number
  readonly candidate: Candidate
  /** Of the inner test days; null when there was no fit. */
  readonly innerLoss: number | null
}

export type FoldReport = {
  readonly testFrom: string
  readonly testTo: string
  readonly trainRows: number
  readonly testRows: number
  readonly purged: number
  readonly chosen: Candidate | null
}

export type TrainReport = {
  readonly rows: number
  readonly days: number
  readonly folds: readonly FoldReport[]
  /** Every one that was fitted, for the count that deflates a Sharpe ratio. */
  readonly trials: readonly Trial[]
  /** 1 less the mean squared error out of sample over that of forecasting no change. */
  readonly skill: number
  /** Daily losses against no change; negative when the forecaster is better. */
  readonly againstStill: DieboldMariano | null
  /** Mean squared errors of each test day: the forecasts' and those of no change. */
  readonly daily: readonly { readonly day: string; readonly ours: number; readonly still: number }[]
  /** Test rows by forecast, as many in each; what was forecast and what came. */
  readonly bins: readonly TrendBin[]
  /** Features that no row had. */
  readonly absent: readonly string[]
  readonly leakage: LeakageCheck
  readonly isAccepted: boolean
  readonly reason: string
}

export type TrainResult = {
  readonly report: TrainReport
  readonly artefact: ForecastArtefact | null
}

export const ACCEPT_P = 0.05
export const TRIALS_MAX = 200
const FORECAST_BINS = 10

/**
 * Walk-forward over climate days (MODELS 7.5): in each block every candidate is fitted on the inner
 * train days and judged on the inner test days; the best is fitted on the block and forecasts the test
 * days. Standardisers are fitted inside. The artefact is the candidate of the least median inner
 * loss, fitted on the last block of days; it is made only when the chosen ones beat "no change" on the
 * test days and nothing smells of leakage.
 */
export function trainForecaster(table: ForecastTable, options: TrainOptions): TrainResult {
  const { seed, trialsPerKind, trainDays, testDays, latencyUs } = options
  checkOptions(options)
  const days = [...new Set(table.days)].toSorted()
  if (days.length < trainDays + testDays) {
    throw new TuningError(
      `${days.length} climate days of rows, ${trainDays + testDays} needed: give more tapes, or ` +
        'fewer days with --train-days and --test-days',
    )
  }
  const candidates = drawCandidates(trialsPerKind, new Prng(seed))
  const rows = table.days.map((_, r) => rowOf(table, r))
  const splits = walkForwardSplits(rows, {
    train: trainDays,
    test: testDays,
    step: testDays,
    latency: latencyUs,
  })
  const trials: Trial[] = []
  const folds: FoldReport[] = []
  const losses = new DailyLosses()
  const tested: number[] = []
  const forecasts: number[] = []
  for (const [fold, { trainRows, testRows, purged, fold: range }] of splits.entries()) {
    const chosen = chooseInside(table, trainRows, candidates, { fold, testDays, latencyUs }, trials)
    const fit = chosen && fitForecaster(table, trainRows, chosen, testDays)
    const model = fit && PooledForecaster.load(fit)
    for (const r of testRows) {
      const forecast = model ? model.predict(table.features, r * table.columns.length) : 0
      losses.add(table.days[r]!, table.weights[r]!, table.targets[r]!, forecast)
      tested.push(r)
      forecasts.push(forecast)
    }
    folds.push({
      testFrom: days[range.testFrom]!,
      testTo: days[range.testTo - 1]!,
      trainRows: trainRows.length,
      testRows: testRows.length,
      purged,
      chosen,
    })
  }
  const againstStill = losses.test()
  const leakage = checkLeakage(table, Uint32Array.from(tested), forecasts)
  const reason = verdict(againstStill, leakage)
  const report: TrainReport = {
    rows: table.targets.length,
    days: days.length,
    folds,
    trials,
    skill: 1 - losses.ratio(),
    againstStill,
    daily: losses.daily(),
    bins: quantileBins(
      forecasts,
      tested.map((r) => table.targets[r]!),
      Math.min(FORECAST_BINS, tested.length),
    ),
    absent: absentFeatures(table),
    leakage,
    isAccepted: reason === 'better than no change',
    reason,
  }
  if (!report.isAccepted) return { report, artefact: null }
  return { report, artefact: finalArtefact(table, days.slice(-trainDays), options, trials, losses) }
}

function checkOptions({ trialsPerKind, trainDays, testDays }: TrainOptions): void {
  if (!(Number.isInteger(trialsPerKind) && trialsPerKind > 0 && trialsPerKind <= TRIALS_MAX)) {
    throw new TuningError(`trials ${trialsPerKind}: a whole number from 1 to ${TRIALS_MAX}`)
  }
  if (!(testDays >= 1 && trainDays >= 2 * testDays + 1)) {
    throw new TuningError(
      `${trainDays} train days must be more than twice the ${testDays} test days`,
    )
  }
}

/** A feature is absent when its indicator always says so. */
function absentFeatures({ columns, features, options }: ForecastTable): readonly string[] {
  return options.features.filter((name) => {
    const k = columns.findIndex((c) => c === `own.${name}.missing` || c === `${name}.missing`)
    for (let at = k; at < features.length; at += columns.length) {
      if (features[at] === 0) return false
    }
    return true
  })
}

function verdict(test: DieboldMariano | null, leakage: LeakageCheck): string {
  if (leakage.isAlarmed) {
    const { suspect, auc } = leakage
    const of = (value: number | null) => value?.toFixed(3) ?? 'none'
    return `leakage: AUC ${of(auc)} of the forecasts, ${of(suspect?.auc ?? null)} of ${suspect?.column}`
  }
  if (test === null || test.meanDiff >= 0) return 'no better than no change'
  if (test.pTwoSided > ACCEPT_P) return `better by chance: p ${test.pTwoSided.toFixed(3)}`
  return 'better than no change'
}

/** The candidate of the least loss on the last days of the train block, fitted on those before. */
function chooseInside(
  table: ForecastTable,
  trainRows: Uint32Array,
  candidates: readonly Candidate[],
  { fold, testDays, latencyUs }: { fold: number; testDays: number; latencyUs: number },
  trials: Trial[],
): Candidate | null {
  const inner = trainRows.length > 0 ? innerSplit(table, trainRows, testDays, latencyUs) : undefined
  if (!inner) return null
  const [train, test] = [inner.trainRows, inner.testRows].map((of) => of.map((i) => trainRows[i]!))
  let best: { candidate: Candidate; loss: number } | null = null
  for (const candidate of candidates) {
    const innerLoss = lossOf(table, fitForecaster(table, train!, candidate, testDays), test!)
    trials.push({ fold, candidate, innerLoss })
    if (innerLoss !== null && innerLoss < (best?.loss ?? Infinity))
      best = { candidate, loss: innerLoss }
  }
  return best?.candidate ?? null
}

/** The last days of the block held out, and what is not known when they begin. */
function innerSplit(
  table: ForecastTable,
  trainRows: Uint32Array,
  testDays: number,
  latencyUs: number,
): WalkForwardSplit | undefined {
  const rows = Array.from(trainRows, (r) => rowOf(table, r))
  const train = new Set(rows.map((row) => row.group)).size - testDays
  const options = { train, test: testDays, step: testDays, latency: latencyUs }
  return train > 0 ? walkForwardSplits(rows, options)[0] : undefined
}

const rowOf = (table: ForecastTable, r: number): WalkForwardRow => ({
  group: table.days[r]!,
  time: table.times[r]!,
  labelTime: table.labelTimes[r]!,
})

/** Weighted mean squared error. */
function lossOf(
  table: ForecastTable,
  artefact: ForecastArtefact | null,
  rows: Uint32Array,
): number | null {
  if (artefact === null || rows.length === 0) return null
  const model = PooledForecaster.load(artefact)
  let [sum, total] = [0, 0]
  for (const r of rows) {
    const error = table.targets[r]! - model.predict(table.features, r * table.columns.length)
    sum += table.weights[r]! * error * error
    total += table.weights[r]!
  }
  return sum / total
}

function finalArtefact(
  table: ForecastTable,
  lastDays: readonly string[],
  { testDays, seed }: TrainOptions,
  trials: readonly Trial[],
  losses: DailyLosses,
): ForecastArtefact | null {
  const medians = [...new Set(trials.map((trial) => trial.candidate))].map((candidate) => {
    const of = trials.filter((trial) => trial.candidate === candidate)
    const sorted = of.map((trial) => trial.innerLoss ?? Infinity).toSorted((a, b) => a - b)
    return { candidate, loss: sorted[sorted.length >> 1]! }
  })
  const { candidate } = medians.reduce((best, next) => (next.loss < best.loss ? next : best))
  const days = new Set(lastDays)
  const rows = Uint32Array.from(table.days.keys()).filter((r) => days.has(table.days[r]!))
  const fit = fitForecaster(table, rows, candidate, testDays)
  if (fit === null) return null
  const artefact = { ...fit, residualSd: Math.sqrt(losses.meanSquare()) }
  const hash = hash32(JSON.stringify([artefact, seed]))
    .toString(16)
    .padStart(8, '0')
  return { ...artefact, modelVersion: `${candidate.kind}-${fit.horizonSeconds}s-${hash}` }
}

/** Losses of the forecaster and of "no change", by climate day. */
class DailyLosses {
  readonly #days = new Map<string, { ours: number; still: number; weight: number }>()

  add(day: string, weight: number, target: number, forecast: number): void {
    const sums = this.#days.get(day) ?? { ours: 0, still: 0, weight: 0 }
    sums.ours += weight * (target - forecast) ** 2
    sums.still += weight * target ** 2
    sums.weight += weight
    this.#days.set(day, sums)
  }

  test(): DieboldMariano | null {
    const days = this.daily()
    if (days.length < 2) return null
    return dieboldMariano(
      days.map((d) => d.ours),
      days.map((d) => d.still),
    )
  }

  daily(): TrainReport['daily'] {
    return [...this.#days].map(([day, { ours, still, weight }]) => {
      return { day, ours: ours / weight, still: still / weight }
    })
  }

  ratio(): number {
    const still = this.#sum('still')
    return still > 0 ? this.#sum('ours') / still : 1
  }

  meanSquare(): number {
    return this.#sum('ours') / this.#sum('weight')
  }

  #sum(key: 'ours' | 'still' | 'weight'): number {
    return [...this.#days.values()].reduce((sum, day) => sum + day[key], 0)
  }
}
