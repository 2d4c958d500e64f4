const COMPACT_AT = 1_024

/**
 * Items numbered from 1 as they come, removed in about the same order: a map that is cheap at both
 * ends.
 */
export class Numbered<T> {
  #items: (T | undefined)[] = []
  #size = 0
  /** The number of `#items[0]`. */
  #base = 1
  #first = 1

  get size(): number {
    return this.#size
  }

  /** The lowest number not removed; `end` when there is none. */
  get first(): number {
    return this.#first
  }

  /** One above the highest number given. */
  get end(): number {
    return this.#base + this.#items.length
  }

  push(item: T): void {
    this.#items.push(item)
    this.#size++
  }

  get(number: number): T | undefined {
    return this.#items[number - this.#base]
  }

  remove(number: number): void {
    const index = number - this.#base
    if (this.#items[index] === undefined) return
    this.#items[index] = undefined
    this.#size--
    const { end } = this
    while (this.#first < end && this.#items[this.#first - this.#base] === undefined) this.#first++
    const removed = this.#first - this.#base
    if (removed >= COMPACT_AT && removed * 2 >= this.#items.length) {
      this.#items = this.#items.slice(removed)
      this.#base = this.#first
    }
  }

  /** Remove all. Numbers go on from where they were. */
  clear(): readonly T[] {
    const items = this.#items.filter((item) => item !== undefined)
    this.#base = this.end
    this.#first = this.#base
    this.#items = []
    this.#size = 0
    return items
  }
}
