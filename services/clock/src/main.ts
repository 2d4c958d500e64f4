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

  const nats = await openNats({ url: config.NATS_URL, name: 'clock' })
  closers.add('nats', nats, (n) => n.close())
  await ensureStreams(nats, { shard: config.SHARD })
  const tape = closers.add('tape', new NatsEventLog(nats, { shard: config.SHARD }), (t) => t.close())

  const registry = createRegistry('clock')
  const service = new ClockService(
    {
      log: tape,
      readLastTick: () => tape.lastOf('ops.tick.v1'),
      clock: wallClock,
      metrics: createMetrics(registry),
    },
    config.CLOCK_SOURCE,
  )
  const http = await serveHttp({
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    registry,
    isReady: () => service.readiness,
  })
  closers.add('http', http, (h) => h.close())

  log.info({ source: config.CLOCK_SOURCE, shard: config.SHARD, port: http.port }, 'ticking')
  await service.run(signal)
})
