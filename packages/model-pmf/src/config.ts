import type {
  InnovationGateConfig,
  PmfCalibratorJson,
  ProcessNoiseConfig,
  SkewNormalTriple,
} from '@kwm/quant'
import { INNOVATION_GATE, PROCESS_NOISE } from '@kwm/quant'
import { IDENTITY_CALIBRATION } from './calibration.ts'

/** How market and weather become one PMF. */
export type FusionMethod = 'filter' | 'particles' | 'dirichlet' | 'log-pool'

/** w_m = sigma(base + volume ln(1 + contracts in 10 min) + burst x + hazard h60), MODELS 6.2. */
export type MarketWeightConfig = {
  readonly base: number
  readonly volume: number
  readonly burst: number
  readonly hazard: number
}

/** Places are in gaps between neighbouring brackets. */
export type ParticlesConfig = {
  /** With the event's name it seeds the draws. */
  readonly seed: string
  readonly count: number
  readonly jitter: number
  readonly startSd: SkewNormalTriple
  /** Variances per second. */
  readonly walk: SkewNormalTriple
}

/** A fitted map of the PMFs of a series from so many hours before the close on. */
export type CalibrationMap = {
  readonly series: string
  readonly leadHours: number
  readonly map: PmfCalibratorJson
}

/** Fitted maps, with their name. Without any it is the identity. */
export type PmfCalibrationConfig = {
  readonly version: string
  readonly maps?: readonly CalibrationMap[]
}

export type PmfConfig = {
  /** Half-life of the local quadratic on the centre of mass. */
  readonly kinematicsHalfLifeUs: number
  readonly method: FusionMethod
  /** How far the weather PMF is believed, 0 not at all to 1. */
  readonly weatherTrust: number
  /** A weather PMF older than this has no part. */
  readonly weatherStaleUs: number
  /** The filter's pull towards the weather PMF at full trust and equal weights. */
  readonly weatherPullPerSecond: number
  /** How many draws the weather PMF is worth in a Dirichlet pool. */
  readonly weatherConcentration: number
  readonly marketWeight: MarketWeightConfig
  /** The weights of the log pool sum to this: 1, or more to sharpen, up to 1.3. */
  readonly logPoolWeightSum: number
  readonly noise: ProcessNoiseConfig
  /** Of every ILR coordinate before the first book, and the most an alarm may make of one. */
  readonly initialVariance: number
  readonly varianceMax: number
  readonly gate: InnovationGateConfig
  /** Of FOCuS on the innovations of a shift of the PMF: one false alarm in some 17,000 books. */
  readonly focusThreshold: number
  /** On an alarm P is multiplied by `inflation`, and Q by `noiseScale` for `holdUs` (MODELS 3.4). */
  readonly changePoint: {
    readonly inflation: number
    readonly noiseScale: number
    readonly holdUs: number
  }
  /** A quote read again before this time has passed is the same news again, and counts for less. One
   * that still stands after it is news. */
  readonly bookCorrelationSeconds: number
  readonly particles: ParticlesConfig
  readonly calibration: PmfCalibrationConfig
}

/** MODELS 6.1 to 6.4 and 12: defaults, none of them fitted. */
export const defaultPmfConfig: PmfConfig = {
  kinematicsHalfLifeUs: 12_000_000,
  method: 'filter',
  weatherTrust: 1,
  weatherStaleUs: 1_200_000_000,
  weatherPullPerSecond: 1 / 1_800,
  weatherConcentration: 30,
  marketWeight: { base: 0, volume: 0.4, burst: 0.3, hazard: -0.5 },
  logPoolWeightSum: 1,
  noise: PROCESS_NOISE,
  initialVariance: 1,
  varianceMax: 9,
  gate: INNOVATION_GATE,
  focusThreshold: 10,
  changePoint: { inflation: 4, noiseScale: 10, holdUs: 30_000_000 },
  bookCorrelationSeconds: 15,
  particles: {
    seed: 'particles',
    count: 2_000,
    jitter: 0.05,
    startSd: { place: 1, lnScale: 0.5, shape: 1 },
    walk: { place: 2e-6, lnScale: 3e-7, shape: 1e-5 },
  },
  calibration: IDENTITY_CALIBRATION,
}
