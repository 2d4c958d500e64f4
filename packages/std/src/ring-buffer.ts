import { assert } from './assert.ts'

/** The newest `capacity` items, oldest first. Pushing onto a full ring forgets the oldest. */
export class RingBuffer<T> {
  readonly capacity: number
  #items: T[] = []
  #start = 0

  constructor(capacity: number, items: readonly T[] = []) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, `ring capacity: ${capacity}`)
    this.capacity = capacity
    for (const item of items) this.push(item)
  }

  get size(): number {
    return this.#items.length
  }

  push(item: T): void {
    if (this.#items.length < this.capacity) {
      this.#items.push(item)
      return
    }
    this.#items[this.#start] = item
    this.#start = (this.#start + 1) % this.capacity
  }

  /** `at(0)` is the oldest, `at(-1)` the newest. */
  at(index: number): T | undefined {
    const size = this.#items.length
    const offset = index < 0 ? size + index : index
    if (offset < 0 || offset >= size) return undefined
    return this.#items[(this.#start + offset) % size]
  }

  toArray(): T[] {
    return [...this.#items.slice(this.#start), ...this.#items.slice(0, this.#start)]
  }
}
