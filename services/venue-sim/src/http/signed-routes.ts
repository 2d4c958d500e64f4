import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PublicKeys } from '../auth.ts'
import { refusalOf } from '../auth.ts'
import { addGroupRoutes } from './group-routes.ts'
import { addOrderRoutes } from './order-routes.ts'
import { addPortfolioRoutes } from './portfolio-routes.ts'
import { limitsJson } from './rate-limits.ts'
import { VenueError } from './request.ts'
import type { VenueSim } from '../service.ts'

/** All that needs a signature: orders, order groups, the portfolio. */
export function addSignedRoutes(app: FastifyInstance, sim: VenueSim, keys: PublicKeys): void {
  app.register((scope, _, done) => {
    scope.addHook('onRequest', (request, _reply, next) => {
      const path = request.url.split('?')[0]!
      const { method, headers } = request
      const refusal = refusalOf({ method, path, headers }, keys, Date.now() + sim.clockSkewMs)
      sim.advance()
      next(refusal === undefined ? undefined : new VenueError(401, 'unauthorized', refusal))
    })
    scope.setErrorHandler<Error & { statusCode?: number; code?: string }>(answerError)
    acceptEmptyBodies(scope)
    addOrderRoutes(scope, sim)
    addGroupRoutes(scope, sim)
    addPortfolioRoutes(scope, sim)
    scope.get('/trade-api/v2/account/limits', () => limitsJson(sim))
    done()
  })
}

function answerError(
  error: Error & { statusCode?: number; code?: string },
  _: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = error.statusCode ?? 500
  const fallback = status < 500 ? 'invalid_parameters' : 'internal_error'
  const code = error instanceof VenueError ? error.code : fallback
  return reply.code(status).send({ error: { code, message: error.message } })
}

/** Clients send `content-type: application/json` with nothing to say. */
function acceptEmptyBodies(scope: FastifyInstance): void {
  scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    if (body === '') return done(null, {})
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      done(new VenueError(400, 'invalid_parameters', 'the body is not JSON'))
    }
  })
}
