import {
  ensureStreams,
  NatsDeadLetterLog,
  NatsEventLog,
  NatsSnapshotStore,
  openNats,
} from '@kwm/adapter-nats'
import { createLogger, createRegistry, serveHttp } from '@kwm/adapter-telemetry'
import { parseEnvironment, runMain, systemClock } from '@kwm/runtime'
import { settingsSchema } from './config.ts'
import { createMetrics } from './metrics.ts'
import { createWeatherModel } from './service.ts'
import { readStationModels } from './station-models.ts'

const log = createLogger('weather-model', { level: process.env['LOG_LEVEL'] ?? 'info' })

await runMain({ log }, async (signal, closers) => {
  const settings = parseEnvironment(settingsSchema, process.env)
  const { NATS_URL: url, SHARD: shard, HTTP_HOST: host, HTTP_PORT: port } = settings
  const nats = closers.add('nats', await openNats({ url, name: 'weather-model' }), (n) => n.close())
  await ensureStreams(nats, { shard })
  const registry = createRegistry('weather-model')

  const stationModels = await readStationModels(settings.WEATHER_MODELS)
  const service = createWeatherModel(settings, stationModels, {
    log: new NatsEventLog(nats, { shard }),
    snapshots: new NatsSnapshotStore(nats),
    deadLetters: new NatsDeadLetterLog(nats),
    clock: systemClock,
    ...createMetrics(registry),
  })
  const isReady = (): boolean => service.isReady
  closers.add('http', await serveHttp({ host, port, registry, isReady }), (http) => http.close())

  log.info({ shard, port }, 'started')
  await service.run(signal)
})
