import { createLogger, createRegistry } from '@kwm/adapter-telemetry'
import { runMain } from '@kwm/runtime'
import { loadPublicKey } from './auth.ts'
import { parseConfig } from './config.ts'
import { loadSource } from './load-source.ts'
import { createMetrics } from './metrics.ts'
import { serve } from './server.ts'
import { VenueSim } from './service.ts'
import { USAGE } from './usage.ts'

// The composition root: the only file that reads the environment.
if (process.argv.includes('--help')) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const log = createLogger('venue-sim')

await runMain({ log }, async (signal, closers) => {
  const config = parseConfig(process.env)
  log.level = config.LOG_LEVEL
  const publicKey = await loadPublicKey(config.VENUE_SIM_PUBLIC_KEY_FILE)
  const source = await loadSource(config, log)

  const registry = createRegistry('venue-sim')
  const metrics = createMetrics(registry)
  const sim = new VenueSim(
    source,
    {
      speed: config.VENUE_SIM_SPEED,
      start: config.VENUE_SIM_START,
      openingCashDollars: config.VENUE_SIM_CASH_DOLLARS,
      tier: config.VENUE_SIM_TIER,
    },
    { log, metrics, nowMs: () => Date.now() },
  )
  closers.add('venue', sim, (s) => s.close())
  const server = await serve(sim, {
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    keys: new Map([[config.VENUE_SIM_KEY_ID, publicKey]]),
    registry,
    metrics,
  })
  closers.add('http', server, (s) => s.close())

  const { name, isSynthetic, sizes } = source
  const markets = source.markets.length
  log.info({ source: name, isSynthetic, sizes, markets, port: server.port }, 'open')
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
})
