import { SHARD_PATTERN } from '@kwm/contracts'
import { ConfigError, parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'
import type { Watch } from './discovery.ts'

const tickers = z
  .string()
  .regex(/^[A-Za-z0-9.,\s_-]*$/, 'expected tickers with commas between them')
  .transform((text) => text.split(',').map((part) => part.trim().toUpperCase()))
  .transform((parts) => parts.filter((part) => part !== ''))
  .default([])

const environment = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  SHARD: z.string().regex(SHARD_PATTERN).default('main'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_102),
  KALSHI_WS_URL: z.url({
    protocol: /^wss?$/,
    error: 'expected the WebSocket address, wss://external-api-ws.kalshi.com/trade-api/ws/v2',
  }),
  KALSHI_REST_URL: z.url({
    protocol: /^https?$/,
    error: 'expected the REST address, https://external-api.kalshi.com/trade-api/v2',
  }),
  KALSHI_KEY_ID: z.string({
    error: 'expected the id of an API key: make one at kalshi.com/account',
  }),
  KALSHI_PRIVATE_KEY_FILE: z.string({
    error: 'expected the path of the API key in PEM (RSA or Ed25519), mode 600',
  }),
  KALSHI_SERIES: tickers,
  KALSHI_EVENTS: tickers,
  KALSHI_MARKETS: tickers,
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Config = z.infer<typeof environment>

export function parseConfig(env: Record<string, string | undefined>): Config {
  const config = parseEnvironment(environment, env)
  const { KALSHI_SERIES, KALSHI_EVENTS, KALSHI_MARKETS } = config
  if (KALSHI_SERIES.length + KALSHI_EVENTS.length + KALSHI_MARKETS.length > 0) return config
  throw new ConfigError(
    'configuration: nothing to follow: set KALSHI_SERIES (KXHIGHNY,KXBTC15M), KALSHI_EVENTS or KALSHI_MARKETS',
  )
}

export const watchOf = (config: Config): Watch => ({
  series: config.KALSHI_SERIES,
  events: config.KALSHI_EVENTS,
  markets: config.KALSHI_MARKETS,
})
