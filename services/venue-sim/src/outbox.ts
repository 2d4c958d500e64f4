import type { AnyChannel } from '@kwm/sim'
import { errorFrame } from '@kwm/sim'
import { ERRORS } from './commands.ts'

/** Bytes a client may leave unread before it is cut off. */
export const BUFFER_BYTES_MAX = 16 * 1024 * 1024
const STALLED_FRAMES_MAX = 20_000

export type FrameKind = AnyChannel | 'control'

/** The socket, as far as a session needs it. */
export type Wire = {
  readonly bufferedBytes: number
  send(text: string): void
  ping(body: string): void
  close(code: number, reason: string): void
  terminate(): void
}

type Observer = {
  sent(kind: FrameKind): void
  overflowed(): void
}

/** The way out to one client, with a bound: who does not read is cut off, as at the venue. */
export class Outbox {
  readonly #wire: Wire
  readonly #observer: Observer
  readonly #bytesMax: number
  readonly #stalled: { readonly frame: string; readonly kind: FrameKind }[] = []
  #isStalled = false
  #isClosed = false

  constructor(wire: Wire, observer: Observer, bytesMax = BUFFER_BYTES_MAX) {
    this.#wire = wire
    this.#observer = observer
    this.#bytesMax = bytesMax
  }

  get bufferedBytes(): number {
    return this.#wire.bufferedBytes
  }

  send(frame: string, kind: FrameKind, sid?: number): void {
    if (this.#isClosed) return
    if (this.#isStalled) {
      if (this.#stalled.length < STALLED_FRAMES_MAX) this.#stalled.push({ frame, kind })
      else this.#overflow(sid)
      return
    }
    this.#wire.send(frame)
    this.#observer.sent(kind)
    if (this.#wire.bufferedBytes > this.#bytesMax) this.#overflow(sid)
  }

  heartbeat(): void {
    if (!this.#isClosed && !this.#isStalled) this.#wire.ping('heartbeat')
  }

  /** Say nothing, not even a ping, until `resume`: the line looks dead but is open. */
  stall(): void {
    this.#isStalled = true
  }

  resume(): void {
    this.#isStalled = false
    for (const { frame, kind } of this.#stalled.splice(0)) this.send(frame, kind)
  }

  disconnect(): void {
    this.#isClosed = true
    this.#wire.terminate()
  }

  #overflow(sid: number | undefined): void {
    this.#isClosed = true
    this.#stalled.length = 0
    this.#observer.overflowed()
    this.#wire.send(errorFrame(undefined, 25, ERRORS[25], sid))
    this.#wire.close(1008, ERRORS[25])
  }
}
