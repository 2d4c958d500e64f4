/** Where a delivered message stands, from its reply subject. */
export type Delivery = {
  /** Position in the stream. */
  readonly streamSeq: number
  /** Position in this consumer's deliveries, from 1 without holes. */
  readonly consumerSeq: number
  readonly storedTimeUs: number
  /** Messages that match the consumer's filter and are yet to come. */
  readonly pending: number
}

const PREFIX = '$JS.ACK.'
const DOT = 46
const DOTS_V1 = 8
const DOTS_V2 = 10
const DOTS_MAX = 16

/** Where the dots of the subject in hand are. */
const dots = new Int32Array(DOTS_MAX)

/**
 * `$JS.ACK.<stream>.<consumer>.<delivered>.<streamSeq>.<consumerSeq>.<nanoseconds>.<pending>`, and
 * with domain and account hash in front of the stream for servers that use them.
 */
export function parseDelivery(reply: string): Delivery | undefined {
  if (!reply.startsWith(PREFIX)) return undefined
  let count = 0
  for (let at = 0; at < reply.length && count < DOTS_MAX; at++) {
    if (reply.charCodeAt(at) === DOT) dots[count++] = at
  }
  if (count < DOTS_V1) return undefined
  const shift = count >= DOTS_V2 ? 2 : 0
  const token = (index: number): string => reply.slice(dots[index - 1 + shift]! + 1, endOf(index))
  const endOf = (index: number): number =>
    index + shift < count ? dots[index + shift]! : reply.length
  return {
    streamSeq: Number(token(5)),
    consumerSeq: Number(token(6)),
    // Nanoseconds do not fit in a double: cut to microseconds first.
    storedTimeUs: Number(token(7).slice(0, -3)),
    pending: Number(token(8)),
  }
}
