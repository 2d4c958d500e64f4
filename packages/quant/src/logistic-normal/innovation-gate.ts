import { assert } from '@kwm/std'
import { erfc } from '../normal.ts'

export type InnovationGateConfig = {
  /** An innovation is hot when its NIS is above this quantile of its chi-square. */
  readonly quantile: number
  /** So many hot ones in a row raise the alarm. */
  readonly streak: number
}

/** MODELS 6.4. */
export const INNOVATION_GATE: InnovationGateConfig = { quantile: 0.999, streak: 3 }

/**
 * Says when a filter's model no longer holds: `streak` normalised innovations squared in a row above
 * their quantile (MODELS 6.4). One wild quote is no alarm.
 */
export class InnovationGate {
  readonly #config: InnovationGateConfig
  readonly #limits: number[] = []
  /** Hot innovations in a row so far. */
  hot: number

  constructor(config: InnovationGateConfig = INNOVATION_GATE, hot = 0) {
    assert(config.quantile > 0 && config.quantile < 1, `quantile ${config.quantile}`)
    assert(Number.isSafeInteger(config.streak) && config.streak > 0, `streak ${config.streak}`)
    this.#config = config
    this.hot = hot
  }

  /** True on the alarm, after which it counts from nothing. */
  add(nis: number, degreesOfFreedom: number): boolean {
    if (degreesOfFreedom === 0) return false
    const limit = (this.#limits[degreesOfFreedom] ??= chiSquareQuantile(
      this.#config.quantile,
      degreesOfFreedom,
    ))
    this.hot = nis > limit ? this.hot + 1 : 0
    if (this.hot < this.#config.streak) return false
    this.hot = 0
    return true
  }
}

/**
 * P(X > x) of a chi-square with whole degrees of freedom, in closed form:
 * Q(a + 1, y) = Q(a, y) + y^a e^-y / Gamma(a + 1) at y = x / 2, from Q(1, y) = e^-y or
 * Q(1/2, y) = erfc(sqrt y). Good to rounding for up to some hundred degrees.
 */
export function chiSquareSurvival(x: number, degreesOfFreedom: number): number {
  const k = degreesOfFreedom
  assert(Number.isSafeInteger(k) && k > 0 && k <= DEGREES_MAX, `${k} degrees of freedom`)
  assert(x >= 0, `chi-square of ${x}`)
  if (x === Infinity) return 0
  const y = x / 2
  const isEven = k % 2 === 0
  let a = isEven ? 1 : 0.5
  let survival = isEven ? Math.exp(-y) : erfc(Math.sqrt(y))
  let term = isEven ? y * Math.exp(-y) : 2 * Math.sqrt(y / Math.PI) * Math.exp(-y)
  for (; a < k / 2; a++) {
    survival += term
    term *= y / (a + 1)
  }
  return survival
}

const DEGREES_MAX = 512

/** The x with P(X <= x) = `quantile`, by bisection to rounding. */
export function chiSquareQuantile(quantile: number, degreesOfFreedom: number): number {
  assert(quantile > 0 && quantile < 1, `quantile ${quantile}`)
  const tail = 1 - quantile
  let low = 0
  let high = 1
  while (chiSquareSurvival(high, degreesOfFreedom) > tail) high *= 2
  for (let round = 0; round < 200; round++) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) break
    if (chiSquareSurvival(middle, degreesOfFreedom) > tail) low = middle
    else high = middle
  }
  return high
}
