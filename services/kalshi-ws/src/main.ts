import { KalshiHistory, kalshiWire } from '@kwm/adapter-kalshi'
import {
  ensureStreams,
  NatsDeadLetterLog,
  NatsEventLog,
  NatsRawLog,
  NatsSnapshotStore,
  openNats,
} from '@kwm/adapter-nats'
import { createLogger, createRegistry, serveHttp } from '@kwm/adapter-telemetry'
import { createFeedMachine } from '@kwm/machines'
import { runMain, systemClock as clock } from '@kwm/runtime'
import { parseConfig, watchOf } from './config.ts'
import { loadCredentials, openSource } from './feed-source.ts'
import { createMetrics } from './metrics.ts'
import { FEED, KalshiIngest } from './service.ts'
import { openVenueRest } from './venue-rest.ts'

// The composition root: the only reader of the environment, a wiring diagram from top to bottom.
const log = createLogger(FEED)

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const registry = createRegistry(FEED)
  const metrics = createMetrics(registry)
  const credentials = await loadCredentials(config, log)
  const nats = await openNats({ url: config.NATS_URL, name: FEED })
  closers.add('nats', nats, (n) => n.close())
  await ensureStreams(nats, { shard: config.SHARD })
  const raw = closers.add('raw', new NatsRawLog(nats), (r) => r.close())
  const rest = await openVenueRest(config, credentials, { raw, clock, metrics, log })
  const { mode, connect } = openSource(config, credentials, { rest, clock, metrics, log })

  const service = new KalshiIngest(
    {
      raw,
      tape: closers.add('tape', new NatsEventLog(nats, { shard: config.SHARD }), (t) => t.close()),
      deadLetters: closers.add('letters', new NatsDeadLetterLog(nats), (d) => d.close()),
      snapshots: new NatsSnapshotStore(nats),
      machine: createFeedMachine(kalshiWire),
      ...{ rest, history: new KalshiHistory(rest.transport) },
      connect,
      clock,
      metrics,
      log,
    },
    {
      watch: watchOf(config),
      ...{ mode, secrets: credentials ? [credentials.keyId] : [] },
      indexIds: config.KALSHI_INDEX_IDS,
      audit: { everyMs: config.KALSHI_AUDIT_EVERY_S * 1_000 },
    },
  )
  const { HTTP_HOST: host, HTTP_PORT: port } = config
  const ready = { isReady: () => service.readiness, readyNote: `mode="${mode}"` }
  const http = await serveHttp({ host, port, registry, ...ready })
  closers.add('http', http, (h) => h.close())
  await service.run(signal)
})
