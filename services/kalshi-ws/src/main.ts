import { KalshiConnection, KalshiRest, kalshiWire, loadPrivateKey } from '@kwm/adapter-kalshi'
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
import { createMetrics } from './metrics.ts'
import { FEED, KalshiIngest } from './service.ts'

// The composition root: the only file that reads the environment or opens a connection. It reads
// top to bottom as the service's wiring diagram.
const log = createLogger(FEED)

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const { privateKey, warning } = await loadPrivateKey(config.KALSHI_PRIVATE_KEY_FILE)
  if (warning !== null) log.warn({}, warning)
  const credentials = { keyId: config.KALSHI_KEY_ID, privateKey }

  const nats = await openNats({ url: config.NATS_URL, name: FEED })
  closers.add('nats', nats, (n) => n.close())
  await ensureStreams(nats, { shard: config.SHARD })

  const registry = createRegistry(FEED)
  const service = new KalshiIngest(
    {
      raw: closers.add('raw', new NatsRawLog(nats), (r) => r.close()),
      tape: closers.add('tape', new NatsEventLog(nats, { shard: config.SHARD }), (t) => t.close()),
      deadLetters: closers.add('letters', new NatsDeadLetterLog(nats), (d) => d.close()),
      snapshots: new NatsSnapshotStore(nats),
      machine: createFeedMachine(kalshiWire),
      rest: new KalshiRest({ baseUrl: config.KALSHI_REST_URL, clock }),
      connect: (idPrefix, callbacks) =>
        new KalshiConnection({
          url: config.KALSHI_WS_URL,
          credentials,
          clock,
          idPrefix,
          callbacks,
        }),
      clock,
      metrics: createMetrics(registry),
      log,
    },
    { watch: watchOf(config) },
  )
  const { HTTP_HOST: host, HTTP_PORT: port } = config
  const http = await serveHttp({ host, port, registry, isReady: () => service.readiness })
  closers.add('http', http, (h) => h.close())
  await service.run(signal)
})
