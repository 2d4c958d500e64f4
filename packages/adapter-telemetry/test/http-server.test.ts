import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import {
  createRegistry,
  HttpListenError,
  serveHttp,
  type HttpOptions,
  type HttpServer,
} from '@kwm/adapter-telemetry'

const servers: HttpServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function serve(options: Partial<HttpOptions> = {}) {
  const registry = createRegistry('risk')
  const wiring = { host: '127.0.0.1', port: 0, registry, isReady: () => true, ...options }
  const server = await serveHttp(wiring)
  servers.push(server)
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return [response.status, await response.text()]
  }
  return { server, get }
}

test('metrics of the process, with the service as a label', async () => {
  const { get } = await serve()
  const [status, text] = await get('/metrics')
  expect(status).toBe(200)
  expect(text).toMatch(/nodejs_eventloop_lag_seconds\{service="risk"\}/)
  expect(text).toMatch(/process_cpu_user_seconds_total/)
})

test('readyz is 503 with the reason until ready; livez asks for a restart', async () => {
  let ready: boolean | string = false
  let live: boolean | string = true
  const { get } = await serve({ isReady: () => ready, isLive: () => live })
  expect(await get('/readyz')).toEqual([503, 'starting\n'])
  ready = 'behind by 12 records'
  expect(await get('/readyz?verbose')).toEqual([503, 'behind by 12 records\n'])
  ready = true
  expect(await get('/readyz')).toEqual([200, 'ok\n'])
  expect(await get('/livez')).toEqual([200, 'ok\n'])
  live = 'stuck'
  expect(await get('/livez')).toEqual([503, 'stuck\n'])
  expect(await get('/nothing')).toEqual([404, 'not found\n'])
})

test('routes of the service, and what throws in them', async () => {
  const { get } = await serve({
    routes: {
      '/hello': (_, response) => void response.end('hi'),
      '/broken': () => Promise.reject(new Error('boom')),
    },
  })
  expect(await get('/hello')).toEqual([200, 'hi'])
  expect((await get('/broken'))[0]).toBe(500)
})

test('a taken port is a named error; closing does not wait for open connections', async () => {
  const { server } = await serve()
  const again = serveHttp({
    host: '127.0.0.1',
    port: server.port,
    registry: createRegistry('risk'),
    isReady: () => true,
  })
  await expect(again).rejects.toThrow(HttpListenError)
  const idle = connect(server.port, '127.0.0.1')
  idle.on('error', () => {})
  await new Promise((resolve) => idle.once('connect', resolve))
  await server.close() // Otherwise it waited for us.
  idle.destroy()
})
