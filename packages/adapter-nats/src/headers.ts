import type { Msg, MsgHdrs } from '@nats-io/transport-node'
import { assert } from '@kwm/std'

export const MESSAGE_ID = 'Nats-Msg-Id'

/**
 * Headers as the bytes they are sent as, from pairs of name and value. Of the headers of a publish
 * the client uses `encode` alone; its own class costs a map, canonical names and a second copy.
 */
export function fixedHeaders(...pairs: readonly string[]): MsgHdrs {
  let text = 'NATS/1.0\r\n'
  for (let at = 0; at < pairs.length; at += 2) {
    const value = pairs[at + 1]!
    assert(!value.includes('\n') && !value.includes('\r'), 'a header value has a line break')
    text += `${pairs[at]}: ${value}\r\n`
  }
  const bytes = Buffer.from(`${text}\r\n`)
  const headers: unknown = new Encoded(bytes)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above; the nats tests hold it
  return headers as MsgHdrs
}

class Encoded {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  encode(): Uint8Array {
    return this.#bytes
  }
}

/**
 * The header block of a message as text, for `headerOf`. Taken from the client's own fields where
 * they are as in the pinned release: its map of headers costs as much as all the rest of a read.
 */
export function headerText(msg: Msg): string {
  if (isClientMessage(msg)) {
    const {
      _msg: { hdr: length = 0 },
      _rdata: bytes,
    } = msg
    if (bytes instanceof Buffer) return length > 0 ? bytes.toString('utf8', 0, length) : ''
  }
  let text = '\r\n'
  for (const [name, [value]] of msg.headers ?? []) text += `${name}: ${value}\r\n`
  return text
}

type ClientMessage = { readonly _msg: { readonly hdr?: number }; readonly _rdata: Uint8Array }

const isClientMessage = (msg: object): msg is ClientMessage => '_msg' in msg && '_rdata' in msg

/** The value of one header, or the empty string. */
export function headerOf(text: string, name: string): string {
  const at = text.indexOf(`\r\n${name}: `)
  if (at < 0) return ''
  const start = at + name.length + 4
  return text.slice(start, text.indexOf('\r\n', start))
}
