import { assert } from '@kwm/std'
import { fitIsotonic } from '../regression/isotonic.ts'

export type IsotonicJson = {
  readonly kind: 'isotonic'
  /** Ascending knots and their values; between them linear, or a step to the knot below. */
  readonly x: readonly number[]
  readonly fitted: readonly number[]
  readonly isLinear: boolean
}

export type IsotonicFitOptions = {
  readonly weights?: ArrayLike<number>
  /** Linear between knots, else the value of the knot at or below. */
  readonly isLinear?: boolean
  /** Keep the ends inside [1 / (n + 2), 1 - 1 / (n + 2)]: PAV alone says 0 and 1 there. */
  readonly isClipped?: boolean
}

/** Isotonic regression as a calibrator; constant outside the knots. */
export class IsotonicCalibrator {
  readonly x: Float64Array
  readonly fitted: Float64Array
  readonly isLinear: boolean

  constructor({ x, fitted, isLinear }: Omit<IsotonicJson, 'kind'>) {
    assert(x.length > 0 && x.length === fitted.length, `${x.length} knots, ${fitted.length} values`)
    for (let i = 0; i < x.length; i++) {
      assert(Number.isFinite(x[i]!) && Number.isFinite(fitted[i]!), `knot ${i}`)
      assert(i === 0 || (x[i]! > x[i - 1]! && fitted[i]! >= fitted[i - 1]!), `knot ${i} falls`)
    }
    this.x = Float64Array.from(x)
    this.fitted = Float64Array.from(fitted)
    this.isLinear = isLinear
  }

  static fit(
    x: ArrayLike<number>,
    labels: ArrayLike<number>,
    { weights, isLinear = true, isClipped = true }: IsotonicFitOptions = {},
  ): IsotonicCalibrator {
    const fit = fitIsotonic(x, labels, weights)
    const edge = isClipped ? 1 / (x.length + 2) : -Infinity
    return new IsotonicCalibrator({
      x: [...fit.x],
      fitted: Array.from(fit.fitted, (p) => Math.min(1 - edge, Math.max(edge, p))),
      isLinear,
    })
  }

  static fromJson(json: IsotonicJson): IsotonicCalibrator {
    return new IsotonicCalibrator(json)
  }

  apply(input: number): number {
    assert(!Number.isNaN(input), 'an input that is no number')
    const { x, fitted } = this
    const last = x.length - 1
    if (input <= x[0]!) return fitted[0]!
    if (input >= x[last]!) return fitted[last]!
    let low = 0
    let high = last
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (x[middle]! <= input) low = middle
      else high = middle
    }
    if (!this.isLinear) return fitted[low]!
    const share = (input - x[low]!) / (x[high]! - x[low]!)
    return fitted[low]! + share * (fitted[high]! - fitted[low]!)
  }

  toJson(): IsotonicJson {
    return { kind: 'isotonic', x: [...this.x], fitted: [...this.fitted], isLinear: this.isLinear }
  }
}
