import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import { connect, errors, type NatsConnection } from '@nats-io/transport-node'
import { NatsError } from './errors.ts'
import {
  isAtLeast,
  parseServerVersion,
  SERVER_VERSION_MIN,
  type ServerVersion,
} from './server-version.ts'

/** Also what a connection lost in the middle of its handshake costs. */
const CONNECT_TIMEOUT_MS = 2_000
const RECONNECT_WAIT_MS = 200
const PING_INTERVAL_MS = 5_000
const PINGS_OUT_MAX = 2
const CLOSE_TIMEOUT_MS = 2_000

export type NatsOptions = {
  /** `nats://host:4222`, several with commas; `tls://` for TLS; credentials as in any URL. */
  readonly url: string
  /** Shown in the server's connection list. */
  readonly name: string
}

/**
 * Connect to a nats-server with JetStream. Only the first connection can fail; once made it is
 * remade for ever, and what was in flight is sent again or read again by the logs built on it.
 * @throws {NatsError} With what to do about it. Credentials are never part of a message.
 */
export async function openNats({ url, name }: NatsOptions): Promise<Nats> {
  const { servers, address, ...credentials } = parseUrls(url)
  const connection = await connect({
    servers,
    name,
    ...credentials,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => RECONNECT_WAIT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_OUT_MAX,
  }).catch((error: unknown) => {
    throw connectError(error, address)
  })
  try {
    const version = parseServerVersion(connection.info?.version ?? '')
    if (!isAtLeast(version, SERVER_VERSION_MIN)) {
      throw new NatsError(
        'NATS_SERVER_TOO_OLD',
        `nats-server ${version.join('.')} at ${address}: ${SERVER_VERSION_MIN.join('.')} or newer is needed`,
      )
    }
    return new Nats(connection, await openManager(connection, address), address)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** A connection, shared by everything a service reads and writes. */
export class Nats {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  /** Host and port without credentials, for messages. */
  readonly address: string
  readonly #reconnectListeners = new Set<() => void>()

  constructor(connection: NatsConnection, manager: JetStreamManager, address: string) {
    this.connection = connection
    this.manager = manager
    this.address = address
    void this.#watch()
  }

  get serverVersion(): ServerVersion {
    return parseServerVersion(this.connection.info?.version ?? '')
  }

  /** False between the loss of a connection and the next. */
  get isConnected(): boolean {
    return this.connection.info !== undefined
  }

  /** Resolves once the connection is closed for good, by us or by a refused login. */
  closed(): Promise<void | Error> {
    return this.connection.closed()
  }

  onReconnect(listener: () => void): () => void {
    this.#reconnectListeners.add(listener)
    return () => this.#reconnectListeners.delete(listener)
  }

  /** Send what is buffered, then close. Has a deadline; closing twice is fine. */
  async close(): Promise<void> {
    if (this.connection.isClosed()) return
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())
    if (this.isConnected) await Promise.race([this.connection.flush(), deadline]).catch(() => {})
    await this.connection.close()
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type !== 'reconnect') continue
      for (const listener of this.#reconnectListeners) listener()
    }
  }
}

type Target = {
  readonly servers: string[]
  readonly address: string
  readonly user?: string
  readonly pass?: string
  readonly token?: string
  readonly tls?: Record<string, never>
}

function parseUrls(text: string): Target {
  const urls = text.split(',').map((part) => {
    const trimmed = part.trim()
    try {
      return new URL(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `nats://${trimmed}`)
    } catch {
      throw new NatsError(
        'NATS_URL_INVALID',
        'the NATS address is not of the form nats://host:port',
      )
    }
  })
  const { username, password, protocol } = urls[0]!
  const servers = urls.map((url) => `${url.hostname}:${url.port || '4222'}`)
  return {
    servers,
    address: servers.join(', '),
    ...(protocol === 'tls:' && { tls: {} }),
    ...(password !== '' && { user: decodeURIComponent(username) }),
    ...(password !== '' && { pass: decodeURIComponent(password) }),
    ...(password === '' && username !== '' && { token: decodeURIComponent(username) }),
  }
}

function connectError(cause: unknown, address: string): NatsError {
  if (cause instanceof errors.AuthorizationError) {
    return new NatsError(
      'NATS_AUTHORIZATION',
      `the NATS server at ${address} refused our credentials: see NATS_URL`,
    )
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new NatsError(
    'NATS_UNREACHABLE',
    `no NATS server at ${address} (${reason}): start one with "docker compose up -d nats" or ` +
      '"nats-server --jetstream", or set NATS_URL',
    { cause },
  )
}

async function openManager(connection: NatsConnection, address: string): Promise<JetStreamManager> {
  return jetstreamManager(connection).catch((cause: unknown) => {
    throw new NatsError(
      'NATS_JETSTREAM_DISABLED',
      `the NATS server at ${address} has no JetStream: start it with "nats-server --jetstream"`,
      { cause },
    )
  })
}
