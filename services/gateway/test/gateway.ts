import { MemoryLog, type Clock, type EventLog } from '@kwm/runtime'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { buildServer } from '../src/http/server.ts'
import { HealthPoller } from '../src/health-poller.ts'
import { createMetrics } from '../src/metrics.ts'
import { GatewayService } from '../src/service.ts'

const clock: Clock = { nowUs: () => Date.now() * 1_000, sleep: () => Promise.resolve() }
const silent = { info: () => {}, warn: () => {} }

export type TestGateway<Log extends EventLog = MemoryLog> = {
  readonly log: Log
  readonly service: GatewayService
  readonly server: FastifyInstance
  readonly poller: HealthPoller
  /** Listen, once, on a free port of loopback; the base address. */
  listen(): Promise<string>
  /** Until everything on the log is in the read model. */
  settle(): Promise<void>
  close(): Promise<void>
}

type Options<Log extends EventLog> = {
  readonly log?: Log
  readonly host?: string
  readonly controlToken?: string
  readonly services?: readonly { name: string; url: string }[]
}

/** The service as main wires it, over a tape in memory unless another is given. */
export async function startGateway<Log extends EventLog = MemoryLog>(
  options: Options<Log> = {},
): Promise<TestGateway<Log>> {
  const { host = '127.0.0.1', controlToken, services = [] } = options
  const log = options.log ?? (new MemoryLog('test') as EventLog as Log)
  const registry = new Registry()
  const metrics = createMetrics(registry)
  const service = new GatewayService({ events: log, clock, log: silent, metrics, tailRecords: 0 })
  const poller = new HealthPoller(services, clock)
  const server = await buildServer({ service, poller, metrics, registry, host, controlToken })
  const stop = new AbortController()
  const running = service.run(stop.signal)
  let base: Promise<string> | undefined
  return {
    log,
    service,
    server,
    poller,
    listen: () => (base ??= server.listen({ host: '127.0.0.1', port: 0 })),
    async settle() {
      const last = await log.lastSeq()
      while (service.model.tapeSeq < last) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async close() {
      stop.abort()
      await running
      await server.close()
    },
  }
}
