import type { DataOf, EventOf } from '@kwm/contracts'
import { STATIONS_MAX } from './limits.ts'
import { PointSeries } from './point-series.ts'
import { RevisedMap } from './revised-map.ts'
import type { Point, StationView } from './view.ts'

type StationState = {
  readonly stationId: string
  readonly exact: PointSeries
  readonly smooth: PointSeries
  latest: StationView['latest']
  forecast: StationView['forecast']
}

/** What the stations read and what was forecast for them, newest word first. */
export class StationBoard {
  readonly #stations: RevisedMap<StationState>

  constructor(onForget: () => void) {
    this.#stations = new RevisedMap({ max: STATIONS_MAX, onForget })
  }

  /** A reading of a moment. Maxima of a window are the model's business, and no point of a line. */
  onObservation({ eventTimeUs, data }: EventOf<'wx.observation.v1'>, seq: number): void {
    const { stationId, tempF, kind, source, windowStartUs } = data
    if (tempF === null || windowStartUs !== null) return
    const state = this.#state(stationId)
    const line = kind === 'smooth' ? state.smooth : state.exact
    line.add(eventTimeUs, [tempF, null, null], seq)
    if (eventTimeUs >= (state.latest?.timeUs ?? 0)) {
      state.latest = { timeUs: eventTimeUs, tempF, kind, source }
    }
    this.#stations.set(stationId, state, seq)
  }

  onForecast(data: DataOf<'wx.forecast.v1'>, seq: number): void {
    const state = this.#state(data.stationId)
    const { source, issueTimeUs, validTimesUs, tempsF } = data
    if (issueTimeUs < (state.forecast?.issueTimeUs ?? 0)) return
    const points = validTimesUs.map((us, k): [number, number] => [us / 1e6, tempsF[k] ?? NaN])
    state.forecast = { source, issueTimeUs, points }
    this.#stations.set(data.stationId, state, seq)
  }

  since(seq: number): StationView[] {
    return this.#stations
      .since(seq)
      .map(({ stationId, latest, forecast }) => ({ stationId, latest, forecast }))
  }

  pointsSince(seq: number): { stationId: string; exact: Point[]; smooth: Point[] }[] {
    return this.#stations
      .since(seq)
      .map(({ stationId, exact, smooth }) => ({
        stationId,
        exact: exact.since(seq),
        smooth: smooth.since(seq),
      }))
      .filter(({ exact, smooth }) => exact.length + smooth.length > 0)
  }

  #state(stationId: string): StationState {
    const known = this.#stations.get(stationId)
    if (known) return known
    const lines = { exact: new PointSeries(), smooth: new PointSeries() }
    return { stationId, ...lines, latest: null, forecast: null }
  }
}
