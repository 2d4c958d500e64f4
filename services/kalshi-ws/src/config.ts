import { BASIC_LIMITS, type BudgetLimits } from '@kwm/adapter-kalshi'
import { SHARD_PATTERN } from '@kwm/contracts'
import { ConfigError, parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'
import { parseQueries } from './watch.ts'
import type { Watch } from './watch.ts'

const tickers = z
  .string()
  .regex(/^[A-Za-z0-9.,\s_*-]*$/, 'expected tickers with commas between them')
  .transform((text) => text.split(',').map((part) => part.trim().toUpperCase()))
  .transform((parts) => parts.filter((part) => part !== ''))
  .default([])

const queries = z
  .string()
  .default('')
  .transform(parseQueries)
  .refine((parsed) => parsed !== undefined, {
    error: 'expected queries like "category=Climate and Weather,prefix=KXHIGH; tag=BTC"',
  })
  .transform((parsed) => parsed ?? [])

const environment = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  SHARD: z.string().regex(SHARD_PATTERN).default('main'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_102),
  KALSHI_WS_URL: z
    .url({
      protocol: /^wss?$/,
      error: 'expected the WebSocket address, wss://external-api-ws.kalshi.com/trade-api/ws/v2',
    })
    .optional(),
  KALSHI_REST_URL: z.url({
    protocol: /^https?$/,
    error: 'expected the REST address, https://external-api.kalshi.com/trade-api/v2',
  }),
  /** Both, or neither: without a key books are polled over REST, for paper only. */
  KALSHI_KEY_ID: z.string().optional(),
  KALSHI_PRIVATE_KEY_FILE: z.string().optional(),
  KALSHI_SERIES: tickers,
  KALSHI_EVENTS: tickers,
  KALSHI_MARKETS: tickers,
  KALSHI_QUERIES: queries,
  /** CF Benchmarks indices to follow, `BRTI`. */
  KALSHI_INDEX_IDS: tickers,
  /** Until the account says itself; Basic has 200. The keyless mode polls with half of it. */
  KALSHI_READ_TOKENS_PER_S: z.coerce.number().int().min(10).max(20_000).default(200),
  /** 0: books are not compared with REST. */
  KALSHI_AUDIT_EVERY_S: z.coerce.number().int().min(0).max(3_600).default(30),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Config = z.infer<typeof environment>

export type Key = { readonly keyId: string; readonly file: string }

export function parseConfig(env: Record<string, string | undefined>): Config {
  const config = parseEnvironment(environment, env)
  const { KALSHI_SERIES, KALSHI_EVENTS, KALSHI_MARKETS, KALSHI_QUERIES } = config
  const watched = [KALSHI_SERIES, KALSHI_EVENTS, KALSHI_MARKETS, KALSHI_QUERIES]
  if (watched.every((list) => list.length === 0)) {
    throw new ConfigError(
      'configuration: nothing to follow: set KALSHI_SERIES (KXHIGHNY,KXBTC15M or KXHIGH*), KALSHI_EVENTS, KALSHI_MARKETS or KALSHI_QUERIES',
    )
  }
  if ((config.KALSHI_KEY_ID === undefined) !== (config.KALSHI_PRIVATE_KEY_FILE === undefined)) {
    throw new ConfigError(
      'configuration: KALSHI_KEY_ID and KALSHI_PRIVATE_KEY_FILE belong together: set both (make a key at kalshi.com/account), or neither to poll without a key',
    )
  }
  if (config.KALSHI_KEY_ID !== undefined && config.KALSHI_WS_URL === undefined) {
    throw new ConfigError(
      'configuration: KALSHI_WS_URL is not set: with a key it is wanted, wss://external-api-ws.kalshi.com/trade-api/ws/v2',
    )
  }
  return config
}

/** Null: the keyless mode. */
export function keyOf(config: Config): Key | null {
  const { KALSHI_KEY_ID: keyId, KALSHI_PRIVATE_KEY_FILE: file } = config
  return keyId !== undefined && file !== undefined ? { keyId, file } : null
}

export const watchOf = (config: Config): Watch => ({
  series: config.KALSHI_SERIES,
  events: config.KALSHI_EVENTS,
  markets: config.KALSHI_MARKETS,
  queries: config.KALSHI_QUERIES,
})

/** Of the key's tier, as the operator knows it: one second's worth at a time. */
export function readLimits({ KALSHI_READ_TOKENS_PER_S: perSecond }: Config): BudgetLimits {
  return { ...BASIC_LIMITS, read: { refillPerSecond: perSecond, capacity: perSecond } }
}
