import {
  BETA_MAX,
  BETA_MIN,
  identityCalibration,
  KNOTS_MAX,
  type CdfCalibration,
} from './cdf-calibration.ts'
import type { DressingCurve } from './ensemble-max.ts'
import { EXCESS_SIZE, type ExcessPmf } from './excess-model.ts'
import type { ReadingKind } from './observation-grid.ts'
import {
  HOUR_CENTRES,
  LEAD_CENTRES_HOURS,
  PHI_MAX,
  PHI_MIN,
  type ResidualModel,
} from './residual-model.ts'
import { stationOfIcao } from './stations.ts'

/** What was learnt of one station, as the machine uses it: plain data, a part that was not fitted null. */
export type StationModel = {
  readonly version: string
  /** Against forecasts of this source alone. */
  readonly residual: { readonly source: string; readonly model: ResidualModel } | null
  /** Over a feed of this kind and cadence alone. */
  readonly excess: {
    readonly kind: Exclude<ReadingKind, 'smooth'>
    readonly rowsPerReading: number
    readonly pmf: ExcessPmf
  } | null
  /** Of this source alone; `weight` is its part in the logarithmic pool with the nowcast. */
  readonly ensemble: {
    readonly source: string
    readonly dressing: DressingCurve
    readonly weight: number
  } | null
  readonly calibration: CdfCalibration
}

export const STATION_MODEL_FORMAT = 'kwm-weather-model'
export const STATION_MODEL_V = 2

export class StationModelRefusedError extends Error {
  override readonly name = 'StationModelRefusedError'
}

const KINDS: readonly unknown[] = ['tenth-f', 'whole-f', 'whole-c']
const SOURCE_MAX = 64
const DRESSINGS_MAX = 24

/**
 * The model of an artefact of `kwm weather fit`: plain data of any origin, checked field by field.
 * @throws {StationModelRefusedError} It names the field.
 */
export function stationModelOf(artefact: unknown): { icao: string; model: StationModel } {
  const { format, v, stationId, model } = fieldsOf(artefact, 'file')
  if (format !== STATION_MODEL_FORMAT || v !== STATION_MODEL_V) {
    refuse(`format must be ${STATION_MODEL_FORMAT} and v ${STATION_MODEL_V}: fit it again`)
  }
  if (typeof stationId !== 'string' || !stationOfIcao(stationId)) {
    refuse('stationId must be a station that a daily high settles on')
  }
  const parts = fieldsOf(model, 'model')
  return {
    icao: stationId,
    model: {
      version: named(parts['version'], 'model.version'),
      residual: orNull(parts['residual'], 'model.residual', residualOf),
      excess: orNull(parts['excess'], 'model.excess', excessOf),
      ensemble: orNull(parts['ensemble'], 'model.ensemble', ensembleOf),
      calibration: calibrationOf(parts['calibration'], 'model.calibration'),
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

function residualOf({ source, model }: Fields, name: string): StationModel['residual'] {
  const { version, provenance, biasF, sdF, phi } = fieldsOf(model, `${name}.model`)
  if (provenance !== 'fitted') refuse(`${name}.model.provenance must be fitted`)
  const table = (value: unknown, field: string, low: number, high: number): number[][] =>
    listOf(value, `${name}.model.${field}`, LEAD_CENTRES_HOURS.length).map((row, i) =>
      numbersOf(row, `${name}.model.${field}[${i}]`, HOUR_CENTRES.length, low, high),
    )
  return {
    source: named(source, `${name}.source`),
    model: {
      version: named(version, `${name}.model.version`),
      provenance: 'fitted',
      biasF: table(biasF, 'biasF', -40, 40),
      sdF: table(sdF, 'sdF', 0, 40),
      phi: numberOf(phi, `${name}.model.phi`, PHI_MIN, PHI_MAX),
    },
  }
}

function excessOf({ kind, rowsPerReading, pmf }: Fields, name: string): StationModel['excess'] {
  if (!KINDS.includes(kind)) refuse(`${name}.kind must be one of ${KINDS.join(', ')}`)
  return {
    kind: kind as Exclude<ReadingKind, 'smooth'>,
    rowsPerReading: numberOf(rowsPerReading, `${name}.rowsPerReading`, 1, 288),
    pmf: probabilitiesOf(pmf, `${name}.pmf`, EXCESS_SIZE),
  }
}

function ensembleOf({ source, dressing, weight }: Fields, name: string): StationModel['ensemble'] {
  const { hoursLeft, biasF, dressSdF } = fieldsOf(dressing, `${name}.dressing`)
  const count = Array.isArray(hoursLeft) ? hoursLeft.length : 0
  if (count === 0 || count > DRESSINGS_MAX) {
    refuse(`${name}.dressing.hoursLeft must be a list of 1 to ${DRESSINGS_MAX} hours`)
  }
  const hours = numbersOf(hoursLeft, `${name}.dressing.hoursLeft`, count, 0, 48)
  ascending(hours, `${name}.dressing.hoursLeft`)
  return {
    source: named(source, `${name}.source`),
    dressing: {
      hoursLeft: hours,
      biasF: numbersOf(biasF, `${name}.dressing.biasF`, count, -40, 40),
      dressSdF: numbersOf(dressSdF, `${name}.dressing.dressSdF`, count, 0.05, 40),
    },
    weight: numberOf(weight, `${name}.weight`, 0, 1),
  }
}

function calibrationOf(value: unknown, name: string): CdfCalibration {
  const { kind, a, b, u, g } = fieldsOf(value, name)
  if (kind === 'none') return identityCalibration
  if (kind === 'beta') {
    const parameter = (given: unknown, field: string): number =>
      numberOf(given, `${name}.${field}`, BETA_MIN, BETA_MAX)
    return { kind, a: parameter(a, 'a'), b: parameter(b, 'b') }
  }
  if (kind !== 'knots') return refuse(`${name}.kind must be one of none, knots, beta`)
  const count = Array.isArray(u) ? u.length : 0
  if (count > KNOTS_MAX) refuse(`${name}.u has ${count} knots, ${KNOTS_MAX} are the most`)
  const knots = {
    kind,
    u: numbersOf(u, `${name}.u`, count, 0, 1),
    g: numbersOf(g, `${name}.g`, count, 0, 1),
  } as const
  ascending(knots.u, `${name}.u`)
  ascending(knots.g, `${name}.g`)
  return knots
}

function orNull<T>(
  value: unknown,
  name: string,
  read: (fields: Fields, name: string) => T | null,
): T | null {
  return value === null ? null : read(fieldsOf(value, name), name)
}

function named(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= SOURCE_MAX) return value
  return refuse(`${name} must be 1 to ${SOURCE_MAX} characters`)
}

function numberOf(value: unknown, name: string, low: number, high: number): number {
  if (typeof value === 'number' && value >= low && value <= high) return value
  return refuse(`${name} must be a number from ${low} to ${high}`)
}

function listOf(value: unknown, name: string, length: number): readonly unknown[] {
  if (Array.isArray(value) && value.length === length) return value
  return refuse(`${name} must be a list of ${length}`)
}

const numbersOf = (value: unknown, name: string, length: number, low: number, high: number) =>
  listOf(value, name, length).map((entry, i) => numberOf(entry, `${name}[${i}]`, low, high))

function probabilitiesOf(value: unknown, name: string, length: number): number[] {
  const p = numbersOf(value, name, length, 0, 1)
  const sum = p.reduce((total, q) => total + q, 0)
  if (Math.abs(sum - 1) > 1e-6) refuse(`${name} must sum to 1, not ${sum}`)
  return p
}

function ascending(values: readonly number[], name: string): void {
  const at = values.findIndex((value, i) => i > 0 && value <= values[i - 1]!)
  if (at > 0) refuse(`${name}[${at}] must be above the one before it`)
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  return refuse(`${name} must be an object`)
}

function refuse(text: string): never {
  throw new StationModelRefusedError(`weather model: ${text}`)
}
