import { TRADE_INTENSITY, type TradeIntensityConfig } from './intensity-kernel.ts'
import { PAIR_MOTION, type PairMotionConfig } from './pair-motion.ts'

export type FeaturesConfig = {
  /** Half-life of the local quadratics on mids, microprices and the centre of mass. */
  readonly kinematicsHalfLifeUs: number
  /** At most one frame of an event in this much event time; what changes meanwhile waits for the next. */
  readonly frameIntervalUs: number
  /** A frame on a tick this long after the last one, although no quote has changed. */
  readonly refreshUs: number
  /** A bracket is active when two-sided, no wider than this, */
  readonly activeSpreadMaxBps: number
  /** changed within this time, */
  readonly activeChangeUs: number
  /** and traded at least this much in ten minutes. */
  readonly activeVolumeMinCenti: number
  /** Weights of the three best levels in the integrated order flow: a first component, fitted offline. */
  readonly ofiLoadings: readonly number[]
  readonly pairMotion: PairMotionConfig
  readonly tradeIntensity: TradeIntensityConfig
  /** By series ticker, where fitted ones stand in its place. */
  readonly tradeIntensityOfSeries: Readonly<Record<string, TradeIntensityConfig>>
  /** A weather PMF older than this says nothing any more. */
  readonly weatherMaxAgeUs: number
  /** Local standard time less UTC, by the station the rules name. */
  readonly stdOffsetMinutes: Readonly<Record<string, number>>
}

export const defaultFeaturesConfig: FeaturesConfig = {
  kinematicsHalfLifeUs: 12_000_000,
  frameIntervalUs: 100_000,
  refreshUs: 10_000_000,
  activeSpreadMaxBps: 600,
  activeChangeUs: 60_000_000,
  activeVolumeMinCenti: 100,
  ofiLoadings: [1, 1, 1],
  pairMotion: PAIR_MOTION,
  tradeIntensity: TRADE_INTENSITY,
  tradeIntensityOfSeries: {},
  weatherMaxAgeUs: 1_200_000_000,
  // Who composes the machines knows the stations.
  stdOffsetMinutes: {},
}
