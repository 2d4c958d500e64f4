import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SPEED_MAX } from './config.ts'
import { FAULTS } from './faults.ts'
import { PAGE } from './page.ts'
import type { VenueSim } from './service.ts'

const speedBody = z.strictObject({ speed: z.number().min(1).max(SPEED_MAX) })
const faultBody = z.strictObject({
  kind: z.enum(FAULTS),
  /** Frames affected, for the faults of frames. */
  count: z.int().min(1).max(1_000).default(1),
  /** Of the market, for `pause` and `resume`; the first when none is named. */
  ticker: z.string().optional(),
  /** For `stall`, `maintenance` and `clock-skew`. */
  durationMs: z.int().min(1).max(600_000).default(3_000),
})

const randomBody = z.strictObject({
  seed: z.union([z.string(), z.int()]).default('1'),
  perMinute: z.number().positive().max(6_000),
  kinds: z.array(z.enum(FAULTS)).min(1).default(['gap', 'duplicate', 'disconnect', 'stall']),
  seconds: z.number().positive().max(86_400),
})

/** The operator's side. Not signed: keep the port private. */
export function addAdminRoutes(app: FastifyInstance, sim: VenueSim): void {
  app.get('/', (_, reply) => reply.type('text/html; charset=utf-8').send(PAGE))
  app.get('/admin/status', () => sim.status())
  app.post('/admin/start', () => {
    sim.player.start()
    return sim.status()
  })
  app.post('/admin/pause', () => {
    sim.player.pause()
    return sim.status()
  })
  app.post('/admin/speed', (request, reply) => {
    const body = speedBody.safeParse(request.body)
    if (!body.success) return reply.code(400).send({ error: z.prettifyError(body.error) })
    sim.player.setSpeed(body.data.speed)
    return sim.status()
  })
  app.post('/admin/fault', (request, reply) => {
    const body = faultBody.safeParse(request.body)
    if (!body.success) return reply.code(400).send({ error: z.prettifyError(body.error) })
    const { kind, count, durationMs, ticker } = body.data
    if (ticker !== undefined && !sim.state.market(ticker)) {
      return reply.code(400).send({ error: `no market ${ticker}` })
    }
    const connections = sim.injectFault(kind, count, durationMs, ticker)
    return reply.code(connections > 0 ? 200 : 409).send({ kind, count, connections })
  })
  app.get('/admin/faults', () => sim.faults())
  app.post('/admin/faults/random', (request, reply) => {
    const body = randomBody.safeParse(request.body)
    if (!body.success) return reply.code(400).send({ error: z.prettifyError(body.error) })
    return { scheduled: sim.scheduleFaults(body.data) }
  })
}
