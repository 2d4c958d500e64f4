import type { DataOf, EventOf } from '@kwm/contracts'
import { ilr } from '@kwm/quant'
import type { PmfConfig } from './config.ts'
import { weatherPrior } from './weather-prior.ts'

/** What is kept of a weather PMF. */
type Weather = Pick<DataOf<'pmf.weather-pmf.v1'>, 'brackets' | 'hazard60min'> &
  Partial<Pick<DataOf<'pmf.weather-pmf.v1'>, 'pmf'>>

export type DegreePmf = NonNullable<DataOf<'pmf.weather-pmf.v1'>['pmf']>

/** The weather's PMF over the live brackets, or why it has no part. */
export type WeatherPart =
  | {
      readonly refusal: null
      readonly pmf: Float64Array
      readonly target: Float64Array
      /** By whole degrees; null where it says none. */
      readonly degrees: DegreePmf | null
    }
  | { readonly refusal: 'off' | 'missing' | 'stale' | 'blocked' | 'differs' | 'incoherent' }

export type WeatherEvidenceSnapshot = {
  readonly weather: Weather | null
  readonly timeUs: number
  readonly hardLower: number | null
}

const OFF: WeatherPart = { refusal: 'off' }
const MISSING: WeatherPart = { refusal: 'missing' }
const STALE: WeatherPart = { refusal: 'stale' }

/** The newest weather PMF of an event, and the highest temperature known for certain. */
export class WeatherEvidence {
  readonly #config: PmfConfig
  #weather: Weather | null = null
  #timeUs = 0
  #hardLower: number | null = null
  /** Until the weather or the live brackets change. */
  #part: WeatherPart | null = null

  constructor(config: PmfConfig) {
    this.#config = config
  }

  static restore(config: PmfConfig, saved: WeatherEvidenceSnapshot): WeatherEvidence {
    const evidence = new WeatherEvidence(config)
    evidence.#weather = saved.weather
    evidence.#timeUs = saved.timeUs
    evidence.#hardLower = saved.hardLower
    return evidence
  }

  /** Whole degrees the official maximum has reached; never falls, as no bracket comes back to life. */
  get hardLower(): number | null {
    return this.#hardLower
  }

  /** When the newest weather PMF came; null for never. */
  get timeUs(): number | null {
    return this.#weather ? this.#timeUs : null
  }

  hear({ data, eventTimeUs }: EventOf<'pmf.weather-pmf.v1'>): void {
    // An older one that comes late knows less of the day, but its certainties stay certain.
    if (!this.#weather || eventTimeUs >= this.#timeUs) {
      const { brackets, hazard60min, pmf } = data
      this.#weather = { brackets, hazard60min, pmf }
      this.#timeUs = eventTimeUs
      this.#part = null
    }
    if (data.hardLowerF === null) return
    this.#hardLower = Math.max(this.#hardLower ?? -Infinity, data.hardLowerF)
  }

  /** The live brackets are others now. */
  forgetPart(): void {
    this.#part = null
  }

  part(nowUs: number, tickers: readonly string[], alive: readonly number[]): WeatherPart {
    if (this.#config.weatherTrust === 0) return OFF
    if (!this.#weather) return MISSING
    if (nowUs - this.#timeUs > this.#config.weatherStaleUs) return STALE
    if (this.#part) return this.#part
    const prior = weatherPrior(this.#weather, tickers, alive)
    this.#part = prior.ok
      ? {
          refusal: null,
          pmf: prior.pmf,
          target: ilr(prior.pmf, new Float64Array(alive.length - 1)),
          degrees: this.#weather.pmf ?? null,
        }
      : { refusal: prior.refusal }
    return this.#part
  }

  /** Of a weather PMF that is fresh. */
  hazard60min(nowUs: number): number | null {
    const isFresh = nowUs - this.#timeUs <= this.#config.weatherStaleUs
    return this.#weather && isFresh ? this.#weather.hazard60min : null
  }

  snapshot(): WeatherEvidenceSnapshot {
    return { weather: this.#weather, timeUs: this.#timeUs, hardLower: this.#hardLower }
  }
}
