import { ensureStreams, NatsEventLog, openNats } from '@kwm/adapter-nats'
import { createLogger, createRegistry } from '@kwm/adapter-telemetry'
import { runMain, systemClock, type Clock } from '@kwm/runtime'
import { parseConfig } from './config.ts'
import { HealthPoller } from './health-poller.ts'
import { buildServer } from './http/server.ts'
import { createMetrics } from './metrics.ts'
import { GatewayService } from './service.ts'

// The composition root: the only file that reads the environment or opens a connection. It reads
// top to bottom as the service's wiring diagram.
const log = createLogger('gateway')

/** Wall time proper: the monotonic clock stands still in a suspend and ignores corrections. */
const wallClock: Clock = { ...systemClock, nowUs: () => Date.now() * 1_000 }

await runMain({ log }, async (signal, closers) => {
  const { natsUrl, shard, http, services, controlToken, tailRecords, logLevel } = parseConfig(
    process.env,
  )
  log.level = logLevel
  const nats = closers.add('nats', await openNats({ url: natsUrl, name: 'gateway' }), (n) =>
    n.close(),
  )
  await ensureStreams(nats, { shard })
  const registry = createRegistry('gateway')
  const metrics = createMetrics(registry)

  const service = new GatewayService({
    events: new NatsEventLog(nats, { shard }),
    clock: wallClock,
    log,
    metrics,
    tailRecords,
  })
  const poller = new HealthPoller(services, wallClock)
  const { host, port } = http
  const server = await buildServer({ service, poller, metrics, registry, host, controlToken })
  closers.add('http', server, (s) => s.close())
  const address = await server.listen({ host, port })

  log.info({ address, shard }, 'started')
  await Promise.all([service.run(signal), poller.run(signal)])
})
