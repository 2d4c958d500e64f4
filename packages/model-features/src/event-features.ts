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
import type { FeaturesConfig } from './features-config.ts'
import type { LadderRowDraft } from './ladder-row.ts'
import type { MarketFeatures } from './market-features.ts'
import { PairMotion, type PairMotionSnapshot } from './pair-motion.ts'
import { WeatherInput, type WeatherInputSnapshot } from './weather-input.ts'

type Listed = DataOf<'md.market-listed.v1'>
type Frame = DataOf<'feature.ladder-frame.v1'>

export type EventFeaturesSnapshot = {
  readonly listed: readonly Listed[]
  readonly frameUs: number
  readonly isDirty: boolean
  readonly pairs: readonly PairMotionSnapshot[]
  readonly mu: LocalQuadraticSnapshot
  readonly weather: WeatherInputSnapshot
}

/** The features of a market by its ticker. */
export type MarketOf = (marketTicker: string) => MarketFeatures

/** The ladder of one event: its brackets in order, what joins them, and when it was last framed. */
export class EventFeatures {
  readonly #config: FeaturesConfig
  readonly #listed = new Map<string, Listed>()
  #order: readonly string[] = []
  #centres: readonly number[] = []
  /** Of the brackets; markets of unknown strikes stand behind them, and have none. */
  #ranges: readonly WholeRange[] = []
  #pairs: readonly PairMotion[] = []
  #mu: LocalQuadratic
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
    this.#ranges = brackets.map(wholeRange)
    this.#centres = [...binCentresF(bins), ...unknown.map(() => 0)]
    this.#isPartition = unknown.length === 0 && checkPartition(brackets).valid
  }

  onWeather(timeUs: number, pmf: DataOf<'pmf.weather-pmf.v1'>): void {
    this.#weather.onPmf(timeUs, pmf)
  }

  /** A second has passed, and every market has been ticked. */
  onTick(timeUs: number, marketOf: MarketOf): void {
    for (let rung = 0; rung < this.#ranges.length; rung++) {
      const market = marketOf(this.#order[rung]!)
      const above = this.#neighbour(rung + 1, marketOf)
      this.#pairs[rung]?.sample(timeUs, market.mid, above!.mid)
      const intensity = market.intensity.read(
        this.#neighbour(rung - 1, marketOf)?.intensity,
        above?.intensity,
      )
      if (intensity) market.onIntensity(timeUs, intensity)
    }
  }

  frame(eventTicker: string, timeUs: number, trigger: Frame['trigger'], marketOf: MarketOf): Frame {
    this.frameUs = timeUs
    this.isDirty = false
    const rows = this.#order.map((ticker) => marketOf(ticker).row(timeUs))
    fillAcross(rows, this.#ranges.length, this.#pairs)
    for (let rung = 0; rung < this.#ranges.length; rung++) {
      const market = marketOf(this.#order[rung]!)
      const intensity = market.intensity.read(
        this.#neighbour(rung - 1, marketOf)?.intensity,
        this.#neighbour(rung + 1, marketOf)?.intensity,
      )
      if (intensity) market.fillIntensity(rows[rung]!, intensity)
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
      weather: this.#weather.snapshot(),
    }
  }

  #neighbour(rung: number, marketOf: MarketOf): MarketFeatures | undefined {
    return rung < 0 || rung >= this.#ranges.length ? undefined : marketOf(this.#order[rung]!)
  }

  #eventAt(timeUs: number, rows: readonly LadderRowDraft[]): LadderEvent {
    const mu = this.#isPartition ? centreOf(rows, this.#centres) : null
    if (mu !== null) this.#mu.add(timeUs, mu)
    const motion = mu === null ? null : this.#mu.estimate()
    return {
      mu,
      muVelocity: motion?.velocity ?? null,
      muVelocitySe: motion?.seVelocity ?? null,
      muAcceleration: motion?.acceleration ?? null,
      muAccelerationSe: motion?.seAcceleration ?? null,
      muCusum: null,
      muFocus: null,
      ...this.#weather.hazards(timeUs),
      localHour: localHour(timeUs, this.#stdOffsetMinutes),
      minutesToClose: (this.#closeTimeUs - timeUs) / 60e6,
    }
  }
}

/** Centre of mass of the fair mids over their sum; null where a book is stale or crossed. */
function centreOf(rows: readonly LadderRowDraft[], centres: readonly number[]): number | null {
  let mass = 0
  let sum = 0
  for (let rung = 0; rung < rows.length; rung++) {
    const { quoteState, fairMid } = rows[rung]!
    if (quoteState === 'stale' || quoteState === 'crossed') return null
    mass += fairMid
    sum += fairMid * centres[rung]!
  }
  return mass > 0 ? sum / mass : null
}
