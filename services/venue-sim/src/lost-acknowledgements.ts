const QUEUED_MAX = 1_000

/**
 * The fault that hurts most: an order is accepted and its response never arrives. Armed for a
 * number of accepted orders; the connection of each is cut instead of answered.
 */
export class LostAcknowledgements {
  #armed = 0

  get armed(): number {
    return this.#armed
  }

  arm(count: number): void {
    this.#armed = Math.min(QUEUED_MAX, this.#armed + count)
  }

  /** Is the next one lost? */
  take(): boolean {
    if (this.#armed === 0) return false
    this.#armed--
    return true
  }
}
