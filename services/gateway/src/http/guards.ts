import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** `open`: a page on this host may. `token`: whoever knows it. `disabled`: nobody. */
export type ControlPolicy = 'open' | 'token' | 'disabled'

export type Refusal = { readonly status: 401 | 403 | 415; readonly reason: string }

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

export const isLoopback = (host: string): boolean => LOOPBACK.has(host)

export function controlPolicy(host: string, token: string | undefined): ControlPolicy {
  if (token !== undefined) return 'token'
  return isLoopback(host) ? 'open' : 'disabled'
}

/**
 * On loopback the Host header must name this machine: a foreign page whose name was rebound to
 * 127.0.0.1 still sends its own name.
 */
export function refuseHost(request: FastifyRequest, boundHost: string): Refusal | undefined {
  if (!isLoopback(boundHost)) return undefined
  const host = hostnameOf(request.headers.host)
  if (host !== undefined && isLoopback(host)) return undefined
  return { status: 403, reason: 'the Host header does not name this machine' }
}

/** A request that changes something must come from our own page, or carry the token, or both. */
export function refuseControl(
  request: FastifyRequest,
  policy: ControlPolicy,
  token: string | undefined,
): Refusal | undefined {
  const { origin, host, authorization } = request.headers
  const site = request.headers['sec-fetch-site']
  if (policy === 'disabled') {
    return { status: 403, reason: 'not bound to loopback: set GATEWAY_CONTROL_TOKEN to control' }
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, reason: 'the request comes from another site' }
  }
  if (origin !== undefined && originHost(origin) !== host) {
    return { status: 403, reason: 'the Origin header is not ours' }
  }
  // A form cannot send this type, and a script elsewhere would have to ask first.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return { status: 415, reason: 'send application/json' }
  }
  if (policy === 'token' && !isToken(authorization, token ?? '')) {
    return { status: 401, reason: 'a control token is needed: Authorization: Bearer <token>' }
  }
  return undefined
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? ''
  return token !== '' && timingSafeEqual(digest(given), digest(token))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function hostnameOf(host: string | undefined): string | undefined {
  if (!host || !URL.canParse(`http://${host}`)) return undefined
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '')
}

const originHost = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined
