import { costMicros } from '@kwm/model-venue'
import { assert } from '@kwm/std'

/** The sizes that one account has resting on one side of one market, by price, cheapest first. */
export class RestingSizes {
  readonly #prices: number[] = []
  readonly #counts: number[] = []
  countCenti = 0
  micros = 0

  /** A negative count takes away. */
  add(priceBps: number, countCenti: number): void {
    this.countCenti += countCenti
    this.micros += Math.sign(countCenti) * costMicros(priceBps, Math.abs(countCenti))
    const at = this.#find(priceBps)
    if (this.#prices[at] !== priceBps) {
      this.#prices.splice(at, 0, priceBps)
      this.#counts.splice(at, 0, countCenti)
    } else this.#counts[at]! += countCenti
    assert(this.#counts[at]! >= 0, 'more taken away than rested')
    if (this.#counts[at] !== 0) return
    this.#prices.splice(at, 1)
    this.#counts.splice(at, 1)
  }

  /** What the cheapest `countCenti` of them cost. */
  cheapestMicros(countCenti: number): number {
    if (countCenti >= this.countCenti) return this.micros
    let left = countCenti
    let micros = 0
    for (let at = 0; left > 0; at++) {
      const taken = Math.min(left, this.#counts[at]!)
      micros += costMicros(this.#prices[at]!, taken)
      left -= taken
    }
    return micros
  }

  /** Where the price is or belongs. */
  #find(priceBps: number): number {
    let low = 0
    let high = this.#prices.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#prices[middle]! < priceBps) low = middle + 1
      else high = middle
    }
    return low
  }
}
