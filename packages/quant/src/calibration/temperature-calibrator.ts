import { assert } from '@kwm/std'
import { assertPmf } from '../pooling/dirichlet-pool.ts'
import { assertBinarySample } from '../scoring/binary-sample.ts'
import { clipProbability } from './logit.ts'

export type TemperatureJson = { readonly kind: 'temperature'; readonly inverseT: number }

/** 1 / T is sought here; forecasts worse than the uniform one end at the low side. */
const INVERSE_T_MIN = 1e-3
const INVERSE_T_MAX = 1e3
const BISECTIONS = 200

/** softmax(log p / T): one number that sharpens (T < 1) or flattens a forecast. */
export class TemperatureCalibrator {
  readonly inverseT: number
  readonly negLogLik: number | null

  constructor(inverseT: number, negLogLik: number | null = null) {
    this.inverseT = inverseT
    this.negLogLik = negLogLik
    assert(inverseT > 0 && inverseT < Infinity, `1 / T ${inverseT}`)
  }

  /** Of binary forecasts. */
  static fit(p: ArrayLike<number>, labels: ArrayLike<number>): TemperatureCalibrator {
    assertBinarySample(p, labels)
    const pmfs = Array.from(p, (q) => [1 - q, q])
    return TemperatureCalibrator.fitPmfs(pmfs, labels)
  }

  /** Of PMFs of any lengths; `outcomes` are indices. The loss is convex in 1 / T: bisection. */
  static fitPmfs(
    pmfs: readonly ArrayLike<number>[],
    outcomes: ArrayLike<number>,
  ): TemperatureCalibrator {
    assert(pmfs.length > 0 && pmfs.length === outcomes.length, `${outcomes.length} outcomes`)
    const logs = pmfs.map((pmf, i) => {
      assertPmf(pmf, pmf.length)
      const outcome = outcomes[i]!
      assert(
        Number.isInteger(outcome) && outcome >= 0 && outcome < pmf.length,
        `outcome ${outcome}`,
      )
      return Float64Array.from(pmf, (p) => Math.log(clipProbability(p)))
    })
    let [low, high] = [INVERSE_T_MIN, INVERSE_T_MAX]
    for (let i = 0; i < BISECTIONS && low < high; i++) {
      const middle = (low + high) / 2
      if (middle === low || middle === high) break
      if (lossAt(logs, outcomes, middle).slope < 0) low = middle
      else high = middle
    }
    return new TemperatureCalibrator(high, lossAt(logs, outcomes, high).loss)
  }

  static fromJson({ inverseT }: TemperatureJson): TemperatureCalibrator {
    return new TemperatureCalibrator(inverseT)
  }

  apply(p: number): number {
    return this.applyPmf([1 - p, p])[1]!
  }

  /** Outcomes of probability 0 stay 0. */
  applyPmf(pmf: ArrayLike<number>): Float64Array {
    assertPmf(pmf, pmf.length)
    const powered = Float64Array.from(pmf, (p) =>
      p === 0 ? -Infinity : Math.log(clipProbability(p)) * this.inverseT,
    )
    const best = Math.max(...powered)
    let sum = 0
    for (let i = 0; i < powered.length; i++) sum += powered[i] = Math.exp(powered[i]! - best)
    return powered.map((p) => p / sum)
  }

  toJson(): TemperatureJson {
    return { kind: 'temperature', inverseT: this.inverseT }
  }
}

/** Negative log-likelihood and its derivative in 1 / T. */
function lossAt(
  logs: readonly Float64Array[],
  outcomes: ArrayLike<number>,
  inverseT: number,
): { loss: number; slope: number } {
  let [loss, slope] = [0, 0]
  for (const [i, row] of logs.entries()) {
    const best = Math.max(...row) * inverseT
    let [sum, weighted] = [0, 0]
    for (const log of row) {
      const e = Math.exp(log * inverseT - best)
      sum += e
      weighted += e * log
    }
    const hit = row[outcomes[i]!]!
    loss += best + Math.log(sum) - hit * inverseT
    slope += weighted / sum - hit
  }
  return { loss, slope }
}
