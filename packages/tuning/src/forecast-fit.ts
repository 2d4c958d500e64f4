import { featureHashOf, fitBoostedTrees, fitLogistic, fitRidge } from '@kwm/quant'
import type { ForecastArtefact, ForecastModelJson, LinearJson } from '@kwm/model-forecast'
import type { Prng } from '@kwm/std'
import type { ForecastTable } from './forecast-table.ts'

/** A model family and its hyper-parameters: one trial of the search. */
export type Candidate =
  | { readonly kind: 'ridge'; readonly ridge: number }
  | { readonly kind: 'logistic'; readonly ridge: number }
  | {
      readonly kind: 'boosting'
      readonly learningRate: number
      readonly depthMax: number
      readonly leafRowsMin: number
    }

/** A move beyond one cent is up or down; within it, flat. */
export const DEAD_ZONE = 0.01
/** 0.31 - 0.3 is above 0.01 and 0.29 - 0.28 is below: a cent is a cent. */
const ROUNDING = 1e-9

/** 1 up, -1 down, 0 flat, of a change of the mid in dollars. */
export const directionOf = (change: number): -1 | 0 | 1 =>
  Math.abs(change) <= DEAD_ZONE + ROUNDING ? 0 : change > 0 ? 1 : -1
const TREES_MAX = 120
const TREES_PATIENCE = 10

/** `perKind` random candidates of each family. */
export function drawCandidates(perKind: number, prng: Prng): readonly Candidate[] {
  const between = (low: number, high: number): number => low * (high / low) ** prng.nextFloat()
  return Array.from({ length: perKind }, (): Candidate[] => [
    { kind: 'ridge', ridge: between(1e-5, 10) },
    { kind: 'logistic', ridge: between(1e-2, 1e3) },
    {
      kind: 'boosting',
      learningRate: between(0.03, 0.2),
      depthMax: 2 + prng.nextInt(3),
      leafRowsMin: Math.round(between(20, 500)),
    },
  ]).flat()
}

/**
 * A candidate fitted on `rows` of the table, its standardiser too, as an artefact. Boosting holds the
 * rows of the last days, `stopDays` of them, out to know when to stop, and learns what was known before. Null when there is no fit.
 */
export function fitForecaster(
  table: ForecastTable,
  rows: Uint32Array,
  candidate: Candidate,
  stopDays: number,
): ForecastArtefact | null {
  if (rows.length === 0) return null
  const scaler = standardiser(table, rows)
  const model = fitModel(table, rows, scaler, candidate, stopDays)
  if (model === null) return null
  return {
    format: 'kwm-forecast',
    v: 1,
    modelVersion: candidate.kind,
    horizonSeconds: table.options.horizonSeconds,
    features: table.options.features,
    featureHash: featureHashOf(table.columns),
    scaler: { mean: [...scaler.mean], scale: [...scaler.scale] },
    model,
    residualSd: 0,
  }
}

type Scaler = { readonly mean: Float64Array; readonly scale: Float64Array }

/** Weighted mean and deviation of each column; a column that does not vary has a scale of 1. */
function standardiser({ features, weights, columns }: ForecastTable, rows: Uint32Array): Scaler {
  const width = columns.length
  const [mean, square] = [new Float64Array(width), new Float64Array(width)]
  let total = 0
  for (const r of rows) {
    total += weights[r]!
    for (let k = 0; k < width; k++) mean[k]! += weights[r]! * features[r * width + k]!
  }
  for (let k = 0; k < width; k++) mean[k]! /= total
  for (const r of rows) {
    for (let k = 0; k < width; k++) {
      square[k]! += (weights[r]! / total) * (features[r * width + k]! - mean[k]!) ** 2
    }
  }
  return { mean, scale: square.map((v) => (v > 1e-18 ? Math.sqrt(v) : 1)) }
}

type Slice = { readonly x: Float64Array; readonly y: Float64Array; readonly w: Float64Array }

/** Standardised rows; weights with a mean of 1, so that a ridge means the same on any data. */
function slice(table: ForecastTable, rows: Uint32Array, { mean, scale }: Scaler): Slice {
  const width = table.columns.length
  const x = new Float64Array(rows.length * width)
  for (const [i, r] of rows.entries()) {
    for (let k = 0; k < width; k++) {
      x[i * width + k] = (table.features[r * width + k]! - mean[k]!) / scale[k]!
    }
  }
  const w = Float64Array.from(rows, (r) => table.weights[r]!)
  const total = w.reduce((sum, v) => sum + v, 0)
  return {
    x,
    y: Float64Array.from(rows, (r) => table.targets[r]!),
    w: w.map((v) => (v * rows.length) / total),
  }
}

function fitModel(
  table: ForecastTable,
  rows: Uint32Array,
  scaler: Scaler,
  candidate: Candidate,
  stopDays: number,
): ForecastModelJson | null {
  if (candidate.kind === 'boosting') return fitTrees(table, rows, scaler, candidate, stopDays)
  const data = slice(table, rows, scaler)
  return candidate.kind === 'ridge'
    ? fitMean(data, candidate.ridge)
    : fitDirections(data, candidate.ridge)
}

function fitMean({ x, y, w }: Slice, ridge: number): ForecastModelJson | null {
  const intercept = y.reduce((sum, v, r) => sum + w[r]! * v, 0) / y.length
  const centred = y.map((v) => v - intercept)
  const fit = fitRidge(x, centred, { ridge: ridge * y.length, weights: w })
  return fit && { kind: 'ridge', coefficients: [...fit], intercept }
}

function fitDirections({ x, y, w }: Slice, ridge: number): ForecastModelJson | null {
  const side = (sign: 1 | -1): { linear: LinearJson; mean: number } | null => {
    const labels = y.map((v) => (directionOf(v) === sign ? 1 : 0))
    const count = labels.reduce((sum, label, r) => sum + w[r]! * label, 0)
    if (count === 0) return null
    const fit = fitLogistic(x, labels, { ridge, weights: w })
    if (!fit.converged) return null
    const mean = labels.reduce((sum, label, r) => sum + w[r]! * label * y[r]!, 0) / count
    return { linear: { coefficients: [...fit.coefficients], intercept: fit.intercept }, mean }
  }
  const [up, down] = [side(1), side(-1)]
  if (up === null || down === null) return null
  const [meanUp, meanDown] = [up.mean, down.mean]
  return { kind: 'logistic', up: up.linear, down: down.linear, meanUp, meanDown }
}

function fitTrees(
  table: ForecastTable,
  rows: Uint32Array,
  scaler: Scaler,
  candidate: Extract<Candidate, { kind: 'boosting' }>,
  stopDays: number,
): ForecastModelJson | null {
  const days = [...new Set(Array.from(rows, (r) => table.days[r]!))].toSorted()
  const held = new Set(days.slice(-stopDays))
  const stopRows = rows.filter((r) => held.has(table.days[r]!))
  const stopFrom = stopRows.reduce((least, r) => Math.min(least, table.times[r]!), Infinity)
  const isKnown = (r: number): boolean => table.labelTimes[r]! <= stopFrom
  const trainRows = rows.filter((r) => !held.has(table.days[r]!) && isKnown(r))
  if (trainRows.length === 0) return null
  const train = slice(table, trainRows, scaler)
  const stop = slice(table, stopRows, scaler)
  const { learningRate, depthMax, leafRowsMin } = candidate
  const trees = fitBoostedTrees(train.x, train.y, {
    loss: 'squared',
    featureNames: table.columns,
    weights: train.w,
    treesMax: TREES_MAX,
    leavesMax: 2 ** depthMax,
    learningRate,
    depthMax,
    leafRowsMin,
    validation: { rows: stop.x, targets: stop.y, patience: TREES_PATIENCE },
  })
  return { kind: 'boosting', trees: trees.toJson() }
}
