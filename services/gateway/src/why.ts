import { makerOf, type AnyEvent } from '@kwm/contracts'
import { decodeRecord } from '@kwm/machines'
import { UnparsableRecordError, type EventLog, type TapeRecord } from '@kwm/runtime'
import { assert } from '@kwm/std'

const IDS_MAX = 200_000
const LINKS_MAX = 32
const SCAN_RECORDS_MAX = 5_000
const READ_TIMEOUT_MS = 3_000

/** Where recent events are on the tape. The oldest are forgotten first. */
export class EventIndex {
  readonly #seqById = new Map<string, number>()
  readonly #max: number

  constructor(max = IDS_MAX) {
    assert(max > 0, `index size: ${max}`)
    this.#max = max
  }

  add(id: string, seq: number): void {
    if (this.#seqById.size >= this.#max && !this.#seqById.has(id)) {
      this.#seqById.delete(this.#seqById.keys().next().value!)
    }
    this.#seqById.set(id, seq)
  }

  seqOf(id: string): number | undefined {
    return this.#seqById.get(id)
  }

  get size(): number {
    return this.#seqById.size
  }
}

export type WhyLink = {
  readonly seq: number
  readonly storedTimeUs: number
  /** Made by a machine, and which; null for an event from outside. */
  readonly maker: string | null
  readonly event: AnyEvent
}

export type Why = {
  /** From the event asked for back to the first one on the tape. */
  readonly links: readonly WhyLink[]
  /** What caused the last link: not on the tape. */
  readonly origin: {
    readonly kind: 'raw-frame' | 'clock' | 'operator' | 'not-found' | 'unparsable'
    readonly id: string
  }
}

/**
 * Follow an event back to what started it. The index knows recent outcomes; an output of a machine
 * also carries the sequence of its input, and in its id that of the outside event at its root: its
 * cause is found on the tape itself, there or right behind.
 */
export async function explain(
  log: EventLog,
  index: EventIndex,
  id: string,
): Promise<Why | undefined> {
  const links: WhyLink[] = []
  const seen = new Set<string>()
  let wanted = id
  let hint: number | undefined
  while (links.length < LINKS_MAX && !seen.has(wanted)) {
    seen.add(wanted)
    const record = await find(log, wanted, index.seqOf(wanted) ?? hint ?? rootSeqOf(wanted))
    if (!record) break
    const event = decode(record)
    if (!event) return { links, origin: { kind: 'unparsable', id: wanted } }
    const { seq, storedTimeUs } = record
    links.push({ seq, storedTimeUs, maker: makerOf(event.id) ?? null, event })
    hint = record.inputSeq > 0 ? record.inputSeq : rootSeqOf(wanted)
    wanted = event.causationId
  }
  const last = links.at(-1)
  return last && { links, origin: { kind: originOf(last), id: wanted } }
}

function originOf({ maker, event }: WhyLink): Why['origin']['kind'] {
  if (event.type === 'ops.tick.v1') return 'clock'
  if (event.type === 'ops.halt-requested.v1' || event.type === 'ops.resume-requested.v1') {
    return 'operator'
  }
  return maker === null ? 'raw-frame' : 'not-found'
}

/** A record of another version of the contracts ends the chain. */
function decode(record: TapeRecord): AnyEvent | undefined {
  try {
    return decodeRecord(record)
  } catch (error) {
    if (error instanceof UnparsableRecordError) return undefined
    throw error
  }
}

/** The record with this id at `fromSeq` or soon after. */
async function find(
  log: EventLog,
  id: string,
  fromSeq: number | undefined,
): Promise<TapeRecord | undefined> {
  const lastSeq = await log.lastSeq()
  if (fromSeq === undefined || fromSeq > lastSeq) return undefined
  const throughSeq = Math.min(lastSeq, fromSeq + SCAN_RECORDS_MAX)
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS)
  for await (const batch of log.read({ fromSeq, accepts: () => true, signal })) {
    const record = batch.records.find((candidate) => candidate.id === id)
    if (record) return record
    if (batch.throughSeq >= throughSeq) return undefined
  }
  return undefined
}

/** `risk-512-f0.p0.s1.0` descends from tape record 512. */
function rootSeqOf(id: string): number | undefined {
  const maker = makerOf(id)
  if (maker === undefined) return undefined
  return Number.parseInt(id.slice(maker.length + 1), 10)
}
