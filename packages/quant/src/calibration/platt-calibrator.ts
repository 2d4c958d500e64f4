import { assert } from '@kwm/std'
import { fitLogistic } from '../regression/logistic.ts'
import { expit } from '../special/softplus.ts'

export type PlattJson = { readonly kind: 'platt'; readonly a: number; readonly b: number }

export type PlattFitOptions = {
  /** Targets (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) in place of 1 and 0 (Platt 1999). */
  readonly hasTargetSmoothing?: boolean
  readonly weights?: ArrayLike<number>
}

/**
 * sigma(a s + b). The score s is log-odds or a raw margin; a probability in its place is a different
 * and worse model: pass its `logit`.
 */
export class PlattCalibrator {
  readonly a: number
  readonly b: number
  /** Of the fit, against its own targets. */
  readonly negLogLik: number | null

  constructor(a: number, b: number, negLogLik: number | null = null) {
    this.a = a
    this.b = b
    this.negLogLik = negLogLik
    assert(Number.isFinite(a) && Number.isFinite(b), `Platt a ${a}, b ${b}`)
  }

  /** Null when there is no finite maximum: separable scores without target smoothing. */
  static fit(
    scores: ArrayLike<number>,
    labels: ArrayLike<number>,
    { hasTargetSmoothing = true, weights }: PlattFitOptions = {},
  ): PlattCalibrator | null {
    assert(scores.length === labels.length && scores.length > 0, `${labels.length} labels`)
    let positives = 0
    for (let i = 0; i < labels.length; i++) {
      assert(labels[i] === 0 || labels[i] === 1, `label ${labels[i]} of row ${i}`)
      positives += labels[i]!
    }
    const negatives = labels.length - positives
    const [high, low] = hasTargetSmoothing
      ? [(positives + 1) / (positives + 2), 1 / (negatives + 2)]
      : [1, 0]
    const targets = Float64Array.from(labels, (label) => (label === 1 ? high : low))
    const fit = fitLogistic(scores, targets, weights ? { weights } : {})
    if (!fit.converged) return null
    return new PlattCalibrator(fit.coefficients[0]!, fit.intercept, fit.negLogLik)
  }

  static fromJson({ a, b }: PlattJson): PlattCalibrator {
    return new PlattCalibrator(a, b)
  }

  apply(score: number): number {
    assert(!Number.isNaN(score), 'a score that is no number')
    return expit(this.a * score + this.b)
  }

  toJson(): PlattJson {
    return { kind: 'platt', a: this.a, b: this.b }
  }
}
