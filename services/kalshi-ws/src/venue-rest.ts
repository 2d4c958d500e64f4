import { KalshiAccount, KalshiRest, KalshiTransport, RateBudget } from '@kwm/adapter-kalshi'
import type { Credentials } from '@kwm/adapter-kalshi'
import { rawSubject } from '@kwm/contracts'
import { OperatingError } from '@kwm/runtime'
import type { Clock, RawLog } from '@kwm/runtime'
import { readLimits } from './config.ts'
import type { Config } from './config.ts'
import type { Metrics } from './metrics.ts'
import type { Log } from './service.ts'

export type VenueRestPorts = {
  readonly raw: Pick<RawLog, 'append'>
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
  readonly fetch?: typeof fetch
}

/** Every body REST ever gave us. What was learned from it is a record of the host in `raw.kalshi.ws`. */
export const REST_SUBJECT = rawSubject('kalshi', 'rest')

/**
 * The venue over REST, within what the account may spend: asked of the venue with a key, as
 * configured without one. Each body is kept in RAW as received, each request counted.
 */
export async function openVenueRest(
  config: Config,
  credentials: Credentials | null,
  ports: VenueRestPorts,
): Promise<KalshiRest> {
  const { clock, metrics, log } = ports
  const budget = new RateBudget({
    clock,
    limits: readLimits(config),
    observer: {
      waited: (lane, seconds) => metrics.restWaitSeconds.observe({ lane }, seconds),
      penalized: () => metrics.restPenaltiesTotal.inc(),
    },
  })
  const transport = new KalshiTransport({
    baseUrl: config.KALSHI_REST_URL,
    clock,
    budget,
    ...(credentials && { credentials }),
    ...(ports.fetch && { fetch: ports.fetch }),
    observer: {
      request: (_method, endpoint, outcome, seconds) => {
        metrics.restRequestsTotal.inc({ endpoint, outcome })
        metrics.restSeconds.observe({ endpoint }, seconds)
      },
      raw: keepBodies(ports),
    },
  })
  if (credentials) {
    try {
      const tier = await new KalshiAccount(transport).configure(budget)
      log.info({ tier }, 'requests are paced by the limits of the account')
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      const { code, message: reason } = error
      const { KALSHI_READ_TOKENS_PER_S: readTokensPerS } = config
      log.warn({ code, reason, readTokensPerS }, 'limits of the account unknown: as configured')
    }
  }
  return new KalshiRest(transport)
}

/** The path is the first line of a record, so that the body can be read without guessing. */
function keepBodies({ raw, clock, metrics, log }: VenueRestPorts) {
  const connectionId = `rest-${Math.floor(clock.nowUs()).toString(36)}`
  let frameNo = 0
  return (path: string, status: number, body: string, receivedTimeUs: number): void => {
    const bytes = Buffer.from(`${status} ${path}\n${body}`)
    const frame = {
      kind: 'frame',
      connectionId,
      frameNo: frameNo++,
      receivedTimeUs,
      bytes,
    } as const
    raw.append(REST_SUBJECT, frame).catch((error: unknown) => {
      metrics.restBodiesLostTotal.inc()
      log.error({ path, reason: String(error) }, 'a REST body was not kept')
    })
  }
}
