import { ensureStreams, NatsDeadLetterLog, NatsEventLog, openNats } from '@kwm/adapter-nats'
import { migrate, openSession } from '@kwm/adapter-pg'
import { createLogger, createRegistry, serveHttp } from '@kwm/adapter-telemetry'
import { runMain, systemClock } from '@kwm/runtime'
import { parseConfig } from './config.ts'
import { createMetrics } from './metrics.ts'
import { RecorderService } from './service.ts'

// The composition root: the only file that reads the environment or opens a connection. It reads
// top to bottom as the service's wiring diagram.
const log = createLogger('recorder')

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const { DATABASE_URL: url, SHARD: shard } = config

  await migrate({ url, log: (fields, message) => log.info(fields, message) })
  const nats = await openNats({ url: config.NATS_URL, name: 'recorder' })
  closers.add('nats', nats, (n) => n.close())
  await ensureStreams(nats, { shard })
  const tape = closers.add('tape', new NatsEventLog(nats, { shard }), (t) => t.close())
  const letters = closers.add('letters', new NatsDeadLetterLog(nats), (l) => l.close())

  const registry = createRegistry('recorder')
  const service = new RecorderService(
    {
      log,
      tape,
      deadLetters: letters,
      // Losing the last commits with the machine is fine: rows and position go together, and the
      // tape still has the records.
      connect: () =>
        openSession({
          url,
          applicationName: 'kwm recorder',
          settings: { synchronous_commit: 'off' },
        }),
      clock: systemClock,
      metrics: createMetrics(registry),
    },
    { batchMaxRows: config.RECORDER_BATCH_MAX_ROWS, flushMs: config.RECORDER_FLUSH_MS },
  )
  const http = await serveHttp({
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    registry,
    isReady: () => service.readiness,
  })
  closers.add('http', http, (h) => h.close())
  await service.run(signal)
})
