import { marketListedV1, marketStatusV1, marketTicker, tradeV1 } from '@kwm/contracts'
import type { HostRecord, RefusedFrame } from '@kwm/contracts'
import { z } from 'zod'
import { refuse } from './frame-fields.ts'

const eventTimeUs = z.int().nonnegative()

/** Rare records of our own making: here a schema is worth its price. */
const hostRecord = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('start') }),
  z.strictObject({ kind: z.literal('second') }),
  z.strictObject({
    kind: z.literal('market-listed'),
    eventTimeUs,
    data: marketListedV1.shape.data,
  }),
  z.strictObject({
    kind: z.literal('market-status'),
    eventTimeUs,
    data: marketStatusV1.shape.data,
  }),
  z.strictObject({ kind: z.literal('audit-failed'), marketTicker }),
  z.strictObject({
    kind: z.literal('late-trade'),
    eventTimeUs,
    data: tradeV1.shape.data.omit({ isLate: true }),
  }),
  z.strictObject({ kind: z.literal('trades-read'), throughUs: eventTimeUs }),
])

export const encodeHostRecord = (record: HostRecord): Uint8Array =>
  Buffer.from(JSON.stringify(record), 'utf8')

export function decodeHostRecord(bytes: Uint8Array): HostRecord | RefusedFrame {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return refuse(undefined, 'not-json', '')
  }
  const parsed = hostRecord.safeParse(value)
  if (parsed.success) return parsed.data
  return refuse(undefined, 'bad-field', parsed.error.issues[0]?.path.join('.') ?? '')
}
