import { SHARD_PATTERN } from '@kwm/contracts'
import { seriesOfStation, stations, stationOfSeries } from '@kwm/model-weather'
import { ConfigError, parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'

const address = z.url({ protocol: /^https?$/, error: 'expected an address like https://…' })

const environment = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  SHARD: z.string().regex(SHARD_PATTERN).default('main'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_113),
  KALSHI_REST_URL: z.url({
    protocol: /^https?$/,
    error: 'expected the REST address, https://external-api.kalshi.com/trade-api/v2',
  }),
  /** Default: every series of daily highs that a station is known for. */
  SETTLEMENT_SERIES: z
    .string()
    .regex(/^[A-Za-z0-9,\s]*$/, 'expected series with commas between them')
    .transform((text) => text.split(',').map((part) => part.trim().toUpperCase()))
    .transform((parts) => parts.filter((part) => part !== ''))
    .default([]),
  SETTLEMENT_EVERY_S: z.coerce.number().int().min(30).max(86_400).default(600),
  IEM_URL: address.default('https://mesonet.agron.iastate.edu'),
  NCEI_URL: address.default('https://www.ncei.noaa.gov'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Config = z.infer<typeof environment>

export function parseConfig(env: Record<string, string | undefined>): Config {
  const config = parseEnvironment(environment, env)
  const unknown = config.SETTLEMENT_SERIES.filter((series) => !stationOfSeries(series))
  if (unknown.length > 0) {
    throw new ConfigError(
      `configuration: SETTLEMENT_SERIES has ${unknown.join(', ')}: no station is registered for it`,
    )
  }
  return config
}

export const seriesOf = ({ SETTLEMENT_SERIES }: Config): readonly string[] =>
  SETTLEMENT_SERIES.length > 0 ? SETTLEMENT_SERIES : stations.flatMap(seriesOfStation)
