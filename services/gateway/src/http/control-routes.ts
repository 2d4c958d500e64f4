import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Metrics } from '../metrics.ts'
import type { GatewayService } from '../service.ts'
import { refuseControl, type ControlPolicy } from './guards.ts'

type Options = {
  readonly service: GatewayService
  readonly metrics: Metrics
  readonly control: ControlPolicy
  readonly controlToken: string | undefined
}

const requestBody = z.strictObject({
  reason: z.string().trim().min(1).max(200).default('asked for at the dashboard'),
  requestedBy: z.string().trim().min(1).max(64).default('dashboard'),
  requestId: z
    .string()
    .regex(/^[A-Za-z0-9-]{8,64}$/)
    .optional(),
})

/** The only two routes that write: each appends one event, and risk answers on the tape. */
export function addControlRoutes(server: FastifyInstance, options: Options): void {
  const { service, metrics, control, controlToken } = options
  for (const action of ['halt', 'resume'] as const) {
    server.post(
      `/api/${action}`,
      {
        // Refused before the body is read.
        onRequest: async (request, reply) => {
          const refusal = refuseControl(request, control, controlToken)
          if (!refusal) return
          metrics.controlRequestsTotal.inc({ action, outcome: 'refused' })
          await reply.code(refusal.status).send({ error: refusal.reason })
        },
      },
      async (request, reply) => {
        const parsed = requestBody.safeParse(request.body ?? {})
        if (!parsed.success) {
          metrics.controlRequestsTotal.inc({ action, outcome: 'invalid' })
          return reply.code(400).send({ error: z.prettifyError(parsed.error) })
        }
        const appended = await service.request({ action, ...parsed.data })
        metrics.controlRequestsTotal.inc({ action, outcome: 'appended' })
        return reply.code(202).send(appended)
      },
    )
  }
}
