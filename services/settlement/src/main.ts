import { BASIC_LIMITS, RateBudget } from '@kwm/adapter-kalshi'
import {
  ensureStreams,
  NatsDeadLetterLog,
  NatsEventLog,
  NatsRawLog,
  NatsSnapshotStore,
  openNats,
} from '@kwm/adapter-nats'
import { createLogger, createRegistry, serveHttp } from '@kwm/adapter-telemetry'
import { IemProvider, NceiProvider } from '@kwm/adapter-weather'
import { runMain, systemClock as clock } from '@kwm/runtime'
import { ArchiveReader } from './archive-reader.ts'
import { parseConfig, seriesOf } from './config.ts'
import { createMetrics } from './metrics.ts'
import { SettlementService } from './service.ts'
import { VenueReader } from './venue-reader.ts'

// The composition root: the only file that reads the environment or opens a connection. It reads
// top to bottom as the service's wiring diagram.
const log = createLogger('settlement')
/** Five reads a second: settled markets can wait, books cannot. */
const LIMITS = { ...BASIC_LIMITS, read: { refillPerSecond: 50, capacity: 50 } }

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const { NATS_URL: url, SHARD: shard, IEM_URL: iem, NCEI_URL: ncei } = config
  const nats = closers.add('nats', await openNats({ url, name: 'settlement' }), (n) => n.close())
  await ensureStreams(nats, { shard })
  const registry = createRegistry('settlement')
  const raw = closers.add('raw', new NatsRawLog(nats), (r) => r.close())
  const tape = closers.add('tape', new NatsEventLog(nats, { shard }), (t) => t.close())
  const deadLetters = closers.add('letters', new NatsDeadLetterLog(nats), (d) => d.close())
  const runId = clock.nowUs().toString(36)
  const rest = {
    baseUrl: config.KALSHI_REST_URL,
    budget: new RateBudget({ clock, limits: LIMITS }),
  }
  const metrics = createMetrics(registry)
  const archivePorts = { raw, deadLetters, clock }
  const service = new SettlementService(
    {
      ...{ tape, clock, metrics, log, snapshots: new NatsSnapshotStore(nats) },
      venue: new VenueReader({ raw, clock }, rest, runId),
      archives: [
        new ArchiveReader(archivePorts, new IemProvider({ baseUrl: iem }), 'cli-json', runId),
        new ArchiveReader(archivePorts, new NceiProvider({ baseUrl: ncei }), 'daily', runId),
      ],
    },
    { series: seriesOf(config), venueEveryMs: config.SETTLEMENT_EVERY_S * 1_000 },
  )
  const { HTTP_HOST: host, HTTP_PORT: port } = config
  const isReady = () => service.readiness
  closers.add('http', await serveHttp({ host, port, registry, isReady }), (http) => http.close())
  await service.run(signal)
})
