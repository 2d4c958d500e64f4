import type { DataOf } from '@kwm/contracts'
import type { Bracket } from '@kwm/model-venue'
import type { ClimateDay } from '../climate-day.ts'
import { KilledChain } from '../killed-chain.ts'
import { stationOfIcao, type Station } from '../stations.ts'
import { StationDay, type StationDaySnapshot } from './station-day.ts'
import type { WeatherConfig } from './weather-config.ts'

export type StoredForecast = DataOf<'wx.forecast.v1'>
export type StoredEnsemble = DataOf<'wx.ensemble.v1'>

/** What is known of one station. */
export type StationWeather = {
  readonly station: Station
  /** By climate date, oldest first. */
  readonly days: Map<string, StationDay>
  /** The newest issue of each source. */
  readonly forecasts: Map<string, StoredForecast>
  readonly ensembles: Map<string, StoredEnsemble>
  /** Counts changes; an event computed at an older count is due. */
  revision: number
}

/** A market of an event: its bracket, or why it must not be believed. */
export type WeatherMarket =
  | { readonly bracket: Bracket; readonly refusal: null }
  | { readonly bracket: null; readonly refusal: string }

/** An event of a daily high. */
export type WeatherEvent = {
  readonly eventTicker: string
  readonly station: Station
  readonly day: ClimateDay
  readonly markets: Map<string, WeatherMarket>
  computedRevision: number
  computedTimeUs: number
}

export type WeatherState = {
  readonly config: WeatherConfig
  readonly stations: Map<string, StationWeather>
  readonly events: Map<string, WeatherEvent>
  /** Kernels by φ: they hold no state of their own. */
  readonly chains: Map<number, KilledChain>
}

export type WeatherSnapshot = {
  readonly v: 1
  readonly stations: readonly {
    readonly icao: string
    readonly revision: number
    readonly days: readonly StationDaySnapshot[]
    readonly forecasts: readonly StoredForecast[]
    readonly ensembles: readonly StoredEnsemble[]
  }[]
  readonly events: readonly (Omit<WeatherEvent, 'station' | 'markets'> & {
    readonly icao: string
    readonly markets: readonly (readonly [string, WeatherMarket])[]
  })[]
}

export const initialWeather = (config: WeatherConfig): WeatherState => ({
  config,
  stations: new Map(),
  events: new Map(),
  chains: new Map(),
})

export function stationWeather(state: WeatherState, station: Station): StationWeather {
  const known = state.stations.get(station.icao)
  if (known) return known
  const weather: StationWeather = {
    station,
    days: new Map(),
    forecasts: new Map(),
    ensembles: new Map(),
    revision: 0,
  }
  state.stations.set(station.icao, weather)
  return weather
}

export function chainOf(state: WeatherState, phi: number): KilledChain {
  const known = state.chains.get(phi)
  if (known) return known
  const chain = new KilledChain(phi)
  state.chains.set(phi, chain)
  return chain
}

export const snapshotWeather = ({ stations, events }: WeatherState): WeatherSnapshot => ({
  v: 1,
  stations: [...stations].map(([icao, { revision, days, forecasts, ensembles }]) => ({
    icao,
    revision,
    days: [...days.values()].map((day) => day.snapshot()),
    forecasts: [...forecasts.values()],
    ensembles: [...ensembles.values()],
  })),
  events: [...events.values()].map(({ station, markets, ...event }) => ({
    ...event,
    icao: station.icao,
    markets: [...markets],
  })),
})

export function restoreWeather(config: WeatherConfig, saved: WeatherSnapshot): WeatherState {
  const state = initialWeather(config)
  for (const { icao, revision, days, forecasts, ensembles } of saved.stations) {
    const weather = stationWeather(state, registered(icao))
    weather.revision = revision
    for (const day of days) weather.days.set(day.day.date, StationDay.restore(day))
    for (const forecast of forecasts) weather.forecasts.set(forecast.source, forecast)
    for (const ensemble of ensembles) weather.ensembles.set(ensemble.source, ensemble)
  }
  for (const { icao, markets, ...event } of saved.events) {
    const station = registered(icao)
    state.events.set(event.eventTicker, { ...event, station, markets: new Map(markets) })
  }
  return state
}

function registered(icao: string): Station {
  const station = stationOfIcao(icao)
  if (!station) throw new Error(`the snapshot has station ${icao}, the registry has not`)
  return station
}
