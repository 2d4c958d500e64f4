import type { Clock } from '@kwm/runtime'
import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import { FRAME_BYTES_MAX } from './decode-frame.ts'
import { redact } from './rest/redact.ts'
import { signedHeaders } from './sign.ts'
import type { Credentials } from './sign.ts'
import { UpgradeRefusedError, isRefusal } from './upgrade-refusal.ts'
import { encodeCommand } from './commands.ts'
import type { Command } from './commands.ts'

export type ConnectionOptions = {
  /** `wss://external-api-ws.kalshi.com/trade-api/ws/v2`. */
  readonly url: string
  readonly credentials: Credentials
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random?: () => number
  /** Connection n of this process is `<idPrefix>-<n>`. */
  readonly idPrefix: string
  readonly callbacks: ConnectionCallbacks
  readonly limits?: Partial<ConnectionLimits>
}

/** Called in the order things happened. What they throw ends `run`. */
export type ConnectionCallbacks = {
  readonly onOpen: (connectionId: string, receivedTimeUs: number) => void
  readonly onFrame: (bytes: Uint8Array, receivedTimeUs: number) => void
  /** Only after an `onOpen`. */
  readonly onClose: (reason: string, receivedTimeUs: number) => void
  /** No connection came about; the next attempt follows after `waitMs`. */
  readonly onRetry?: (reason: string, waitMs: number) => void
}

export type ConnectionLimits = {
  /** The venue pings every 10 s: after this long without a frame or ping the line is dead. */
  readonly silenceMaxMs: number
  readonly connectTimeoutMs: number
  readonly backoffMinMs: number
  readonly backoffMaxMs: number
  /** Refusals (401, 403) in a row that are put up with once the key has been accepted. */
  readonly refusalsMax: number
}

const DEFAULT_LIMITS: ConnectionLimits = {
  silenceMaxMs: 25_000,
  connectTimeoutMs: 10_000,
  backoffMinMs: 250,
  backoffMaxMs: 30_000,
  refusalsMax: 5,
}

/**
 * One WebSocket to the venue, opened again whenever it ends, for ever, unless the venue refuses the
 * key. It carries bytes and decides nothing about them.
 */
export class KalshiConnection {
  readonly #options: ConnectionOptions
  readonly #limits: ConnectionLimits
  #socket: WebSocket | undefined
  #connectionNo = 0
  #commandId = 0
  #lastHeardUs = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  /** Connections opened so far. */
  get opened(): number {
    return this.#connectionNo
  }

  /** The id of the command, or undefined while there is no connection to send it on. */
  send(command: Command): number | undefined {
    if (!this.isOpen) return undefined
    const id = ++this.#commandId
    this.#socket!.send(encodeCommand(id, command))
    return id
  }

  /** Stop reading from the socket, for the venue's buffers to fill instead of our memory. */
  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  /**
   * Connect again and again until the signal.
   * @throws {UpgradeRefusedError} HTTP 401 or 403: at once with a key that was never accepted, else
   * after a few in a row, for the venue has bad minutes. Also what a callback threw.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, callbacks, random = Math.random } = this.#options
    const { backoffMinMs, backoffMaxMs, refusalsMax } = this.#limits
    let failures = 0
    let refusals = 0
    while (!signal.aborted) {
      const { wasHeard, reason, status } = await this.#session(signal)
      if (signal.aborted) return
      refusals = isRefusal(status) ? refusals + 1 : 0
      const isEnough = this.#connectionNo === 0 || refusals >= refusalsMax
      if (refusals > 0 && isEnough) throw new UpgradeRefusedError(this.#options.url, status)
      failures = wasHeard ? 0 : failures + 1
      // Full jitter: whoever lost the venue at the same moment comes back at another.
      const ceilingMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(failures, 20))
      const waitMs = Math.round(ceilingMs * random())
      callbacks.onRetry?.(reason, waitMs)
      await clock.sleep(waitMs, signal)
    }
  }

  /** One connection, from the handshake to its end. */
  async #session(signal: AbortSignal): Promise<SessionEnd> {
    const { credentials, url } = this.#options
    const { pathname: path } = new URL(url)
    const timestampMs = Date.now() // The venue checks it against the wall.
    const headers = signedHeaders(credentials, { method: 'GET', path, timestampMs })
    const socket = this.#open(headers)
    this.#socket = socket
    // What the other side says of an end may have them in it.
    const secrets = [credentials.keyId, headers['KALSHI-ACCESS-SIGNATURE']!]
    const session = new Session(socket, secrets)
    const stop = (): void => session.end('stopping')
    signal.addEventListener('abort', stop, { once: true })
    this.#listen(socket, session)
    const watch = this.#watch(session)
    try {
      return await session.ended
    } finally {
      clearInterval(watch)
      signal.removeEventListener('abort', stop)
      socket.removeAllListeners()
      // A socket torn down while connecting still has an error to tell.
      socket.on('error', () => undefined)
      socket.terminate()
      this.#socket = undefined
    }
  }

  #open(headers: Record<string, string>): WebSocket {
    return new WebSocket(this.#options.url, {
      headers,
      handshakeTimeout: this.#limits.connectTimeoutMs,
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false, // Frames are small: inflating costs more time than the line saves.
      skipUTF8Validation: true, // A frame that is not text is kept and quarantined, not a hang-up.
    })
  }

  #listen(socket: WebSocket, session: Session): void {
    const { callbacks, clock, idPrefix } = this.#options
    const heard = (): number => (this.#lastHeardUs = clock.nowUs())
    socket.on('open', () => {
      const connectionId = `${idPrefix}-${++this.#connectionNo}`
      session.guard(() => callbacks.onOpen(connectionId, heard()))
      session.isOpen = true
    })
    socket.on('message', (data) => {
      session.wasHeard = true
      session.guard(() => callbacks.onFrame(toBytes(data), heard()))
    })
    socket.on('ping', heard)
    socket.on('unexpected-response', (_request, response) => {
      const { statusCode = 0 } = response
      response.destroy()
      session.end(`HTTP ${statusCode}`, statusCode)
    })
    socket.on('error', (error) => session.end(error.message))
    socket.on('close', (code, reason) => session.end(`closed ${code} ${reason.toString()}`.trim()))
    session.onEnd = (reason) => {
      if (session.isOpen) callbacks.onClose(reason, clock.nowUs())
    }
  }

  #watch(session: Session): NodeJS.Timeout {
    const { silenceMaxMs } = this.#limits
    this.#lastHeardUs = this.#options.clock.nowUs()
    return setInterval(
      () => {
        const silentMs = (this.#options.clock.nowUs() - this.#lastHeardUs) / 1_000
        if (session.isOpen && silentMs > silenceMaxMs) {
          session.end(`silent for ${Math.round(silentMs / 1_000)} s`)
        }
      },
      Math.max(10, silenceMaxMs / 10),
    )
  }
}

/** `status` is that of an upgrade the venue answered with HTTP, else 0. */
type SessionEnd = {
  readonly wasHeard: boolean
  readonly reason: string
  readonly status: number
}

/** Ends once, whoever says so first; an exception in a callback ends it with that exception. */
class Session {
  readonly ended: Promise<SessionEnd>
  wasHeard = false
  isOpen = false
  onEnd: (reason: string) => void = () => undefined
  readonly #socket: WebSocket
  readonly #secrets: readonly string[]
  #hasEnded = false
  #resolve!: (result: SessionEnd) => void
  #reject!: (error: unknown) => void

  constructor(socket: WebSocket, secrets: readonly string[]) {
    this.#socket = socket
    this.#secrets = secrets
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  end(told: string, status = 0): void {
    if (this.#hasEnded) return
    const reason = redact(told, this.#secrets)
    this.#hasEnded = true
    this.#socket.removeAllListeners('message')
    try {
      this.onEnd(reason)
      this.#resolve({ wasHeard: this.wasHeard, reason, status })
    } catch (error) {
      this.#reject(error)
    }
  }

  guard(callback: () => void): void {
    if (this.#hasEnded) return
    try {
      callback()
    } catch (error) {
      this.#hasEnded = true
      this.#reject(error)
    }
  }
}

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
