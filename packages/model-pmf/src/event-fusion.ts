import type { DataOf, EventOf } from '@kwm/contracts'
import { PAYOUT_BPS } from '@kwm/model-venue'
import { LocalQuadratic, type LocalQuadraticSnapshot } from '@kwm/quant'
import { assert } from '@kwm/std'
import { BookState, deadMass, type BookFault, type BookStateSnapshot } from './book-state.ts'
import type { PmfConfig } from './config.ts'
import { LiveTracker } from './live-tracker.ts'
import { MassAxis, massPlaces, type MassAxisSnapshot } from './mass-axis.ts'
import { MARKET_VARIANCE, marketPmf, type MarketPmf } from './market-pmf.ts'
import type { MarketTerms } from './market-terms.ts'
import { marketWeight } from './market-weight.ts'
import { ParticleTracker } from './particle-tracker.ts'
import { pooled } from './pools.ts'
import type { LiveAxis, Tracker, TrackerSnapshot, WeatherPull } from './tracker.ts'
import {
  WeatherEvidence,
  type DegreePmf,
  type WeatherEvidenceSnapshot,
  type WeatherPart,
} from './weather-evidence.ts'

type Frame = DataOf<'feature.ladder-frame.v1'>
type Terms = readonly (MarketTerms | undefined)[]

export type EventFusionSnapshot = {
  readonly tickers: readonly string[]
  readonly alive: readonly number[]
  readonly aliveFor: number | null
  readonly centres: readonly number[]
  readonly book: BookStateSnapshot | null
  readonly tracker: TrackerSnapshot | null
  readonly weather: WeatherEvidenceSnapshot
  readonly motion: LocalQuadraticSnapshot
  /** Absent before open tails had the weather's mean. */
  readonly axis?: MassAxisSnapshot
  readonly closeTimeUs: number | null
  readonly seenUs: number
}

export type Weights = { readonly market: number; readonly weather: number }

/** What is said of a frame whose brackets are a partition. Arrays are by live bracket. */
export type Fused = {
  readonly fault: BookFault | 'no-live-bracket' | null
  readonly weather: WeatherPart
  readonly weights: Weights
  /** Null when there is a fault. The arrays are reused by the next frame. */
  readonly pmf: Float64Array | null
  readonly sd: Float64Array | null
  readonly nis: number | null
}

const MARKET_ALONE: Weights = { market: 1, weather: 0 }
/** A bracket whose quotes reach down to nothing is not impossible for that. */
const START_FLOOR = 1e-4

/** One event: what its books and its weather say, as one PMF over its live brackets (MODELS 6). */
export class EventFusion {
  motion: LocalQuadratic
  readonly #config: PmfConfig
  #weather: WeatherEvidence
  #tickers: readonly string[] = []
  #terms: Terms = []
  #listings = -1
  #alive: readonly number[] = []
  #dead: readonly number[] = []
  /** For which certain maximum the live brackets were worked out. */
  #aliveFor: number | null = null
  #book: BookState | null = null
  #tracker: Tracker | null = null
  #centres = new Float64Array(0)
  #massAxis = new MassAxis({ places: [], offset: 0 })
  /** Whose tails the axis has; undefined for not known. */
  #tailsOf: DegreePmf | null | undefined = undefined
  #mid = new Float64Array(0)
  #variance = new Float64Array(0)
  #closeTimeUs: number | null = null
  #seenUs = 0

  constructor(config: PmfConfig) {
    this.#config = config
    this.#weather = new WeatherEvidence(config)
    this.motion = new LocalQuadratic({ halfLifeUs: config.kinematicsHalfLifeUs })
  }

  static restore(config: PmfConfig, saved: EventFusionSnapshot): EventFusion {
    const fusion = new EventFusion(config)
    fusion.motion = LocalQuadratic.restore(saved.motion)
    fusion.#weather = WeatherEvidence.restore(config, saved.weather)
    fusion.#tickers = saved.tickers
    fusion.#centres = Float64Array.from(saved.centres)
    fusion.#massAxis = new MassAxis(saved.axis ?? { places: saved.centres, offset: 0 })
    fusion.#setAlive(saved.alive)
    fusion.#aliveFor = saved.aliveFor
    fusion.#book = saved.book && BookState.restore(saved.book)
    fusion.#tracker = saved.tracker && restoreTracker(config, fusion.#axis(), saved.tracker)
    fusion.#closeTimeUs = saved.closeTimeUs
    fusion.#seenUs = saved.seenUs
    return fusion
  }

  /** Indices of the frame's rows, ascending. */
  get alive(): readonly number[] {
    return this.#alive
  }

  get dead(): readonly number[] {
    return this.#dead
  }

  get weather(): WeatherEvidence {
    return this.#weather
  }

  /** When the newest observed quotes came to be; null for never. */
  get marketTimeUs(): number | null {
    return this.#book?.readUs ?? null
  }

  isHot(nowUs: number): boolean {
    return this.#tracker?.isHot(nowUs) ?? false
  }

  /** Long after the close, or long silent without a frame, there is nothing left to say. */
  isOver(nowUs: number, silentMaxUs: number, afterCloseUs: number): boolean {
    const endUs = this.#closeTimeUs === null ? this.#seenUs + silentMaxUs : this.#closeTimeUs
    return endUs + afterCloseUs < nowUs
  }

  hear(event: EventOf<'pmf.weather-pmf.v1'>, nowUs: number): void {
    this.#seenUs = nowUs
    this.#weather.hear(event)
  }

  /**
   * Other brackets begin anew; brackets that have died leave. Returns what is known of the rows'
   * markets; `listings` says which state of `terms` this is.
   */
  meet({ rows, centres }: Frame, terms: ReadonlyMap<string, MarketTerms>, listings: number): Terms {
    const isKnown = hasTickers(rows, this.#tickers)
    const { hardLower } = this.#weather
    if (isKnown && hardLower === this.#aliveFor && listings === this.#listings) return this.#terms
    this.#terms = rows.map((row) => terms.get(row.marketTicker))
    this.#listings = listings
    if (!isKnown) {
      this.#tickers = rows.map((row) => row.marketTicker)
      this.#centres = Float64Array.from(centres)
      this.#massAxis = new MassAxis({ places: centres, offset: 0 })
      this.#book = null
      this.#tracker = null
    }
    this.#aliveFor = hardLower
    this.#weather.forgetPart()
    this.#tailsOf = undefined
    const isDead = (index: number): boolean =>
      hardLower !== null && (this.#terms[index]?.isDeadAt(hardLower) ?? false)
    this.#bury(rows.flatMap((_, index) => (isDead(index) ? [] : [index])))
    return this.#terms
  }

  fuse(frame: Frame, terms: Terms, nowUs: number): Fused {
    this.#seenUs = nowUs
    this.#closeTimeUs = frame.closeTimeUs
    const weather = this.#weather.part(nowUs, this.#tickers, this.#alive)
    const weights = this.#weights(frame, weather, nowUs)
    const isTracked = this.#config.method === 'filter' || this.#config.method === 'particles'
    if (isTracked) this.#tracker?.advance(nowUs, pullOf(weather), this.#pull(weights))
    const fault =
      this.#alive.length === 0 ? 'no-live-bracket' : BookState.fault(frame.rows, this.#dead)
    if (fault !== null) return { fault, weather, weights, pmf: null, sd: null, nis: null }
    const book = (this.#book ??= new BookState(frame.rows.length))
    const { bookCorrelationSeconds } = this.#config
    const isNews = book.read(nowUs, frame.rows, this, terms, bookCorrelationSeconds)
    if (!isTracked) {
      const market = this.#market(frame, book, terms, nowUs)
      const { pmf, sd } = pooled(this.#config, market, pmfOf(weather), weights)
      return { fault, weather, weights, pmf, sd, nis: null }
    }
    this.#tracker ??= this.#start(
      frame.eventTicker,
      pmfOf(weather) ?? this.#market(frame, book, terms, nowUs).pmf,
      nowUs,
    )
    const nis = isNews ? this.#observe(book) : null
    const { mean, sd } = this.#tracker.moments()
    return { fault, weather, weights, pmf: mean, sd, nis }
  }

  /** The centre of mass of what is said of the live brackets, taken into the motion. */
  follow(pmf: Float64Array, weather: WeatherPart, nowUs: number): number {
    const degrees = weather.refusal === null ? weather.degrees : null
    const axis = this.#massAxis
    if (degrees !== this.#tailsOf) {
      axis.move(massPlaces(this.#centres, this.#terms, degrees), pmf, this.#alive)
      this.#tailsOf = degrees
    }
    const mu = axis.centreOfMass(pmf, this.#alive)
    this.motion.add(Math.max(nowUs, this.motion.lastUs ?? 0), axis.steady(mu))
    return mu
  }

  snapshot(): EventFusionSnapshot {
    return {
      tickers: this.#tickers,
      alive: this.#alive,
      aliveFor: this.#aliveFor,
      centres: [...this.#centres],
      book: this.#book?.snapshot() ?? null,
      tracker: this.#tracker?.snapshot() ?? null,
      weather: this.#weather.snapshot(),
      motion: this.motion.snapshot(),
      axis: this.#massAxis.snapshot(),
      closeTimeUs: this.#closeTimeUs,
      seenUs: this.#seenUs,
    }
  }

  /** Nothing but these is alive from now on: the tracker is conditioned on it. */
  #bury(alive: readonly number[]): void {
    const before = this.#alive
    this.#setAlive(alive)
    if (!this.#tracker || alive.join() === before.join()) return
    const kept = alive.map((index) => before.indexOf(index))
    // Listed again with other strikes, a bracket may come back to life: then nothing is known of it.
    const isNew = alive.length === 0 || kept.includes(-1)
    this.#tracker = isNew ? null : this.#tracker.keep(this.#axis(), kept)
  }

  #setAlive(alive: readonly number[]): void {
    this.#alive = alive
    this.#dead = this.#tickers.flatMap((_, index) => (alive.includes(index) ? [] : [index]))
    this.#mid = new Float64Array(alive.length)
    this.#variance = new Float64Array(alive.length)
  }

  #axis(): LiveAxis {
    return { centres: this.#centres, alive: this.#alive }
  }

  #weights(frame: Frame, weather: WeatherPart, nowUs: number): Weights {
    if (weather.refusal !== null) return MARKET_ALONE
    const { marketWeight: config, weatherTrust } = this.#config
    const market = marketWeight(config, frame, this.#weather.hazard60min(nowUs))
    const other = weatherTrust * (1 - market)
    return { market: market / (market + other), weather: other / (market + other) }
  }

  /** A tracker's pull: as configured at equal weights, up to twice that for the weather alone. */
  #pull(weights: Weights): number {
    return 2 * this.#config.weatherPullPerSecond * weights.weather
  }

  #market({ rows }: Frame, book: BookState, terms: Terms, nowUs: number): MarketPmf {
    const alive = this.#alive
    const payout = PAYOUT_BPS * (1 - deadMass(rows, this.#dead))
    const quotes = {
      bid: alive.map((index) => Math.min(1, rows[index]!.bidBps / payout)),
      ask: alive.map((index) => Math.min(1, rows[index]!.askBps / payout)),
      tick: alive.map((index) => terms[index]?.tick(middle(rows[index]!)) ?? 0),
      ageSeconds: alive.map((index) => book.ageSeconds(nowUs, index)),
    }
    const market = marketPmf(quotes, MARKET_VARIANCE)
    assert(market.feasible, 'quotes were looked at before')
    return market
  }

  #start(eventTicker: string, from: Float64Array, nowUs: number): Tracker {
    const pmf = from.map((p) => Math.max(START_FLOOR, p))
    const config = this.#config
    const axis = this.#axis()
    return isByParticles(config, axis)
      ? ParticleTracker.start(config, axis, eventTicker, pmf, nowUs)
      : LiveTracker.start(config, axis, pmf, nowUs)
  }

  #observe(book: BookState): number {
    for (let k = 0; k < this.#alive.length; k++) {
      this.#mid[k] = book.mid[this.#alive[k]!]!
      this.#variance[k] = book.variance[this.#alive[k]!]!
    }
    return this.#tracker!.observe(this.#mid, this.#variance, book.degrees)
  }
}

function hasTickers(rows: Frame['rows'], tickers: readonly string[]): boolean {
  if (rows.length !== tickers.length) return false
  for (let index = 0; index < rows.length; index++) {
    if (rows[index]!.marketTicker !== tickers[index]) return false
  }
  return true
}
const middle = ({ bidBps, askBps }: Frame['rows'][number]): number =>
  (bidBps + askBps) / (2 * PAYOUT_BPS)
const pullOf = (weather: WeatherPart): WeatherPull | null =>
  weather.refusal === null ? weather : null
const pmfOf = (weather: WeatherPart): Float64Array | null =>
  weather.refusal === null ? weather.pmf : null

/** Particles need brackets in order along an axis; without one the filter tracks in their place. */
const isByParticles = ({ method }: PmfConfig, { centres }: LiveAxis): boolean =>
  method === 'particles' && centres.every((centre, k) => k === 0 || centre > centres[k - 1]!)

/** Null where the snapshot is another method's: it begins anew. */
function restoreTracker(config: PmfConfig, axis: LiveAxis, saved: TrackerSnapshot): Tracker | null {
  const isCloud = 'cloud' in saved
  if (isCloud !== isByParticles(config, axis)) return null
  return isCloud
    ? ParticleTracker.restore(config, axis, saved)
    : LiveTracker.restore(config, axis, saved)
}
