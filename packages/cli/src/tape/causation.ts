import { eventTypeOf, type AnyEvent } from '@kwm/contracts'
import type { TapeRecord } from '@kwm/runtime'

export type ChainLink = { readonly seq: number; readonly event: AnyEvent }
export type Chain = {
  /** From the event asked for back to the outside. */
  readonly links: readonly ChainLink[]
  /** The raw frame (or the reason the chain ends) the last link names as its cause. */
  readonly root: string
}

const ORDER_TYPES = ['exec.order-submitted.v1', 'risk.order-approved.v1']

/** Chains longer than this are a loop. */
const LINKS_MAX = 64

/**
 * Why an order (or any event) came to be: found by event id, client order id or fill id, and
 * followed back by `causationId` to the frame that started it.
 */
export function chainOf(records: readonly TapeRecord[], wanted: string): Chain | undefined {
  const bySeq = new Map(records.map((record) => [record.id, record]))
  let record = bySeq.get(wanted) ?? records.find((candidate) => isOrder(candidate, wanted))
  if (!record) return undefined
  const links: ChainLink[] = []
  let root = ''
  while (record && links.length < LINKS_MAX) {
    const event = JSON.parse(record.body) as AnyEvent
    links.push({ seq: record.seq, event })
    root = event.causationId
    record = bySeq.get(root)
  }
  return { links, root }
}

const isOrder = ({ subject, body }: TapeRecord, clientOrderId: string): boolean =>
  ORDER_TYPES.includes(eventTypeOf(subject)) &&
  body.includes(JSON.stringify(clientOrderId)) &&
  (JSON.parse(body) as { data: { clientOrderId?: string } }).data.clientOrderId === clientOrderId
