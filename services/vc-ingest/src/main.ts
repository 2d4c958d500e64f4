import { OPEN_METEO_ATTRIBUTION } from '@kwm/adapter-weather'
import {
  ensureStreams,
  NatsDeadLetterLog,
  NatsEventLog,
  NatsRawLog,
  NatsSnapshotStore,
  openNats,
} from '@kwm/adapter-nats'
import { createLogger, createRegistry, serveHttp } from '@kwm/adapter-telemetry'
import { runMain, systemClock as clock } from '@kwm/runtime'
import { parseConfig } from './config.ts'
import { createMetrics } from './metrics.ts'
import { openSources } from './providers.ts'
import { WeatherIngest } from './service.ts'

// The composition root: the only file that reads the environment or opens a connection. It reads
// top to bottom as the service's wiring diagram.
const log = createLogger('vc-ingest')

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const sources = openSources(config)
  const mode = config.VISUAL_CROSSING_KEY === undefined ? 'keyless' : 'visual-crossing'
  const providers = sources.map(({ provider, stations }) => `${provider.name}:${stations.length}`)
  log.info({ mode, providers, attribution: OPEN_METEO_ATTRIBUTION }, 'starting')
  if (mode === 'keyless') {
    log.warn('no VISUAL_CROSSING_KEY: METAR, the weather service and ensembles alone')
  }
  const nats = closers.add(
    'nats',
    await openNats({ url: config.NATS_URL, name: 'vc-ingest' }),
    (n) => n.close(),
  )
  await ensureStreams(nats, { shard: config.SHARD })
  const registry = createRegistry('vc-ingest')
  const metrics = createMetrics(registry)
  metrics.mode.set({ mode }, 1)
  const service = new WeatherIngest(
    {
      raw: closers.add('raw', new NatsRawLog(nats), (r) => r.close()),
      tape: closers.add('tape', new NatsEventLog(nats, { shard: config.SHARD }), (t) => t.close()),
      deadLetters: closers.add('letters', new NatsDeadLetterLog(nats), (d) => d.close()),
      snapshots: new NatsSnapshotStore(nats),
      ...{ clock, metrics, log },
    },
    { sources },
  )
  const { HTTP_HOST: host, HTTP_PORT: port } = config
  const isReady = () => service.readiness
  const http = await serveHttp({ host, port, registry, isReady, readyNote: `mode="${mode}"` })
  closers.add('http', http, (h) => h.close())
  await service.run(signal)
})
