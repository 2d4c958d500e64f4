import { assert } from '@kwm/std'
import { assertPmf } from '../pooling/dirichlet-pool.ts'
import { fitIsotonic } from '../regression/isotonic.ts'
import { BetaCalibrator } from './beta-calibrator.ts'
import type { BetaJson } from './beta-calibrator.ts'
import { calibratorFromJson } from './calibrator.ts'
import type { IsotonicJson } from './isotonic-calibrator.ts'
import { logit } from './logit.ts'
import { PlattCalibrator } from './platt-calibrator.ts'
import type { PlattJson } from './platt-calibrator.ts'
import { TemperatureCalibrator } from './temperature-calibrator.ts'
import type { TemperatureJson } from './temperature-calibrator.ts'

export const PMF_CALIBRATIONS = ['none', 'platt', 'temperature', 'beta', 'isotonic'] as const
export type PmfCalibration = (typeof PMF_CALIBRATIONS)[number]

export type PmfCalibratorJson =
  | { readonly kind: 'none' }
  | TemperatureJson
  | PlattJson
  | BetaJson
  | IsotonicJson

/**
 * A calibration map of whole PMFs over ordered outcomes. Temperature powers the PMF; the maps of
 * binary forecasts act in CDF space (MODELS 5.11): q_k = G(F_k) - G(F_{k-1}) with G(0) = 0 and
 * G(1) = 1, so that q is a PMF again and an outcome of probability 0 keeps it.
 */
export class PmfCalibrator {
  readonly json: PmfCalibratorJson
  readonly #temperature: TemperatureCalibrator | null
  readonly #map: ((cdf: number) => number) | null

  constructor(json: PmfCalibratorJson) {
    this.json = json
    this.#temperature = json.kind === 'temperature' ? TemperatureCalibrator.fromJson(json) : null
    this.#map = null
    if (json.kind === 'none' || json.kind === 'temperature') return
    assert(json.kind !== 'platt' || json.a >= 0, 'Platt slope below 0: a CDF cannot fall')
    const isCdf = json.kind !== 'isotonic' || (json.fitted[0]! >= 0 && json.fitted.at(-1)! <= 1)
    assert(isCdf, 'isotonic values must be 0 to 1')
    const map = calibratorFromJson(json)
    this.#map = json.kind === 'platt' ? (f) => map.apply(logit(f)) : (f) => map.apply(f)
  }

  /**
   * `outcomes` are indices into the PMFs. Binary maps learn from the pairs (F_k, 1[outcome <= k]) of
   * every cut between two outcomes. Null when there is no monotone finite fit.
   */
  static fit(
    method: PmfCalibration,
    pmfs: readonly ArrayLike<number>[],
    outcomes: ArrayLike<number>,
  ): PmfCalibrator | null {
    if (method === 'none') return new PmfCalibrator({ kind: 'none' })
    if (method === 'temperature') {
      return new PmfCalibrator(TemperatureCalibrator.fitPmfs(pmfs, outcomes).toJson())
    }
    const { cdf, isBelow } = cutPairs(pmfs, outcomes)
    if (cdf.length === 0) return null
    if (method === 'isotonic') {
      return new PmfCalibrator(centredIsotonic(cdf, isBelow))
    }
    if (method === 'beta') {
      const fit = BetaCalibrator.fit(cdf, isBelow)
      return fit && new PmfCalibrator(fit.toJson())
    }
    const fit = PlattCalibrator.fit(Float64Array.from(cdf, logit), isBelow)
    return fit && fit.a >= 0 ? new PmfCalibrator(fit.toJson()) : null
  }

  apply(pmf: ArrayLike<number>): Float64Array {
    assertPmf(pmf, pmf.length)
    if (this.#temperature !== null) return this.#temperature.applyPmf(pmf)
    const map = this.#map
    if (map === null) return Float64Array.from(pmf)
    let total = 0
    for (let k = 0; k < pmf.length; k++) total += pmf[k]!
    const out = new Float64Array(pmf.length)
    let [cdf, before] = [0, 0]
    for (let k = 0; k < pmf.length; k++) {
      cdf += pmf[k]!
      if (pmf[k] === 0) continue
      // Rounding between the knots must not make a CDF fall.
      const mapped = cdf === total ? 1 : Math.max(before, map(cdf / total))
      out[k] = mapped - before
      before = mapped
    }
    return out
  }
}

/**
 * PAV with each block at its mean x and lines between (Oron, Flournoy 2017): the flat steps of PAV
 * itself would give brackets that lie within one step no probability at all.
 */
function centredIsotonic(cdf: Float64Array, isBelow: Uint8Array): IsotonicJson {
  const { x, fitted } = fitIsotonic(cdf, isBelow)
  const counts = new Float64Array(x.length)
  const order = cdf.toSorted()
  for (let i = 0, k = 0; i < order.length; i++) {
    if (order[i] !== x[k]) k++
    counts[k]!++
  }
  const edge = 1 / (cdf.length + 2)
  const [knots, values] = [[0], [0]]
  for (let from = 0; from < x.length;) {
    let [n, sum, to] = [0, 0, from]
    for (; to < x.length && fitted[to] === fitted[from]; to++) {
      n += counts[to]!
      sum += counts[to]! * x[to]!
    }
    const value = Math.min(1 - edge, Math.max(edge, fitted[from]!))
    if (sum / n > knots.at(-1)!) {
      knots.push(sum / n)
      values.push(value)
    }
    from = to
  }
  if (knots.at(-1)! < 1) {
    knots.push(1)
    values.push(1)
  }
  return { kind: 'isotonic', x: knots, fitted: values, isLinear: true }
}

/** A cut that lies outside the support (F of 0 or 1) says nothing. */
function cutPairs(
  pmfs: readonly ArrayLike<number>[],
  outcomes: ArrayLike<number>,
): { cdf: Float64Array; isBelow: Uint8Array } {
  assert(pmfs.length > 0 && pmfs.length === outcomes.length, `${outcomes.length} outcomes`)
  const cdf: number[] = []
  const isBelow: number[] = []
  for (const [i, pmf] of pmfs.entries()) {
    assertPmf(pmf, pmf.length)
    const outcome = outcomes[i]!
    assert(Number.isInteger(outcome) && outcome >= 0 && outcome < pmf.length, `outcome ${outcome}`)
    let f = 0
    for (let k = 0; k < pmf.length - 1; k++) {
      f += pmf[k]!
      if (f <= 0 || f >= 1) continue
      cdf.push(f)
      isBelow.push(outcome <= k ? 1 : 0)
    }
  }
  return { cdf: Float64Array.from(cdf), isBelow: Uint8Array.from(isBelow) }
}
