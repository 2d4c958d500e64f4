import { assert } from '@kwm/std'

type Options<V> = {
  readonly max: number
  /** What may go first when there are too many; the oldest otherwise. */
  readonly isOver?: (value: V) => boolean
  readonly onForget?: (key: string, value: V) => void
}

/** Values by key, oldest first, each with the tape sequence that last changed it. Bounded. */
export class RevisedMap<V> {
  readonly #entries = new Map<string, { value: V; seq: number }>()
  readonly #options: Options<V>
  #newestSeq = 0

  constructor(options: Options<V>) {
    assert(options.max > 0, `max: ${options.max}`)
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  set(key: string, value: V, seq: number): void {
    const known = this.#entries.get(key)
    if (known) {
      known.value = value
      known.seq = seq
    } else {
      if (this.#entries.size >= this.#options.max) this.#forgetOne()
      this.#entries.set(key, { value, seq })
    }
    this.#newestSeq = seq
  }

  *values(): IterableIterator<V> {
    for (const { value } of this.#entries.values()) yield value
  }

  /** What changed after `seq`, oldest key first. */
  since(seq: number): V[] {
    if (this.#newestSeq <= seq) return []
    return [...this.#entries.values()].filter((entry) => entry.seq > seq).map((e) => e.value)
  }

  #forgetOne(): void {
    const { isOver, onForget } = this.#options
    let [key, entry] = this.#entries.entries().next().value!
    if (isOver && !isOver(entry.value)) {
      for (const [otherKey, other] of this.#entries) {
        if (!isOver(other.value)) continue
        key = otherKey
        entry = other
        break
      }
    }
    this.#entries.delete(key)
    onForget?.(key, entry.value)
  }
}
