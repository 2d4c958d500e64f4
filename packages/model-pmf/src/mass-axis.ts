import type { MarketTerms } from './market-terms.ts'
import type { DegreePmf } from './weather-evidence.ts'

export type MassAxisSnapshot = { readonly places: readonly number[]; readonly offset: number }

/** A tail with less than this in it has no mean worth having. */
const TAIL_MASS_MIN = 1e-6

/**
 * Where the mass of each bracket stands: in its centre, and an open tail where the weather has its mean
 * (MODELS 2.4). Where the weather changes its mind about a tail the centre of mass moves although no
 * probability did: `steady` leaves that out.
 */
export class MassAxis {
  #places: Float64Array
  #offset: number

  constructor({ places, offset }: MassAxisSnapshot) {
    this.#places = Float64Array.from(places)
    this.#offset = offset
  }

  /** Of the live brackets of `pmf`. */
  centreOfMass(pmf: Float64Array, alive: readonly number[]): number {
    let mu = 0
    for (let k = 0; k < alive.length; k++) mu += pmf[k]! * this.#places[alive[k]!]!
    return mu
  }

  /** A centre of mass as if no tail had ever moved. */
  steady(mu: number): number {
    return mu - this.#offset
  }

  /** Brackets stand elsewhere from now on, with `pmf` on the live ones. */
  move(places: Float64Array, pmf: Float64Array, alive: readonly number[]): void {
    const before = this.centreOfMass(pmf, alive)
    this.#places = places
    this.#offset += this.centreOfMass(pmf, alive) - before
  }

  snapshot(): MassAxisSnapshot {
    return { places: [...this.#places], offset: this.#offset + 0 }
  }
}

/** The centres, and the weather's conditional means in open tails; `degrees` null: without any. */
export function massPlaces(
  centres: ArrayLike<number>,
  terms: readonly (MarketTerms | undefined)[],
  degrees: DegreePmf | null,
): Float64Array {
  return Float64Array.from(centres, (centre, index) => {
    const range = terms[index]?.range
    if (!range || !degrees) return centre
    if (Number.isFinite(range.lowest) && Number.isFinite(range.highest)) return centre
    return meanWithin(degrees, range) ?? centre
  })
}

function meanWithin(
  { lowestF, p }: DegreePmf,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
): number | null {
  let mass = 0
  let sum = 0
  for (const [k, share] of p.entries()) {
    const degree = lowestF + k
    if (degree < lowest || degree > highest) continue
    mass += share
    sum += share * degree
  }
  return mass < TAIL_MASS_MIN ? null : sum / mass
}
