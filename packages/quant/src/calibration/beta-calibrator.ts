import { assert } from '@kwm/std'
import { fitLogistic } from '../regression/logistic.ts'
import { expit } from '../special/softplus.ts'
import { assertBinarySample } from '../scoring/binary-sample.ts'
import { clipProbability } from './logit.ts'

export type BetaJson = {
  readonly kind: 'beta'
  readonly a: number
  readonly b: number
  readonly c: number
}

const BISECTIONS = 200

/** Beta calibration (Kull et al. 2017): logit = a ln p - b ln(1 - p) + c with a, b >= 0. */
export class BetaCalibrator {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly negLogLik: number | null

  constructor(a: number, b: number, c: number, negLogLik: number | null = null) {
    this.a = a
    this.b = b
    this.c = c
    this.negLogLik = negLogLik
    assert(a >= 0 && b >= 0 && Number.isFinite(a + b + c), `beta a ${a}, b ${b}, c ${c}`)
  }

  /**
   * Logistic regression on (ln p, -ln(1 - p)); a coefficient below 0 is set to 0 and the rest fitted
   * again, so that the map stays monotone. Null when the likelihood has no finite maximum.
   */
  static fit(
    p: ArrayLike<number>,
    labels: ArrayLike<number>,
    weights?: ArrayLike<number>,
  ): BetaCalibrator | null {
    assertBinarySample(p, labels)
    const options = weights ? { weights } : {}
    const full = fitLogistic(betaFeatures(p, 'ab'), labels, options)
    if (!full.converged) return null
    const [a, b] = [full.coefficients[0]!, full.coefficients[1]!]
    if (a >= 0 && b >= 0) return new BetaCalibrator(a, b, full.intercept, full.negLogLik)
    const candidates: BetaCalibrator[] = []
    for (const kept of ['a', 'b'] as const) {
      const fit = fitLogistic(betaFeatures(p, kept), labels, options)
      const k = fit.coefficients[0]!
      if (!fit.converged || k < 0) continue
      const [x, y] = kept === 'a' ? [k, 0] : [0, k]
      candidates.push(new BetaCalibrator(x, y, fit.intercept, fit.negLogLik))
    }
    // The likelihood is concave, so the constrained maximum is the better edge, or else the corner.
    candidates.sort((one, other) => one.negLogLik! - other.negLogLik!)
    if (candidates.length > 0) return candidates[0]!
    const flat = fitLogistic(new Float64Array(0), labels, options)
    return flat.converged ? new BetaCalibrator(0, 0, flat.intercept, flat.negLogLik) : null
  }

  static fromJson({ a, b, c }: BetaJson): BetaCalibrator {
    return new BetaCalibrator(a, b, c)
  }

  apply(p: number): number {
    assert(p >= 0 && p <= 1, `probability ${p}`)
    const clipped = clipProbability(p)
    return expit(this.a * Math.log(clipped) - this.b * Math.log1p(-clipped) + this.c)
  }

  /** The p that maps to one half, or null when none does. */
  midpoint(): number | null {
    let [low, high] = [1e-300, 1 - Number.EPSILON / 2]
    const marginAt = (p: number) => this.a * Math.log(p) - this.b * Math.log1p(-p) + this.c
    if (marginAt(low) > 0 || marginAt(high) < 0) return null
    for (let i = 0; i < BISECTIONS; i++) {
      const middle = (low + high) / 2
      if (marginAt(middle) < 0) low = middle
      else high = middle
    }
    return high
  }

  toJson(): BetaJson {
    return { kind: 'beta', a: this.a, b: this.b, c: this.c }
  }
}

/** Rows of (ln p, -ln(1 - p)), or of one of them. */
export function betaFeatures(p: ArrayLike<number>, kept: 'ab' | 'a' | 'b'): Float64Array {
  const features = new Float64Array(p.length * kept.length)
  for (let i = 0; i < p.length; i++) {
    const clipped = clipProbability(p[i]!)
    if (kept !== 'b') features[i * kept.length] = Math.log(clipped)
    if (kept !== 'a') features[i * kept.length + kept.length - 1] = -Math.log1p(-clipped)
  }
  return features
}
