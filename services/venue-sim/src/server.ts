import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Registry } from '@kwm/adapter-telemetry'
import { HttpListenError } from '@kwm/adapter-telemetry'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import { addAdminRoutes } from './admin-routes.ts'
import type { PublicKeys } from './auth.ts'
import { refusalOf } from './auth.ts'
import { addExchangeRoutes } from './http/exchange-routes.ts'
import { addHistoryRoutes } from './http/history-routes.ts'
import { addHttpFaults } from './http/http-faults.ts'
import { addMarketRoutes } from './http/market-routes.ts'
import { addRateLimits } from './http/rate-limits.ts'
import { VenueError } from './http/request.ts'
import { addSignedRoutes } from './http/signed-routes.ts'
import { addWeatherRoutes } from './http/weather-routes.ts'
import type { Metrics } from './metrics.ts'
import type { Wire } from './outbox.ts'
import type { VenueSim } from './service.ts'

const API = '/trade-api/v2'
const WS_PATH = '/trade-api/ws/v2'
const COMMAND_BYTES_MAX = 16 * 1024 * 1024
/** A client that is cut off has this long to take its leave. */
const CLOSE_TIMEOUT_MS = 1_000

export type ServerOptions = {
  readonly host: string
  readonly port: number
  readonly keys: PublicKeys
  readonly registry: Registry
  readonly metrics: Metrics
}

export type Server = {
  readonly port: number
  /** The reads of the API that are served, without its root. */
  readonly routes: readonly string[]
  close(): Promise<void>
}

/** REST, WebSocket and the operator's side on one port. */
export async function serve(sim: VenueSim, options: ServerOptions): Promise<Server> {
  const { host, port, registry } = options
  const app = Fastify({ forceCloseConnections: true })
  app.setErrorHandler<Error & { statusCode?: number }>((error, _, reply) => {
    const status = error.statusCode ?? 500
    const fallback = status < 500 ? 'invalid_parameters' : 'internal_error'
    const code = error instanceof VenueError ? error.code : fallback
    return reply.code(status).send({ error: { code, message: error.message } })
  })
  app.setNotFoundHandler((_, reply) =>
    reply.code(404).send({ error: { code: 'not_found', message: 'not found' } }),
  )
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    if (method === 'GET' && url.startsWith(API)) routes.push(url.slice(API.length))
  })
  addHttpFaults(app, sim)
  addRateLimits(app, sim)
  addExchangeRoutes(app, sim)
  addMarketRoutes(app, sim)
  addHistoryRoutes(app, sim)
  addAdminRoutes(app, sim)
  addWeatherRoutes(app, sim)
  addSignedRoutes(app, sim, options.keys)
  app.get('/livez', () => 'ok\n')
  app.get('/readyz', () => 'ok\n')
  app.get('/metrics', async (_, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
  acceptWebSockets(app, sim, options)
  try {
    await app.listen({ host, port })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HttpListenError(`cannot listen on ${host}:${port}: ${reason}`, { cause })
  }
  const address = app.server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return { port: bound, routes, close: () => app.close() }
}

function acceptWebSockets(app: FastifyInstance, sim: VenueSim, options: ServerOptions): void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: COMMAND_BYTES_MAX,
  })
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const path = (request.url ?? '').split('?')[0]!
    if (path !== WS_PATH) return refuse(socket, '404 Not Found', 'not_found')
    const signed = { method: 'GET', path, headers: request.headers }
    const refusal = refusalOf(signed, options.keys, Date.now() + sim.clockSkewMs)
    if (refusal !== undefined) {
      options.metrics.refusedTotal.inc()
      return refuse(socket, '401 Unauthorized', refusal)
    }
    const keyId = String(request.headers['kalshi-access-key'])
    sockets.handleUpgrade(request, socket, head, (client) => attach(client, sim, keyId))
  })
  app.addHook('onClose', () => sockets.close())
}

function refuse(socket: Duplex, status: string, message: string): void {
  const body = JSON.stringify({ error: { code: status.slice(4).toLowerCase(), message } })
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\nconnection: close\r\n\r\n${body}`)
}

function attach(socket: WebSocket, sim: VenueSim, keyId: string): void {
  const session = sim.connect(wireOf(socket), keyId)
  socket.on('message', (data, isBinary) => {
    // As text: `nodebuffer` is the socket's binary type.
    if (!isBinary && Buffer.isBuffer(data)) session.receive(data.toString('utf8'))
  })
  socket.on('close', () => sim.disconnected(session))
  socket.on('error', () => socket.terminate())
}

const wireOf = (socket: WebSocket): Wire => ({
  get bufferedBytes() {
    return socket.bufferedAmount
  },
  send: (text) => socket.send(text),
  ping: (body) => socket.ping(body),
  close: (code, reason) => {
    socket.close(code, reason)
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref()
  },
  terminate: () => socket.terminate(),
})
