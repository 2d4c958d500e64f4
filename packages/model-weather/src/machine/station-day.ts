import type { DataOf, EventOf } from '@kwm/contracts'
import type { ClimateDay } from '../climate-day.ts'
import { ObservationGrid, type Reading } from '../observation-grid.ts'
import type { ExactWindow } from '../running-high.ts'
import { roundHalfUp } from '../station-rounding.ts'
import type { Station } from '../stations.ts'
import { FEEDS_PER_DAY_MAX, WINDOWS_PER_DAY_MAX } from './limits.ts'
import { VISUAL_CROSSING } from './weather-config.ts'

type Observation = EventOf<'wx.observation.v1'>
type Report = DataOf<'wx.climate-report.v1'>

/** The readings of one source in one rounding, over one climate day. */
export type Feed = {
  readonly source: string
  readonly kind: Reading['kind']
  readonly grid: ObservationGrid
}

type OfficialReport = Pick<Report, 'product'> & { readonly maxTempF: number }
/** What the newest report of a product said while the day went on. */
type SoFarReport = OfficialReport & { readonly issueUs: number }

export type StationDaySnapshot = {
  readonly day: ClimateDay
  readonly feeds: readonly (Omit<Feed, 'grid'> & { readonly readings: readonly Reading[] })[]
  readonly windows: readonly SourcedWindow[]
  /** Missing in snapshots of versions before it: the day's next report brings it back. */
  readonly soFar?: readonly SoFarReport[]
  readonly official: OfficialReport | null
  readonly contradictionF?: number | null
}

/** A revision of a window replaces it: same source, kind and end. */
type SourcedWindow = ExactWindow & { readonly key: string; readonly revision: number }

/** Everything heard of one station about one climate day. Edited in place. */
export class StationDay {
  readonly day: ClimateDay
  readonly #feeds = new Map<string, Feed>()
  #windows: SourcedWindow[] = []
  readonly #soFar = new Map<Report['product'], SoFarReport>()
  #official: OfficialReport | null = null
  #contradictionF: number | null = null

  constructor(day: ClimateDay) {
    this.day = day
  }

  get feeds(): readonly Feed[] {
    return [...this.#feeds.values()]
  }

  get windows(): readonly ExactWindow[] {
    return this.#windows
  }

  get reportedAtLeastF(): readonly number[] {
    return [...this.#soFar.values()].map(({ maxTempF }) => maxTempF)
  }

  /** The official maximum, once a final report has one. */
  get officialHighF(): number | null {
    return this.#official?.maxTempF ?? null
  }

  /** What a later final report or correction says instead; null while they agree. */
  get contradictionF(): number | null {
    return this.#contradictionF
  }

  /** True when it changed what is known. */
  observe(station: Station, { eventTimeUs, data }: Observation): boolean {
    const { kind, source, tempF, stationIds } = data
    if (source === VISUAL_CROSSING && !station.usesVisualCrossing) return false
    if (kind === 'max-6h' || kind === 'max-24h') return this.#observeWindow(eventTimeUs, data)
    const isUnnamed = stationIds.length === 0 && source !== VISUAL_CROSSING
    const feed = this.#feed(source, kind)
    const outcome = feed?.grid.put({
      ...{ timeUs: eventTimeUs, kind, tempF },
      ...{ dewPointF: data.dewPointF, humidityPct: data.humidityPct, windMph: data.windMph },
      isForeign: !isUnnamed && !stationIds.includes(station.icao),
      revision: data.revision,
    })
    return outcome === 'applied'
  }

  /**
   * A report that says it is final while its day goes on is not: it proves a lower bound, as an
   * intermediate one does. A day's maximum cannot fall, so a newer report of a product that is lower
   * corrects the one before it. The first final CLI counts; one that says otherwise later contradicts it.
   */
  report(report: Report, issueUs: number, nowUs: number): boolean {
    const { maxTempF, product, status } = report
    if (maxTempF === null) return false
    if (status === 'intermediate' || nowUs < this.day.endUs) {
      const held = this.#soFar.get(product)
      if (held && (issueUs < held.issueUs || maxTempF === held.maxTempF)) return false
      this.#soFar.set(product, { product, maxTempF, issueUs })
      return true
    }
    if (this.#official?.product === 'CLI') return product === 'CLI' && this.#contradict(maxTempF)
    if (this.#official !== null && product !== 'CLI') return false
    this.#official = { product, maxTempF }
    return true
  }

  #contradict(maxTempF: number): boolean {
    const before = this.#contradictionF
    this.#contradictionF = maxTempF === this.#official!.maxTempF ? null : maxTempF
    return this.#contradictionF !== before
  }

  #observeWindow(endUs: number, data: Observation['data']): boolean {
    const { windowStartUs, tempF, source, kind, revision } = data
    if (windowStartUs === null || windowStartUs >= endUs) return false
    const key = `${source} ${kind} ${endUs}`
    const held = this.#windows.find((window) => window.key === key)
    if (held && held.revision >= revision) return false
    const others = this.#windows.filter((window) => window.key !== key)
    const found: SourcedWindow[] =
      tempF !== null && tempF >= -80 && tempF <= 140
        ? [{ key, revision, startUs: windowStartUs, endUs, maxF: roundHalfUp(tempF) }]
        : []
    this.#windows = [...others, ...found].slice(-WINDOWS_PER_DAY_MAX)
    return true
  }

  #feed(source: string, kind: Reading['kind']): Feed | undefined {
    const key = `${source} ${kind}`
    const known = this.#feeds.get(key)
    if (known || this.#feeds.size >= FEEDS_PER_DAY_MAX) return known
    const feed = { source, kind, grid: new ObservationGrid(this.day.startUs) }
    this.#feeds.set(key, feed)
    return feed
  }

  snapshot(): StationDaySnapshot {
    return {
      day: this.day,
      feeds: this.feeds.map(({ source, kind, grid }) => ({
        source,
        kind,
        readings: grid.snapshot(),
      })),
      windows: [...this.#windows],
      soFar: [...this.#soFar.values()],
      official: this.#official,
      contradictionF: this.#contradictionF,
    }
  }

  static restore(saved: StationDaySnapshot): StationDay {
    const restored = new StationDay(saved.day)
    for (const { source, kind, readings } of saved.feeds) {
      const grid = ObservationGrid.restore(saved.day.startUs, readings)
      restored.#feeds.set(`${source} ${kind}`, { source, kind, grid })
    }
    restored.#windows = [...saved.windows]
    for (const report of saved.soFar ?? []) restored.#soFar.set(report.product, report)
    restored.#official = saved.official
    restored.#contradictionF = saved.contradictionF ?? null
    return restored
  }
}
