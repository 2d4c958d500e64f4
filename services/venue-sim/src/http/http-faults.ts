import type { FastifyInstance } from 'fastify'
import type { VenueSim } from '../service.ts'

const API = '/trade-api/v2/'
const QUEUED_MAX = 100_000

export type HttpFault = 'http-429' | 'http-503'

const ANSWERS = {
  'http-429': [429, { error: 'too many requests' }],
  'http-503': [503, { error: { code: 'service_unavailable', message: 'service unavailable' } }],
} as const

/** Requests that will be answered with an error instead of an answer. */
export class HttpFaults {
  readonly #armed: HttpFault[] = []

  get armed(): number {
    return this.#armed.length
  }

  arm(kind: HttpFault, count: number): void {
    for (let i = 0; i < count && this.#armed.length < QUEUED_MAX; i++) this.#armed.push(kind)
  }

  take(): HttpFault | undefined {
    return this.#armed.shift()
  }
}

/** Maintenance: the exchange says that it is down, and refuses everything else. */
export class Maintenance {
  #untilMs = 0

  get isOn(): boolean {
    return Date.now() < this.#untilMs
  }

  start(durationMs: number): void {
    this.#untilMs = Date.now() + durationMs
  }
}

export function addHttpFaults(app: FastifyInstance, sim: VenueSim): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith(API)) return done()
    const isStatus = request.url.startsWith(`${API}exchange/status`)
    const isDown = sim.maintenance.isOn && !isStatus
    const fault = isDown ? 'http-503' : sim.httpFaults.take()
    if (!fault) return done()
    const [status, body] = ANSWERS[fault]
    reply.code(status).send(body)
  })
}
