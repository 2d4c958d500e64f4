/** A binary heap of things to do, by time; equal times come out in the order they went in. */
export class EventQueue<T> {
  readonly #heap: { readonly timeUs: number; readonly order: number; readonly item: T }[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  /** When the first is due, `Infinity` when nothing is. */
  get nextUs(): number {
    return this.#heap[0]?.timeUs ?? Infinity
  }

  push(timeUs: number, item: T): void {
    const heap = this.#heap
    const entry = { timeUs, order: this.#order++, item }
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  pop(): { readonly timeUs: number; readonly item: T } | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (!top || !last || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }
}

type Entry = { readonly timeUs: number; readonly order: number }

const isBefore = (a: Entry, b: Entry): boolean =>
  a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.order < b.order)
