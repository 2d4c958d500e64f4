import { assert } from '@kwm/std'
import { EVENT_PREFIX, eventFeature, rowFeature, type Frame } from './row-features.ts'

/** What the pooled forecasters read (MODELS 7.1): of the bracket and those beside it, and of the event. */
export const DEFAULT_FEATURES: readonly string[] = [
  'mid',
  'spread',
  'queueImbalance',
  'depthImbalance',
  'ofi5s',
  'ofi60s',
  'signedFlow30s',
  'volume10min',
  'microGap',
  'velocityT',
  'accelerationT',
  'rasZ',
  'flowImbalance30s',
  'churnRate60s',
  'burst',
  'buyShare',
  'focus',
  'weatherGap',
  'degreesToEnter',
  'event.muVelocityT',
  'event.muAccelerationT',
  'event.hazard15min',
  'event.hazard60min',
]

export const FEATURES_MAX = 200
const SIDES = ['own', 'lower', 'upper'] as const
const CLOCK = ['hoursToClose', 'daySin', 'dayCos'] as const
const DAY_US = 86_400_000_000

/**
 * The feature vector of a bracket: each named feature of its own row and of both neighbours' as two
 * columns, the value (0 when missing) and an indicator that it is missing (1); so each of the event,
 * named `event.`, once; then the clock. `columns` names them in order; a model's feature hash is taken
 * over these names.
 */
export class FeatureVector {
  readonly names: readonly string[]
  readonly columns: readonly string[]
  readonly #ofRow: readonly string[]
  readonly #ofEvent: readonly string[]

  constructor(names: readonly string[]) {
    assert(names.length > 0 && names.length <= FEATURES_MAX, `${names.length} features`)
    assert(new Set(names).size === names.length, `a feature twice in ${names.join(', ')}`)
    this.names = names
    this.#ofRow = names.filter((name) => !name.startsWith(EVENT_PREFIX))
    this.#ofEvent = names.filter((name) => name.startsWith(EVENT_PREFIX))
    const pair = (name: string): string[] => [name, `${name}.missing`]
    this.columns = [
      ...SIDES.flatMap((side) => this.#ofRow.flatMap((name) => pair(`${side}.${name}`))),
      ...this.#ofEvent.flatMap(pair),
      ...CLOCK,
    ]
  }

  get width(): number {
    return this.columns.length
  }

  /** Row-major brackets x `width`, in the order of the frame's rows, into `out` when given. */
  fill(frame: Frame, timeUs: number, out = new Float64Array(frame.rows.length * this.width)) {
    const { rows } = frame
    assert(out.length === rows.length * this.width, `${out.length} numbers for ${rows.length} rows`)
    const angle = (2 * Math.PI * (timeUs % DAY_US)) / DAY_US
    for (let j = 0; j < rows.length; j++) {
      let at = j * this.width
      for (const row of [rows[j], rows[j - 1], rows[j + 1]]) {
        for (const name of this.#ofRow) {
          const value = row === undefined ? null : rowFeature(row, name)
          out[at++] = value ?? 0
          out[at++] = value === null ? 1 : 0
        }
      }
      for (const name of this.#ofEvent) {
        const value = eventFeature(frame, name)
        out[at++] = value ?? 0
        out[at++] = value === null ? 1 : 0
      }
      out[at++] = (frame.closeTimeUs - timeUs) / 3.6e9
      out[at++] = Math.sin(angle)
      out[at++] = Math.cos(angle)
    }
    return out
  }
}
