import { SHARD_PATTERN } from '@kwm/contracts'
import { parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'

const environment = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  SHARD: z.string().regex(SHARD_PATTERN).default('main'),
  /** `wall`: real time. `tape`: the event times of a replay or a compressed day. */
  CLOCK_SOURCE: z.enum(['wall', 'tape']).default('wall'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_101),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Config = z.infer<typeof environment>

export const parseConfig = (env: Record<string, string | undefined>): Config =>
  parseEnvironment(environment, env)
