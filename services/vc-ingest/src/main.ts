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
import { runMain, systemClock } from '@kwm/runtime'
import { parseConfig } from './config.ts'
import { createMetrics } from './metrics.ts'
import { openSources } from './providers.ts'
import { WeatherIngest } from './service.ts'
import { TapeTime } from './tape-time.ts'

// The composition root: the only reader of the environment, a wiring diagram from top to bottom.
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
  const nats = await openNats({ url: config.NATS_URL, name: 'vc-ingest' })
  closers.add('nats', nats, (n) => n.close())
  await ensureStreams(nats, { shard: config.SHARD })
  const registry = createRegistry('vc-ingest')
  const metrics = createMetrics(registry)
  metrics.mode.set({ mode }, 1)
  const tape = closers.add('tape', new NatsEventLog(nats, { shard: config.SHARD }), (t) =>
    t.close(),
  )
  const time = config.WEATHER_CLOCK === 'tape' ? new TapeTime() : undefined
  let service: WeatherIngest | undefined
  const { HTTP_HOST: host, HTTP_PORT: port } = config
  const ready = { isReady: () => service?.readiness ?? true, readyNote: `mode="${mode}"` }
  const http = await serveHttp({ host, port, registry, ...ready })
  closers.add('http', http, (h) => h.close())
  const following = time?.follow(tape, (await tape.lastSeq()) + 1, signal)
  await time?.begun(signal)
  service = new WeatherIngest(
    {
      tape,
      raw: closers.add('raw', new NatsRawLog(nats), (r) => r.close()),
      deadLetters: closers.add('letters', new NatsDeadLetterLog(nats), (d) => d.close()),
      snapshots: new NatsSnapshotStore(nats),
      ...{ clock: time ?? systemClock, metrics, log },
    },
    { sources, runId: systemClock.nowUs().toString(36) },
  )
  await Promise.all([service.run(signal), following])
})
