import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { OperatingError } from '@kwm/runtime'
import type { Registry } from 'prom-client'

/** True: yes. A text: no, and why. */
export type Health = () => boolean | string
export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

export type HttpOptions = {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  readonly registry: Registry
  /** `/readyz`: false until the service has caught up. */
  readonly isReady: Health
  /** What `/readyz` adds to its `ok`, such as the mode the service runs in. */
  readonly readyNote?: string
  /** `/livez`: false asks for a restart. Default: a process that answers is alive. */
  readonly isLive?: Health
  /** More routes, by path. */
  readonly routes?: Readonly<Record<string, Route>>
}

export type HttpServer = {
  readonly port: number
  /** Ends at once: open connections are cut. */
  close(): Promise<void>
}

export class HttpListenError extends OperatingError {
  override readonly name = 'HttpListenError'
  readonly code = 'HTTP_CANNOT_LISTEN'
}

/** The operator's side of a service: `/metrics`, `/livez`, `/readyz`. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, registry, isReady, readyNote, isLive = () => true } = options
  const routes = new Map<string, Route>([
    ...Object.entries(options.routes ?? {}),
    ['/livez', (_, response) => answerHealth(response, isLive())],
    ['/readyz', (_, response) => answerHealth(response, isReady(), readyNote)],
    [
      '/metrics',
      async (_, response) => answer(response, 200, await registry.metrics(), registry.contentType),
    ],
  ])
  const server = createServer(dispatch(routes))
  await listen(server, host, port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const dispatch =
  (routes: ReadonlyMap<string, Route>): RequestListener =>
  async (request, response) => {
    const route = routes.get((request.url ?? '').split('?')[0]!)
    try {
      if (route) await route(request, response)
      else answer(response, 404, 'not found\n')
    } catch (error) {
      if (response.headersSent) response.destroy()
      else answer(response, 500, `${error instanceof Error ? error.message : String(error)}\n`)
    }
  }

function answerHealth(response: ServerResponse, health: boolean | string, note?: string): void {
  if (health === true) answer(response, 200, note === undefined ? 'ok\n' : `ok ${note}\n`)
  else answer(response, 503, `${health || 'starting'}\n`)
}

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType })
  response.end(body)
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new HttpListenError(`cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
    )
    server.listen(port, host, resolve)
  })
}
