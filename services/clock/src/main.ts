import { ensureStreams, NatsEventLog, openNats } from '@kwm/adapter-nats'
import { createLogger, createRegistry, serveHttp } from '@kwm/adapter-telemetry'
import { runMain, systemClock, type Clock } from '@kwm/runtime'
import { parseConfig } from './config.ts'
import { createMetrics } from './metrics.ts'
import { ClockService } from './service.ts'

// The composition root: the only file that reads the environment or opens a connection. It reads
// top to bottom as the service's wiring diagram.
const log = createLogger('clock')

/** Wall time proper: the monotonic clock stands still in a suspend and ignores corrections. */
const wallClock: Clock = { ...systemClock, nowUs: () => Date.now() * 1_000 }

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const { NATS_URL: url, SHARD: shard, HTTP_HOST: host, HTTP_PORT: port } = config
  const nats = closers.add('nats', await openNats({ url, name: 'clock' }), (n) => n.close())
  await ensureStreams(nats, { shard })
  const tape = new NatsEventLog(nats, { shard })
  const registry = createRegistry('clock')

  const service = new ClockService(config.CLOCK_SOURCE, {
    log: tape,
    readLastTick: () => tape.lastOf('ops.tick.v1'),
    clock: wallClock,
    metrics: createMetrics(registry),
  })
  const isReady = (): true | string => service.readiness
  closers.add('http', await serveHttp({ host, port, registry, isReady }), (http) => http.close())

  log.info({ source: config.CLOCK_SOURCE, shard, port }, 'started')
  await service.run(signal)
})
