import type { ClientOrder } from './client-order.ts'

const WINDOW_US = 15_000_000

/**
 * Orders that die together: once more than `limitCenti` is matched within any 15 seconds, all of them
 * are cancelled and new ones refused until a reset.
 */
export class OrderGroup {
  readonly groupId: string
  readonly exchangeIndex: number
  readonly orders = new Set<ClientOrder>()
  limitCenti: number
  isTriggered = false
  readonly #matches: { readonly timeUs: number; readonly countCenti: number }[] = []
  #matchedCenti = 0

  constructor(groupId: string, exchangeIndex: number, limitCenti: number) {
    this.groupId = groupId
    this.exchangeIndex = exchangeIndex
    this.limitCenti = limitCenti
  }

  /** Is the limit passed by it? */
  record(countCenti: number, nowUs: number): boolean {
    this.#matches.push({ timeUs: nowUs, countCenti })
    this.#matchedCenti += countCenti
    return this.isOverLimit(nowUs)
  }

  isOverLimit(nowUs: number): boolean {
    let oldest = this.#matches[0]
    for (; oldest && oldest.timeUs <= nowUs - WINDOW_US; oldest = this.#matches[0]) {
      this.#matchedCenti -= oldest.countCenti
      this.#matches.shift()
    }
    return this.#matchedCenti > this.limitCenti
  }

  reset(): void {
    this.isTriggered = false
    this.#matches.length = 0
    this.#matchedCenti = 0
  }
}
