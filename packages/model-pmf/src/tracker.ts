import type { LiveTrackerSnapshot } from './live-tracker.ts'
import type { ParticleTrackerSnapshot } from './particle-tracker.ts'
import type { WeatherPart } from './weather-evidence.ts'

/** The weather's PMF over the live brackets, where it has a part. */
export type WeatherPull = Extract<WeatherPart, { readonly refusal: null }>
export type TrackerSnapshot = LiveTrackerSnapshot | ParticleTrackerSnapshot

/** Where all brackets of an event stand, and which of them are alive, ascending. */
export type LiveAxis = { readonly centres: Float64Array; readonly alive: readonly number[] }

/** Follows the PMF of an event's live brackets from book state to book state. */
export interface Tracker {
  /** Lets time pass, pulled towards the weather at `pullPerSecond`; null: not at all. */
  advance(nowUs: number, weather: WeatherPull | null, pullPerSecond: number): void
  /** One new book state, `degrees` of freedom of it news. Returns the NIS. */
  observe(mid: Float64Array, variance: Float64Array, degrees: number): number
  /** E[p] and the standard deviation of each entry. The arrays are reused. */
  moments(): { readonly mean: Float64Array; readonly sd: Float64Array }
  /** Is an alarm still fresh? */
  isHot(nowUs: number): boolean
  /** The tracker of fewer brackets: `kept` are indices into its own. */
  keep(axis: LiveAxis, kept: readonly number[]): Tracker
  snapshot(): TrackerSnapshot
}

export const liveCentres = ({ centres, alive }: LiveAxis): Float64Array =>
  Float64Array.from(alive, (index) => centres[index]!)
