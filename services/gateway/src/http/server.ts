import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { Registry } from 'prom-client'
import type { HealthPoller } from '../health-poller.ts'
import type { Metrics } from '../metrics.ts'
import type { GatewayService } from '../service.ts'
import { addControlRoutes } from './control-routes.ts'
import { controlPolicy, refuseHost, type Refusal } from './guards.ts'
import { pageUpdate, summary } from './page-update.ts'
import { UpdateHub } from './update-hub.ts'

const BODY_BYTES_MAX = 4_096
const ID_LENGTH_MAX = 200

const PUBLIC_DIR = fileURLToPath(new URL('../../public/', import.meta.url))
const UPLOT_DIR = path.dirname(createRequire(import.meta.url).resolve('uplot/dist/uPlot.esm.js'))

/** Nothing but our own files runs on the page, and no other page may frame it. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

export type ServerOptions = {
  readonly service: GatewayService
  readonly poller: HealthPoller
  readonly metrics: Metrics
  readonly registry: Registry
  /** The address it will be bound to: it decides who may control. */
  readonly host: string
  readonly controlToken: string | undefined
}

export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { service, poller, metrics, host, controlToken } = options
  const server = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true })
  const control = controlPolicy(host, controlToken)
  const hub = new UpdateHub(
    {
      cursor: () => ({
        seq: service.model.tapeSeq,
        health: poller.revision,
        epoch: service.model.epoch,
      }),
      updateSince: ({ seq }) => JSON.stringify(pageUpdate(service, poller, control, seq)),
    },
    metrics,
  )
  service.onChange(() => hub.notify())
  poller.onChange(() => hub.notify())
  server.addHook('onClose', () => hub.close())
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    const refusal = isProbe(request.url) ? undefined : refuseHost(request, host)
    if (refusal) await refuse(reply, refusal)
  })

  await server.register(fastifyStatic, { root: PUBLIC_DIR, cacheControl: false })
  await server.register(fastifyStatic, {
    root: UPLOT_DIR,
    prefix: '/vendor/uplot/',
    decorateReply: false,
  })
  addReadRoutes(server, options, control)
  addStreamRoute(server, hub)
  addHealthRoutes(server, options)
  addControlRoutes(server, { service, metrics, control, controlToken })
  return server
}

function addReadRoutes(
  server: FastifyInstance,
  { service, poller }: ServerOptions,
  control: ReturnType<typeof controlPolicy>,
): void {
  server.get('/api/state', () => pageUpdate(service, poller, control, 0))
  server.get('/api/summary', () => summary(service))
  server.get<{ Params: { id: string } }>('/api/why/:id', async ({ params }, reply) => {
    const why = params.id.length > ID_LENGTH_MAX ? undefined : await service.why(params.id)
    return why ?? reply.code(404).send({ error: `no event ${params.id.slice(0, ID_LENGTH_MAX)}` })
  })
}

function addStreamRoute(server: FastifyInstance, hub: UpdateHub): void {
  server.get('/api/stream', (request, reply) => {
    if (hub.isFull) return reply.code(503).send({ error: 'too many pages are open' })
    const { raw } = reply
    reply.hijack()
    raw.writeHead(200, {
      ...HEADERS,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    })
    const remove = hub.add({
      write: (text) => raw.write(text),
      onDrain: (listener) => raw.on('drain', listener),
      destroy: () => raw.destroy(),
    })
    request.raw.on('close', remove)
    raw.on('close', remove)
    raw.on('error', remove)
    return reply
  })
}

function addHealthRoutes(server: FastifyInstance, { service, registry }: ServerOptions): void {
  server.get('/livez', () => ({ status: 'ok' }))
  server.get('/readyz', (_, reply) =>
    reply.code(service.isReady ? 200 : 503).send({
      status: service.isReady ? 'ready' : 'catching up',
      tapeSeq: service.model.tapeSeq,
      headSeq: service.headSeq,
    }),
  )
  server.get('/metrics', async (_, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}

/** Probes and scrapers come by address: they see no trading data. */
const isProbe = (url: string): boolean => /^\/(livez|readyz|metrics)(\?|$)/.test(url)

export const refuse = (reply: FastifyReply, { status, reason }: Refusal): FastifyReply =>
  reply.code(status).send({ error: reason })
