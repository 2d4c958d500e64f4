import { IemProvider, NwsProvider, OpenMeteoProvider } from '@kwm/adapter-weather'
import { VisualCrossingProvider, type WeatherProvider } from '@kwm/adapter-weather'
import type { Station } from '@kwm/model-weather'
import { providersOf, stationsOf, type Config, type ProviderName } from './config.ts'

/** A provider and the stations it is asked for. */
export type Source = {
  readonly provider: WeatherProvider
  readonly stations: readonly Station[]
}

/** Visual Crossing is not asked for stations whose minutes it mostly fills forward. */
export function openSources(config: Config): readonly Source[] {
  const all = stationsOf(config)
  return providersOf(config)
    .map((name) => ({
      provider: openProvider(name, config),
      stations:
        name === 'visual-crossing' ? all.filter((station) => station.usesVisualCrossing) : all,
    }))
    .filter(({ stations }) => stations.length > 0)
}

function openProvider(name: ProviderName, config: Config): WeatherProvider {
  const at = (baseUrl: string | undefined) => (baseUrl === undefined ? {} : { baseUrl })
  switch (name) {
    case 'visual-crossing':
      return new VisualCrossingProvider({
        apiKey: config.VISUAL_CROSSING_KEY ?? '',
        minutesForm: config.VISUAL_CROSSING_MINUTES,
        ...at(config.VISUAL_CROSSING_URL),
      })
    case 'open-meteo':
      return new OpenMeteoProvider({
        models: config.OPEN_METEO_MODELS,
        ...(config.OPEN_METEO_KEY !== undefined && { apiKey: config.OPEN_METEO_KEY }),
        ...at(config.OPEN_METEO_URL),
      })
    case 'nws':
      return new NwsProvider({ userAgent: config.NWS_USER_AGENT, ...at(config.NWS_URL) })
    case 'iem':
      return new IemProvider(at(config.IEM_URL))
  }
}
