import { KalshiConnection, loadPrivateKey } from '@kwm/adapter-kalshi'
import type { ConnectionCallbacks, Credentials } from '@kwm/adapter-kalshi'
import type { Clock } from '@kwm/runtime'
import { keyOf } from './config.ts'
import type { Config } from './config.ts'
import { KeylessSocket } from './keyless-socket.ts'
import type { Metrics } from './metrics.ts'
import type { FeedMode, Log, Socket } from './service.ts'
import type { VenueReads } from './venue-reads.ts'

export type SourcePorts = {
  readonly rest: VenueReads
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
}

export type FeedSource = {
  readonly mode: FeedMode
  readonly connect: (idPrefix: string, callbacks: ConnectionCallbacks) => Socket
}

/** Of the read budget; the rest is for discovery. */
const POLL_SHARE = 0.5

/** Of the configured key; null without one. */
export async function loadCredentials(config: Config, log: Log): Promise<Credentials | null> {
  const key = keyOf(config)
  if (key === null) return null
  const { privateKey, warning } = await loadPrivateKey(key.file)
  if (warning !== null) log.warn({}, warning)
  return { keyId: key.keyId, privateKey }
}

/** The socket with a key; without one, polling. */
export function openSource(
  config: Config,
  credentials: Credentials | null,
  ports: SourcePorts,
): FeedSource {
  const { rest, clock, metrics, log } = ports
  const url = config.KALSHI_WS_URL
  if (credentials === null || url === undefined) {
    log.warn({}, 'no API key: books are polled over REST and late by up to 15 s; for paper only')
    const tokensPerSecond = config.KALSHI_READ_TOKENS_PER_S * POLL_SHARE
    const onPoll = ({ requests, roundMs }: { requests: number; roundMs: number }): void => {
      metrics.pollRequestsTotal.inc(requests)
      metrics.pollRoundSeconds.set(roundMs / 1_000)
    }
    const common = { rest, clock, tokensPerSecond, onPoll }
    return {
      mode: 'keyless',
      connect: (idPrefix, callbacks) => new KeylessSocket({ ...common, idPrefix, callbacks }),
    }
  }
  const common = { url, credentials, clock }
  return {
    mode: 'streaming',
    connect: (idPrefix, callbacks) => new KalshiConnection({ ...common, idPrefix, callbacks }),
  }
}
