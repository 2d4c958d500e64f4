import { KalshiRest, RateBudget, kalshiWire } from '@kwm/adapter-kalshi'
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
import { parseConfig, readLimits, watchOf } from './config.ts'
import { openSource } from './feed-source.ts'
import { createMetrics } from './metrics.ts'
import { FEED, KalshiIngest } from './service.ts'

// The composition root: the only file that reads the environment or opens a connection. It reads
// top to bottom as the service's wiring diagram.
const log = createLogger(FEED)

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const registry = createRegistry(FEED)
  const metrics = createMetrics(registry)
  const budget = new RateBudget({ clock, limits: readLimits(config) })
  const rest = new KalshiRest({ baseUrl: config.KALSHI_REST_URL, clock, budget })
  const { mode, connect } = await openSource(config, { rest, clock, metrics, log })

  const nats = await openNats({ url: config.NATS_URL, name: FEED })
  closers.add('nats', nats, (n) => n.close())
  await ensureStreams(nats, { shard: config.SHARD })

  const service = new KalshiIngest(
    {
      raw: closers.add('raw', new NatsRawLog(nats), (r) => r.close()),
      tape: closers.add('tape', new NatsEventLog(nats, { shard: config.SHARD }), (t) => t.close()),
      deadLetters: closers.add('letters', new NatsDeadLetterLog(nats), (d) => d.close()),
      snapshots: new NatsSnapshotStore(nats),
      machine: createFeedMachine(kalshiWire),
      rest,
      connect,
      clock,
      metrics,
      log,
    },
    {
      watch: watchOf(config),
      mode,
      indexIds: config.KALSHI_INDEX_IDS,
      audit: { everyMs: config.KALSHI_AUDIT_EVERY_S * 1_000 },
    },
  )
  const { HTTP_HOST: host, HTTP_PORT: port } = config
  const isReady = () => service.readiness
  const http = await serveHttp({ host, port, registry, isReady, readyNote: `mode="${mode}"` })
  closers.add('http', http, (h) => h.close())
  await service.run(signal)
})
