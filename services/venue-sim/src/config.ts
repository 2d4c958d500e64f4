import { parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'
import { TIER_NAMES, type Tier } from './http/rate-limits.ts'

export const SPEED_MAX = 5_000

const environment = z
  .object({
    HTTP_HOST: z.string().default('127.0.0.1'),
    HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_110),
    VENUE_SIM_SOURCE: z.enum(['synthetic', 'file']).default('synthetic'),
    /** A recording, `.ndjson.gz` or `.csv.gz`. */
    VENUE_SIM_FILE: z.string().optional(),
    VENUE_SIM_SEED: z.string().default('1'),
    /** Times real time. */
    VENUE_SIM_SPEED: z.coerce.number().min(1).max(SPEED_MAX).default(60),
    /** Stamp the events anew at an even rate, for load; play with VENUE_SIM_SPEED=1. */
    VENUE_SIM_EVENTS_PER_SECOND: z.coerce.number().min(1).max(100_000).optional(),
    VENUE_SIM_START: z.enum(['on-subscribe', 'immediately', 'manual']).default('on-subscribe'),
    VENUE_SIM_KEY_ID: z.string('the key id that clients sign with'),
    /** PEM. A private key will do: its public half is taken. */
    VENUE_SIM_PUBLIC_KEY_FILE: z.string('the PEM file of the public key of VENUE_SIM_KEY_ID'),
    /** What every key's account opens with, on each exchange shard that has markets. */
    VENUE_SIM_CASH_DOLLARS: z.coerce.number().int().min(0).max(100_000_000).default(10_000),
    /** Of every key and every keyless address; `unlimited` for load. */
    VENUE_SIM_TIER: z.enum(TIER_NAMES as [Tier, ...Tier[]]).default('basic'),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  })
  .superRefine((env, context) => {
    if (env.VENUE_SIM_SOURCE !== 'file' || env.VENUE_SIM_FILE !== undefined) return
    const message = 'name a recording (.ndjson.gz or .csv.gz), or set VENUE_SIM_SOURCE=synthetic'
    context.addIssue({ code: 'custom', path: ['VENUE_SIM_FILE'], message })
  })

export type Config = z.infer<typeof environment>

export const parseConfig = (env: Record<string, string | undefined>): Config =>
  parseEnvironment(environment, env)
