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

const TOKENS_V1 = 9
const TOKENS_V2 = 11

/**
 * `$JS.ACK.<stream>.<consumer>.<delivered>.<streamSeq>.<consumerSeq>.<nanoseconds>.<pending>`, and
 * with domain and account hash in front of the stream for servers that use them.
 */
export function parseDelivery(reply: string): Delivery | undefined {
  const tokens = reply.split('.')
  const shift = tokens.length >= TOKENS_V2 ? 2 : 0
  if (tokens.length < TOKENS_V1 || tokens[0] !== '$JS' || tokens[1] !== 'ACK') return undefined
  return {
    streamSeq: Number(tokens[5 + shift]),
    consumerSeq: Number(tokens[6 + shift]),
    // Nanoseconds do not fit in a double: cut to microseconds first.
    storedTimeUs: Number(tokens[7 + shift]!.slice(0, -3)),
    pending: Number(tokens[8 + shift]),
  }
}
