import type { DataOf, LadderEvent } from '@kwm/contracts'
import {
  bracketOf,
  checkPartition,
  continuousEdges,
  sortBrackets,
  wholeRange,
  type Bracket,
  type WholeRange,
} from '@kwm/model-venue'
import { LocalQuadratic, type LocalQuadraticSnapshot } from '@kwm/quant'
import { fillAcross } from './across-brackets.ts'
import { binCentresF } from './centre-of-mass.ts'
import { localHour } from './diurnal-clock.ts'
import { ChangeWatch, type ChangeWatchSnapshot } from './change-watch.ts'
import type { FeaturesConfig } from './features-config.ts'
import type { LadderRowDraft } from './ladder-row.ts'
import type { MarketFeatures } from './market-features.ts'
import { PairMotion, type PairMotionSnapshot } from './pair-motion.ts'
import type { Intensity } from './trade-intensity.ts'
import { WeatherInput, type WeatherInputSnapshot } from './weather-input.ts'

type Listed = DataOf<'md.market-listed.v1'>
type Frame = DataOf<'feature.ladder-frame.v1'>

export type EventFeaturesSnapshot = {
  readonly listed: readonly Listed[]
  readonly frameUs: number
  readonly isDirty: boolean
  readonly pairs: readonly PairMotionSnapshot[]
  readonly mu: LocalQuadraticSnapshot
  readonly muWatch: ChangeWatchSnapshot
  readonly weather: WeatherInputSnapshot
}

/** Half a cent from one bracket to the next, in strike units. */
const MU_FLOOR = 0.01

/** The features of a market by its ticker. */
export type MarketOf = (marketTicker: string) => MarketFeatures

/** The ladder of one event: its brackets in order, what joins them, and when it was last framed. */
export class EventFeatures {
  readonly #config: FeaturesConfig
  readonly #listed = new Map<string, Listed>()
  #order: readonly string[] = []
  /** In that order, once something is asked of them. */
  #markets: readonly MarketFeatures[] | null = null
  #centres: readonly number[] = []
  /** Of the brackets; markets of unknown strikes stand behind them, and have none. */
  #ranges: readonly WholeRange[] = []
  #pairs: readonly PairMotion[] = []
  #mu: LocalQuadratic
  #muWatch = new ChangeWatch(MU_FLOOR)
  #weather: WeatherInput
  #isPartition = false
  #closeTimeUs = 0
  #seriesTicker = ''
  #stdOffsetMinutes: number | null = null
  frameUs = 0
  isDirty = false

  constructor(config: FeaturesConfig) {
    this.#config = config
    this.#mu = new LocalQuadratic({ halfLifeUs: config.kinematicsHalfLifeUs })
    this.#weather = new WeatherInput(config.weatherMaxAgeUs)
  }

  static restore(config: FeaturesConfig, saved: EventFeaturesSnapshot): EventFeatures {
    const event = new EventFeatures(config)
    for (const listed of saved.listed) event.list(listed)
    event.frameUs = saved.frameUs
    event.isDirty = saved.isDirty
    event.#pairs = saved.pairs.map((pair) => PairMotion.restore(config.pairMotion, pair))
    event.#mu = LocalQuadratic.restore(saved.mu)
    event.#muWatch = ChangeWatch.restore(MU_FLOOR, saved.muWatch)
    event.#weather = WeatherInput.restore(config.weatherMaxAgeUs, saved.weather)
    return event
  }

  get closeTimeUs(): number {
    return this.#closeTimeUs
  }

  get marketTickers(): readonly string[] {
    return this.#order
  }

  /** A market of the event, for the first time or with new terms. */
  list(listed: Listed): void {
    this.#listed.set(listed.marketTicker, listed)
    this.#closeTimeUs = listed.closeTimeUs
    this.#seriesTicker = listed.seriesTicker
    const station = listed.rules?.station ?? ''
    this.#stdOffsetMinutes = this.#config.stdOffsetMinutes[station] ?? null
    const all = [...this.#listed.values()]
    const brackets = sortBrackets(all.map(bracketOf).filter((b): b is Bracket => b !== undefined))
    const known = new Set(brackets.map((bracket) => bracket.marketTicker))
    const unknown = all.filter(({ marketTicker }) => !known.has(marketTicker))
    const bins = brackets.map((bracket) => {
      const [lowF, highF] = continuousEdges(bracket)
      return { lowF, highF }
    })
    const order = [...brackets, ...unknown].map(({ marketTicker }) => marketTicker)
    if (order.join() !== this.#order.join()) {
      // Other neighbours: what was learnt of the old ones does not hold.
      const { pairMotion } = this.#config
      this.#pairs = brackets.slice(1).map(() => new PairMotion(pairMotion))
    }
    this.#order = order
    this.#markets = null
    this.#ranges = brackets.map(wholeRange)
    this.#centres = [...binCentresF(bins), ...unknown.map(() => 0)]
    this.#isPartition = unknown.length === 0 && checkPartition(brackets).valid
  }

  onWeather(timeUs: number, pmf: DataOf<'pmf.weather-pmf.v1'>): void {
    this.#weather.onPmf(timeUs, pmf)
  }

  /** A second has passed, and every market has been ticked. */
  onTick(timeUs: number, marketOf: MarketOf): void {
    const markets = this.#marketsBy(marketOf)
    for (let rung = 0; rung < this.#ranges.length; rung++) {
      const market = markets[rung]!
      this.#pairs[rung]?.sample(timeUs, market.mid, markets[rung + 1]!.mid)
      const intensity = this.#intensity(markets, rung)
      if (intensity) market.onIntensity(timeUs, intensity)
    }
    if (!this.#isPartition) return
    let mass = 0
    let sum = 0
    for (let rung = 0; rung < markets.length; rung++) {
      const { fairMid } = markets[rung]!
      mass += fairMid
      sum += fairMid * this.#centres[rung]!
    }
    this.#muWatch.onSecond(timeUs, mass > 0 ? sum / mass : NaN)
  }

  frame(eventTicker: string, timeUs: number, trigger: Frame['trigger'], marketOf: MarketOf): Frame {
    this.frameUs = timeUs
    this.isDirty = false
    const markets = this.#marketsBy(marketOf)
    const rows: LadderRowDraft[] = []
    for (const market of markets) rows.push(market.row(timeUs))
    fillAcross(rows, this.#ranges.length, this.#pairs)
    for (let rung = 0; rung < this.#ranges.length; rung++) {
      const intensity = this.#intensity(markets, rung)
      if (intensity) markets[rung]!.fillIntensity(rows[rung]!, intensity)
      this.#weather.fillRow(timeUs, rows[rung]!, this.#ranges[rung]!)
    }
    return {
      eventTicker,
      seriesTicker: this.#seriesTicker,
      closeTimeUs: this.#closeTimeUs,
      centres: [...this.#centres],
      rows,
      isPartition: this.#isPartition,
      trigger,
      event: this.#eventAt(timeUs, rows),
    }
  }

  snapshot(): EventFeaturesSnapshot {
    return {
      listed: [...this.#listed.values()],
      frameUs: this.frameUs,
      isDirty: this.isDirty,
      pairs: this.#pairs.map((pair) => pair.snapshot()),
      mu: this.#mu.snapshot(),
      muWatch: this.#muWatch.snapshot(),
      weather: this.#weather.snapshot(),
    }
  }

  #marketsBy(marketOf: MarketOf): readonly MarketFeatures[] {
    return (this.#markets ??= this.#order.map(marketOf))
  }

  /** Of a bracket of known strikes, with the brackets of known strikes beside it. */
  #intensity(markets: readonly MarketFeatures[], rung: number): Intensity | null {
    const below = rung > 0 ? markets[rung - 1]!.intensity : undefined
    const above = rung + 1 < this.#ranges.length ? markets[rung + 1]!.intensity : undefined
    return markets[rung]!.intensity.read(below, above)
  }

  /** Centre of mass of the fair mids over their sum; NaN where one of them is not known. */
  #centre(rows: readonly LadderRowDraft[]): number {
    let mass = 0
    let sum = 0
    for (let rung = 0; rung < rows.length; rung++) {
      const { quoteState, fairMid } = rows[rung]!
      if (quoteState === 'stale' || quoteState === 'crossed') return NaN
      mass += fairMid
      sum += fairMid * this.#centres[rung]!
    }
    return mass > 0 ? sum / mass : NaN
  }

  #eventAt(timeUs: number, rows: readonly LadderRowDraft[]): LadderEvent {
    const mu = this.#isPartition ? this.#centre(rows) : NaN
    const isKnown = !Number.isNaN(mu)
    if (isKnown) this.#mu.add(timeUs, mu)
    const motion = isKnown ? this.#mu.motion() : null
    const weather = this.#weather.hazards(timeUs)
    return {
      mu: isKnown ? mu : null,
      muVelocity: motion ? motion.velocity : null,
      muVelocitySe: motion ? motion.seVelocity : null,
      muAcceleration: motion ? motion.acceleration : null,
      muAccelerationSe: motion ? motion.seAcceleration : null,
      muCusum: this.#isPartition ? this.#muWatch.cusum(timeUs) : null,
      muFocus: this.#isPartition ? this.#muWatch.focus(timeUs) : null,
      hardLowerF: weather.hardLowerF,
      hazard15min: weather.hazard15min,
      hazard60min: weather.hazard60min,
      probabilityOfNewHigh: weather.probabilityOfNewHigh,
      weatherAgeMs: weather.weatherAgeMs,
      localHour: localHour(timeUs, this.#stdOffsetMinutes),
      minutesToClose: (this.#closeTimeUs - timeUs) / 60e6,
    }
  }
}
