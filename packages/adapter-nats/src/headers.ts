import { MsgHdrsImpl, type Msg } from '@nats-io/transport-node'
import { assert } from '@kwm/std'

export const MESSAGE_ID = 'Nats-Msg-Id'

/** The client's own headers, built once as bytes: no map, no canonical names, no second copy. */
export class FixedHeaders extends MsgHdrsImpl {
  readonly #bytes: Uint8Array

  /** Pairs of name and value. */
  constructor(...pairs: readonly string[]) {
    super()
    let text = 'NATS/1.0\r\n'
    for (let at = 0; at < pairs.length; at += 2) text += `${pairs[at]}: ${pairs[at + 1]}\r\n`
    const lines = 1 + pairs.length / 2
    assert(text.split('\r\n').length === lines + 1, 'a header value has a line break')
    this.#bytes = Buffer.from(`${text}\r\n`)
  }

  override encode(): Uint8Array {
    return this.#bytes
  }
}

/** The value of one header as text, or the empty string. */
export function headerOf(msg: Msg, name: string): string {
  return msg.headers?.get(name) ?? ''
}
