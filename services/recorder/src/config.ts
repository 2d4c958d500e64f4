import { SHARD_PATTERN } from '@kwm/contracts'
import { parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'

const environment = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  SHARD: z.string().regex(SHARD_PATTERN).default('main'),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'postgres://user:password@host:5432/name'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_107),
  /** Rows of one transaction, all tables together. */
  RECORDER_BATCH_MAX_ROWS: z.coerce.number().int().min(1).max(1_000_000).default(10_000),
  /** A smaller batch is committed after this long. */
  RECORDER_FLUSH_MS: z.coerce.number().int().min(1).max(60_000).default(200),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Config = z.infer<typeof environment>

export const parseConfig = (env: Record<string, string | undefined>): Config =>
  parseEnvironment(environment, env)
