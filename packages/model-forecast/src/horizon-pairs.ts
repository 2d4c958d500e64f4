import { assert } from '@kwm/std'

/** Mids of an event's brackets at one time; NaN where there was none to forecast. */
export type MidSample = { readonly timeUs: number; readonly mids: Float64Array }

export type Pending<Sample extends MidSample> = {
  readonly sample: Sample
  readonly closed: Float64Array
}

export const PENDING_MAX = 4_096
/** A book unheard of for longer is not fresh at the far end. */
const AGE_MAX_US = 15_000_000

/**
 * Pairs samples with the mids one horizon later. The price at t + h is the last one heard by then, and
 * it is handed over only when a frame at t + h or after has come: nothing is learned early.
 */
export class HorizonPairs<Sample extends MidSample> {
  readonly #pending: Sample[] = []
  #last: MidSample | null = null
  #droppedCount = 0

  readonly horizonUs: number

  constructor(horizonUs: number) {
    assert(Number.isInteger(horizonUs) && horizonUs > 0, `horizon ${horizonUs}`)
    this.horizonUs = horizonUs
  }

  get droppedCount(): number {
    return this.#droppedCount
  }

  /** A frame's mids. Returns the samples whose horizon has passed, with the change of each mid. */
  advance(now: MidSample): readonly Pending<Sample>[] {
    const closed: Pending<Sample>[] = []
    this.#close(closed, (due) => due < now.timeUs)
    this.#last = now
    this.#close(closed, (due) => due === now.timeUs)
    return closed
  }

  /** Remembers a sample; its time is that of the last `advance`. */
  open(sample: Sample): void {
    this.#pending.push(sample)
    if (this.#pending.length <= PENDING_MAX) return
    this.#pending.shift()
    this.#droppedCount++
  }

  state(): { readonly pending: readonly Sample[]; readonly last: MidSample | null } {
    return { pending: [...this.#pending], last: this.#last }
  }

  static restore<Sample extends MidSample>(
    horizonUs: number,
    pending: readonly Sample[],
    last: MidSample | null,
  ): HorizonPairs<Sample> {
    const pairs = new HorizonPairs<Sample>(horizonUs)
    pairs.#pending.push(...pending)
    pairs.#last = last
    return pairs
  }

  #close(closed: Pending<Sample>[], isDue: (dueUs: number) => boolean): void {
    while (this.#pending.length > 0 && isDue(this.#pending[0]!.timeUs + this.horizonUs)) {
      const sample = this.#pending.shift()!
      const last = this.#last
      const dueUs = sample.timeUs + this.horizonUs
      // A ladder that gained or lost a bracket is another ladder.
      if (last === null || last.timeUs < dueUs - AGE_MAX_US) this.#droppedCount++
      else if (last.mids.length !== sample.mids.length) this.#droppedCount++
      else closed.push({ sample, closed: last.mids.map((mid, j) => mid - sample.mids[j]!) })
    }
  }
}
