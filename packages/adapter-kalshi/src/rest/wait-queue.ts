export type Waiter = {
  readonly cost: number
  readonly queuedUs: number
  readonly grant: (waitedMs: number) => void
  readonly expire: (message: string) => void
}

/** Flows take turns; within a flow it is first come, first served. */
export class WaitQueue {
  readonly #max: number
  /** A map keeps its order: the first flow is the next one to be served. */
  readonly #flows = new Map<string, Waiter[]>()
  #size = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  /** False: it is full. */
  add(flow: string, waiter: Waiter): boolean {
    if (this.#size >= this.#max) return false
    const waiters = this.#flows.get(flow)
    if (waiters) waiters.push(waiter)
    else this.#flows.set(flow, [waiter])
    this.#size++
    return true
  }

  peek(): Waiter | undefined {
    for (const waiters of this.#flows.values()) return waiters[0]
    return undefined
  }

  shift(): Waiter | undefined {
    for (const [flow, waiters] of this.#flows) {
      const waiter = waiters.shift()!
      this.#flows.delete(flow)
      if (waiters.length > 0) this.#flows.set(flow, waiters)
      this.#size--
      return waiter
    }
    return undefined
  }

  remove(flow: string, waiter: Waiter): boolean {
    const waiters = this.#flows.get(flow)
    const index = waiters?.indexOf(waiter) ?? -1
    if (!waiters || index < 0) return false
    waiters.splice(index, 1)
    if (waiters.length === 0) this.#flows.delete(flow)
    this.#size--
    return true
  }

  /** Takes out those who came before `queuedUs`. */
  takeOlder(queuedUs: number): Waiter[] {
    const old: Waiter[] = []
    for (const [flow, waiters] of this.#flows) {
      while (waiters.length > 0 && waiters[0]!.queuedUs < queuedUs) old.push(waiters.shift()!)
      if (waiters.length === 0) this.#flows.delete(flow)
    }
    this.#size -= old.length
    return old
  }
}
