import { Prng, RingBuffer, formatFixed } from '@kwm/std'

/** Of half the price in a year, second by second. */
const SIGMA_PER_SECOND = 9e-5
const WINDOW_S = 60
const QUARTER_S = 900
const SKIPPED_MAX_S = 86_400
/** One answer's worth: who looks seldom gets the last ones. */
export const INDEX_SECONDS_MAX = 1_000

type Average = { readonly cents: number; readonly seconds: number; readonly fromSecond: number }

/** What the index said at a second; `settlement` in the last minute before a quarter of an hour. */
export type IndexSecond = {
  readonly second: number
  readonly cents: number
  readonly average60s: Average
  readonly settlement: Average | null
}

/**
 * A price index by the second, of no market in the world: a random walk in cents, made of a seed and
 * of the seconds that pass. For clients of an index that is licensed.
 */
export class SyntheticIndex {
  readonly id: string
  readonly #prng: Prng
  readonly #last = new RingBuffer<number>(WINDOW_S)
  #sum = 0
  #settlement = { cents: 0, seconds: 0 }
  #second: number
  #cents: number

  constructor(id: string, options: { seed: string; startSecond: number; startCents: number }) {
    this.id = id
    this.#prng = new Prng(`${options.seed} ${id}`)
    this.#second = options.startSecond
    this.#cents = options.startCents
  }

  /** What was said since the last time, oldest first. */
  advanceTo(second: number): readonly IndexSecond[] {
    // Nobody looked for a day and more: the walk goes on from there.
    this.#second = Math.max(this.#second, second - SKIPPED_MAX_S)
    const said: IndexSecond[] = []
    while (this.#second < second) {
      const next = this.#next()
      if (second - next.second < INDEX_SECONDS_MAX) said.push(next)
    }
    return said
  }

  #next(): IndexSecond {
    const second = ++this.#second
    const step = Math.round(this.#cents * SIGMA_PER_SECOND * this.#prng.nextNormal())
    const cents = Math.max(1, this.#cents + step)
    this.#cents = cents
    // The trailing minute ends before this second; the settling one has it.
    const seconds = this.#last.size
    const average60s =
      seconds === 0
        ? { cents, seconds: 0, fromSecond: second - WINDOW_S }
        : { cents: this.#sum, seconds, fromSecond: second - WINDOW_S }
    const settlement = this.#settle(second, cents)
    if (seconds === WINDOW_S) this.#sum -= this.#last.at(0)!
    this.#last.push(cents)
    this.#sum += cents
    return { second, cents, average60s, settlement }
  }

  #settle(second: number, cents: number): Average | null {
    const left = (QUARTER_S - (second % QUARTER_S)) % QUARTER_S
    if (left >= WINDOW_S) {
      this.#settlement = { cents: 0, seconds: 0 }
      return null
    }
    this.#settlement.cents += cents
    this.#settlement.seconds++
    return { ...this.#settlement, fromSecond: second + left - WINDOW_S }
  }
}

/** The venue's frame; that the value is synthetic stands in the vendor's part of it. */
export function indexBody(id: string, said: IndexSecond): string {
  const timeMs = said.second * 1_000
  const average = ({ cents, seconds, fromSecond }: Average, toMs: number) => ({
    value: formatFixed(Math.round((cents * 1e6) / Math.max(1, seconds)), 8),
    window_size: seconds,
    window_start_ts_ms: fromSecond * 1_000,
    window_end_ts_exclusive: toMs,
  })
  const value = formatFixed(said.cents, 2)
  return JSON.stringify({
    index_id: id,
    received_at: timeMs,
    data: JSON.stringify({ type: 'value', id, time: timeMs, value, synthetic: true }),
    avg_60s_data: average(said.average60s, timeMs),
    ...(said.settlement && {
      last_60s_windowed_average_15min: average(said.settlement, timeMs + 1),
    }),
  })
}
