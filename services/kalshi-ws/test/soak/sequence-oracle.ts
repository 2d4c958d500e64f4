import type { AnyEvent, RawFrame } from '@kwm/contracts'
import { rawFrameId } from '@kwm/contracts'

type Frame = {
  readonly type?: string
  readonly sid?: number
  readonly seq?: number
  readonly msg?: { readonly market_ticker?: string }
}

/**
 * What may be believed, by the sequence numbers in RAW alone: after a gap no market of the
 * subscription, and after a new connection none at all, until its next snapshot. Held against what
 * the tape said because of each frame.
 */
export class SequenceOracle {
  readonly faults: string[] = []
  readonly #changed = new Map<string, string>()
  readonly #staled = new Map<string, Set<string>>()
  readonly #nextSeq = new Map<number, number>()
  /** Markets whose book is known, by the sid it came on. */
  readonly #known = new Map<string, number>()
  gaps = 0

  /** Every event of the tape, before the frames are walked. */
  onEvent({ type, causationId, data }: AnyEvent): void {
    if (type === 'md.book-delta.v1') this.#changed.set(causationId, data.marketTicker)
    if (type !== 'md.book-stale.v1') return
    const staled = this.#staled.get(causationId) ?? new Set()
    this.#staled.set(causationId, staled.add(data.marketTicker))
  }

  /** The records of RAW, in order, those of the host left out. */
  onRecord(record: RawFrame): void {
    const id = rawFrameId(record)
    if (record.kind !== 'frame') {
      if (record.kind === 'close') this.#lose(id, [...this.#known.keys()])
      this.#nextSeq.clear()
      return
    }
    const frame = parse(record.bytes)
    const { type, sid, seq, msg } = frame
    const ticker = msg?.market_ticker
    if (this.#staled.has(id)) for (const lost of this.#staled.get(id)!) this.#known.delete(lost)
    const verdict = sid === undefined || seq === undefined ? 'next' : this.#follow(id, sid, seq)
    // The frame that shows a gap is not believed itself.
    if (verdict !== 'next' && this.#changed.get(id) === undefined) return
    if (ticker === undefined || sid === undefined) return
    if (verdict === 'next' && type === 'orderbook_snapshot') this.#known.set(ticker, sid)
    if (this.#changed.get(id) === ticker && !this.#known.has(ticker)) {
      this.faults.push(`${id}: a change of ${ticker}, of which something was missed`)
    }
  }

  #follow(id: string, sid: number, seq: number): 'duplicate' | 'next' | 'gap' {
    const expected = this.#nextSeq.get(sid) ?? seq
    if (seq < expected) return 'duplicate'
    this.#nextSeq.set(sid, seq + 1)
    if (seq === expected) return 'next'
    this.gaps++
    this.#lose(
      id,
      [...this.#known].flatMap(([ticker, of]) => (of === sid ? [ticker] : [])),
    )
    return 'gap'
  }

  /** They were known and are not any more: the tape must have said so because of this very record. */
  #lose(id: string, tickers: readonly string[]): void {
    for (const ticker of tickers) {
      this.#known.delete(ticker)
      if (this.#staled.get(id)?.has(ticker)) continue
      this.faults.push(`${id}: ${ticker} is believed after frames were missed`)
    }
  }
}

function parse(bytes: Uint8Array): Frame {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Frame
  } catch {
    return {}
  }
}
