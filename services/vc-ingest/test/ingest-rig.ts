import { setTimeout as delay } from 'node:timers/promises'
import { createLogger, createRegistry } from '@kwm/adapter-telemetry'
import type { Clock } from '@kwm/runtime'
import { FastClock } from '@kwm/runtime/testing'
import { parseConfig } from '../src/config.ts'
import { createMetrics } from '../src/metrics.ts'
import { openSources, type Source } from '../src/providers.ts'
import { WeatherIngest } from '../src/service.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { START_US, type WeatherServer, type Provider } from './weather-server.ts'

/** Short of patience with whom hangs alone: any other answer may take as long as the machine does. */
export function impatientSources(
  server: WeatherServer,
  env: Record<string, string> = {},
): Source[] {
  return openSources(parseConfig({ ...server.environment, ...env })).map((source) => {
    const { provider } = source
    const limits = {
      ...provider.limits,
      get timeoutMs() {
        return server.behaviour.get(provider.name as Provider) === 'hang' ? 400 : 30_000
      },
    }
    return { ...source, provider: Object.assign(source.provider, { limits }) }
  })
}

export type Rig = {
  readonly service: WeatherIngest
  readonly stop: () => Promise<void>
  /** Sums over all labels but the one named. */
  readonly sums: (metric: string, label: string) => Promise<Record<string, number>>
}

export type RigOptions = {
  readonly clock?: Clock
  readonly tapeMax?: number
  readonly sources?: readonly Source[]
  readonly watchEveryMs?: number
}

export function startIngest(
  server: WeatherServer,
  broker: MemoryBroker,
  options: RigOptions = {},
): Rig {
  const {
    clock = new FastClock(100, START_US),
    tapeMax,
    sources = impatientSources(server),
  } = options
  const registry = createRegistry('test')
  const service = new WeatherIngest(
    {
      ...broker.connect(tapeMax),
      metrics: createMetrics(registry),
      ...{ clock, random: () => 0.1, log: createLogger('test', { level: 'fatal' }) },
    },
    { sources, runId: clock.nowUs().toString(36), watchEveryMs: options.watchEveryMs ?? 15_000 },
  )
  const stop = new AbortController()
  const run = service.run(stop.signal)
  run.catch(() => undefined)
  return {
    service,
    stop: async () => {
      stop.abort()
      await run
    },
    sums: async (metric, label) => {
      const sums: Record<string, number> = {}
      const found = await registry.getSingleMetric(metric)?.get()
      for (const { labels, value } of found?.values ?? []) {
        const key = String((labels as Record<string, string>)[label])
        sums[key] = (sums[key] ?? 0) + value
      }
      return sums
    },
  }
}

export async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isDone())) await delay(5)
}
