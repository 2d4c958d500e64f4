import { SHARD_PATTERN } from '@kwm/contracts'
import { parseEnvironment } from '@kwm/runtime'
import { z } from 'zod'

const SERVICES_MAX = 64
const TOKEN_LENGTH_MIN = 16

export type HealthTarget = { readonly name: string; readonly url: string }

const environment = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  SHARD: z.string().regex(SHARD_PATTERN).default('main'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(8_080),
  GATEWAY_SERVICES: z.string().default('').transform(parseTargets),
  GATEWAY_CONTROL_TOKEN: z
    .string()
    .min(TOKEN_LENGTH_MIN, `wanted: at least ${TOKEN_LENGTH_MIN} characters`)
    .optional(),
  /** Begin this many records before the end of the tape; 0 reads all of it. */
  GATEWAY_TAIL_RECORDS: z.coerce.number().int().nonnegative().default(0),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
})

export type Config = ReturnType<typeof parseConfig>

export function parseConfig(env: Record<string, string | undefined>) {
  const parsed = parseEnvironment(environment, env)
  return {
    natsUrl: parsed.NATS_URL,
    shard: parsed.SHARD,
    http: { host: parsed.HTTP_HOST, port: parsed.HTTP_PORT },
    services: parsed.GATEWAY_SERVICES,
    controlToken: parsed.GATEWAY_CONTROL_TOKEN,
    tailRecords: parsed.GATEWAY_TAIL_RECORDS,
    logLevel: parsed.LOG_LEVEL,
  }
}

/** `risk=http://127.0.0.1:9102,exec=http://127.0.0.1:9103` */
function parseTargets(text: string, context: z.RefinementCtx): HealthTarget[] {
  const parts = text.split(',').filter((part) => part.trim() !== '')
  if (parts.length > SERVICES_MAX) context.addIssue(`wanted: at most ${SERVICES_MAX} services`)
  return parts.slice(0, SERVICES_MAX).map((part) => {
    const cut = part.indexOf('=')
    const name = part.slice(0, cut).trim()
    const url = part.slice(cut + 1).trim()
    const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    if (cut < 1 || !isHttp) context.addIssue(`wanted: name=http://host:port, not ${part.trim()}`)
    return { name, url: url.replace(/\/+$/, '') }
  })
}
