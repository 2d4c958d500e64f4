import { SHARD_PATTERN } from '@kwm/contracts'
import { stationOfIcao, stations, type Station } from '@kwm/model-weather'
import { ConfigError, parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'

const PROVIDERS = ['visual-crossing', 'open-meteo', 'nws', 'iem'] as const
export type ProviderName = (typeof PROVIDERS)[number]

const names = (what: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9,\s_-]*$/, `expected ${what} with commas between them`)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .transform((parts) => parts.filter((part) => part !== ''))

const address = z.url({ protocol: /^https?$/, error: 'expected an address like https://…' })

const environment = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  SHARD: z.string().regex(SHARD_PATTERN).default('main'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_112),
  /** ICAO codes. Default: every station a daily high settles on. */
  WEATHER_STATIONS: names('stations (KMDW,KNYC)').default([]),
  WEATHER_PROVIDERS: names('providers')
    .pipe(z.array(z.enum(PROVIDERS)).min(1))
    .default([...PROVIDERS]),
  /** Without: observations come from METAR and the weather service alone. */
  VISUAL_CROSSING_KEY: z.string().min(1).optional(),
  /** `aggregate`: the form that retires on 2026-12-31. */
  VISUAL_CROSSING_MINUTES: z.enum(['timeline', 'aggregate']).default('timeline'),
  VISUAL_CROSSING_URL: address.optional(),
  /** Without: the free host, for non-commercial use. */
  OPEN_METEO_KEY: z.string().min(1).optional(),
  OPEN_METEO_MODELS: names('models').default(['ncep_gefs_seamless', 'ecmwf_ifs025_ensemble']),
  OPEN_METEO_URL: address.optional(),
  NWS_URL: address.optional(),
  /** The weather service wants to know who asks: a name and how to write to it. */
  NWS_USER_AGENT: z.string().min(1).default('kalshi-weather-momentum'),
  IEM_URL: address.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Config = z.infer<typeof environment>

export function parseConfig(env: Record<string, string | undefined>): Config {
  const config = parseEnvironment(environment, env)
  const unknown = config.WEATHER_STATIONS.filter((icao) => !stationOfIcao(icao))
  if (unknown.length > 0) {
    throw new ConfigError(
      `configuration: WEATHER_STATIONS has ${unknown.join(', ')}: no daily high settles there. Known: ${stations.map(({ icao }) => icao).join(',')}`,
    )
  }
  if (providersOf(config).length === 0) {
    throw new ConfigError(
      'configuration: WEATHER_PROVIDERS is visual-crossing alone and VISUAL_CROSSING_KEY is not set: set it, or add open-meteo,nws,iem',
    )
  }
  return config
}

export const stationsOf = ({ WEATHER_STATIONS }: Config): readonly Station[] =>
  WEATHER_STATIONS.length === 0
    ? stations
    : stations.filter(({ icao }) => WEATHER_STATIONS.includes(icao))

/** Without a key, without Visual Crossing. */
export const providersOf = (config: Config): readonly ProviderName[] =>
  config.WEATHER_PROVIDERS.filter(
    (name) => name !== 'visual-crossing' || config.VISUAL_CROSSING_KEY !== undefined,
  )
