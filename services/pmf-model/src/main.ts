import {
  ensureStreams,
  NatsDeadLetterLog,
  NatsEventLog,
  NatsSnapshotStore,
  openNats,
} from '@kwm/adapter-nats'
import { createLogger, createRegistry, serveHttp } from '@kwm/adapter-telemetry'
import { parseEnvironment, runMain, systemClock } from '@kwm/runtime'
import { readCalibration } from './calibration-artefact.ts'
import { settingsSchema } from './config.ts'
import { readArtefacts } from './forecast-artefacts.ts'
import { createMetrics } from './metrics.ts'
import { createPmfModel } from './service.ts'

const log = createLogger('pmf-model', { level: process.env['LOG_LEVEL'] ?? 'info' })

await runMain({ log }, async (signal, closers) => {
  const settings = parseEnvironment(settingsSchema, process.env)
  const { NATS_URL: url, SHARD: shard, HTTP_HOST: host, HTTP_PORT: port } = settings
  const nats = closers.add('nats', await openNats({ url, name: 'pmf-model' }), (n) => n.close())
  await ensureStreams(nats, { shard })
  const registry = createRegistry('pmf-model')

  const artefacts = {
    forecasts: await readArtefacts(settings.FORECAST_ARTEFACTS),
    calibration: await readCalibration(settings.CALIBRATION_ARTEFACT),
  }
  const service = createPmfModel(settings, artefacts, {
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
