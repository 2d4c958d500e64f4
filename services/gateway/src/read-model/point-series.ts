import { RingBuffer } from '@kwm/std'
import { COARSE_POINTS_MAX, FINE_POINTS_MAX } from './limits.ts'
import type { Point } from './view.ts'

const US = 1_000_000
const COARSE_SECONDS = 60

type Entry = { point: Point; seq: number }

/** A line over event time in two rings: the last of each second, and the last of each minute. */
export class PointSeries {
  readonly #fine = new RingBuffer<Entry>(FINE_POINTS_MAX)
  readonly #coarse = new RingBuffer<Entry>(COARSE_POINTS_MAX)

  add(timeUs: number, values: readonly [number, number | null, number | null], seq: number): void {
    const second = Math.floor(timeUs / US)
    const newest = this.#fine.at(-1)
    if (newest && second < newest.point[0]) return // A chart does not run backwards.
    put(this.#fine, [second, ...values], seq)
    put(this.#coarse, [second - (second % COARSE_SECONDS), ...values], seq)
  }

  get size(): number {
    return this.#fine.size + this.#coarse.size
  }

  /** In time order: minutes up to where the seconds begin, then seconds. */
  since(seq: number): Point[] {
    const fine = changed(this.#fine, seq)
    const fineFrom = this.#fine.at(0)?.point[0] ?? 0
    const coarse = changed(this.#coarse, seq).filter((point) => point[0] < fineFrom)
    return [...coarse, ...fine]
  }
}

function put(ring: RingBuffer<Entry>, point: Point, seq: number): void {
  const newest = ring.at(-1)
  if (newest?.point[0] !== point[0]) ring.push({ point, seq })
  else Object.assign(newest, { point, seq })
}

/** The tail that is newer than `seq`: entries are in sequence order. */
function changed(ring: RingBuffer<Entry>, seq: number): Point[] {
  const points: Point[] = []
  for (let index = ring.size - 1; index >= 0; index--) {
    const entry = ring.at(index)!
    if (entry.seq <= seq) break
    points.push(entry.point)
  }
  return points.toReversed()
}
