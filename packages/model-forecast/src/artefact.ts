import { BoostedTrees, featureHashOf, expit } from '@kwm/quant'
import type { BoostedTreesJson } from '@kwm/quant'
import { FeatureVector } from './feature-vector.ts'

export type LinearJson = { readonly coefficients: readonly number[]; readonly intercept: number }

/** What a pooled forecaster does with standardised features; changes are in dollars of the payout. */
export type ForecastModelJson =
  | ({ readonly kind: 'ridge' } & LinearJson)
  | {
      readonly kind: 'logistic'
      readonly up: LinearJson
      readonly down: LinearJson
      /** The mean change when it went up, and when it went down. */
      readonly meanUp: number
      readonly meanDown: number
    }
  | { readonly kind: 'boosting'; readonly trees: BoostedTreesJson }

/** A trained forecaster as plain data. */
export type ForecastArtefact = {
  readonly format: 'kwm-forecast'
  readonly v: 1
  readonly modelVersion: string
  readonly horizonSeconds: number
  /** Names of row features; the columns and their hash follow from them. */
  readonly features: readonly string[]
  readonly featureHash: string
  readonly scaler: { readonly mean: readonly number[]; readonly scale: readonly number[] }
  readonly model: ForecastModelJson
  /** Standard deviation of the change less the forecast, out of sample. */
  readonly residualSd: number
}

/** An artefact rides in the configuration that each start writes to the tape: a message has a size. */
export const ARTEFACT_CHARS_MAX = 300_000
export const HORIZON_SECONDS_MAX = 3_600

/** The artefact cannot be used; the message names the field and what to do. */
export class ArtefactRefusedError extends Error {
  override readonly name = 'ArtefactRefusedError'
}

/** A loaded artefact: predicts the change of a mid from the columns of a `FeatureVector`. */
export class PooledForecaster {
  readonly artefact: ForecastArtefact
  readonly vector: FeatureVector
  readonly #scaled: Float64Array
  readonly #trees: BoostedTrees | null

  private constructor(artefact: ForecastArtefact, vector: FeatureVector) {
    this.artefact = artefact
    this.vector = vector
    this.#scaled = new Float64Array(vector.width)
    this.#trees =
      artefact.model.kind === 'boosting'
        ? BoostedTrees.fromJson(artefact.model.trees, vector.columns)
        : null
  }

  /** @throws {ArtefactRefusedError} Also for what was trained on other features. */
  static load(artefact: ForecastArtefact): PooledForecaster {
    const vector = checked(artefact)
    try {
      return new PooledForecaster(artefact, vector)
    } catch (error) {
      throw new ArtefactRefusedError(`model.trees: ${(error as Error).message}`)
    }
  }

  /** The expected change of the mid of the row that starts at `offset`. Allocates nothing. */
  predict(features: ArrayLike<number>, offset: number): number {
    const { scaler, model } = this.artefact
    const x = this.#scaled
    for (let k = 0; k < x.length; k++) {
      x[k] = (features[offset + k]! - scaler.mean[k]!) / scaler.scale[k]!
    }
    if (model.kind === 'ridge') return linear(model, x)
    if (model.kind === 'boosting') return this.#trees!.predict(x)
    return expit(linear(model.up, x)) * model.meanUp + expit(linear(model.down, x)) * model.meanDown
  }
}

function linear({ coefficients, intercept }: LinearJson, x: Float64Array): number {
  let sum = intercept
  for (let k = 0; k < x.length; k++) sum += coefficients[k]! * x[k]!
  return sum
}

/** Checks plain data of any origin, field by field. */
function checked(artefact: ForecastArtefact): FeatureVector {
  const refuse = (text: string): never => {
    throw new ArtefactRefusedError(`forecast artefact: ${text}`)
  }
  if (artefact?.format !== 'kwm-forecast' || artefact.v !== 1) {
    refuse('format must be kwm-forecast and v 1: train it again with this version')
  }
  const { modelVersion, horizonSeconds, features, featureHash, scaler, model, residualSd } =
    artefact
  if (typeof modelVersion !== 'string' || modelVersion === '' || modelVersion.length > 64) {
    refuse('modelVersion must be 1 to 64 characters')
  }
  if (
    !Number.isInteger(horizonSeconds) ||
    horizonSeconds < 1 ||
    horizonSeconds > HORIZON_SECONDS_MAX
  ) {
    refuse(`horizonSeconds must be a whole number from 1 to ${HORIZON_SECONDS_MAX}`)
  }
  if (!Array.isArray(features) || !features.every((name) => typeof name === 'string')) {
    refuse('features must be a list of names')
  }
  const vector = new FeatureVector(features)
  const wanted = featureHashOf(vector.columns)
  if (featureHash !== wanted) {
    refuse(`featureHash ${featureHash} is not ${wanted} of these features: train it again`)
  }
  const isVector = (values: unknown): values is number[] =>
    Array.isArray(values) && values.length === vector.width && values.every(Number.isFinite)
  if (!isVector(scaler?.mean)) refuse(`scaler.mean must be ${vector.width} numbers`)
  if (!isVector(scaler.scale) || !scaler.scale.every((scale) => scale > 0)) {
    refuse(`scaler.scale must be ${vector.width} positive numbers`)
  }
  if (!(residualSd >= 0 && residualSd <= 1)) refuse('residualSd must be from 0 to 1')
  const isLinear = (part: LinearJson): boolean =>
    isVector(part?.coefficients) && Number.isFinite(part.intercept)
  if (model?.kind === 'ridge') {
    if (!isLinear(model)) refuse(`model must have ${vector.width} coefficients and an intercept`)
  } else if (model?.kind === 'logistic') {
    if (!isLinear(model.up) || !isLinear(model.down))
      refuse('model.up and model.down must be linear')
    if (!Number.isFinite(model.meanUp) || !Number.isFinite(model.meanDown)) {
      refuse('model.meanUp and model.meanDown must be numbers')
    }
  } else if (model?.kind !== 'boosting') refuse('model.kind must be ridge, logistic or boosting')
  if (JSON.stringify(artefact).length > ARTEFACT_CHARS_MAX) {
    refuse(`more than ${ARTEFACT_CHARS_MAX} characters: train fewer or shallower trees`)
  }
  return vector
}
