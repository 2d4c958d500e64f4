import { assert, Prng } from '@kwm/std'
import type { ResidualPath } from './residual-path.ts'
import { roundHalfUp } from './station-rounding.ts'

/**
 * Turbulence beside the slow residual: a second AR(1) in °F that forgets within minutes. A single
 * AR(1) cannot hold both a forecast's bias of hours and the flicker that makes maxima.
 */
export type FastComponent = {
  readonly sdF: ArrayLike<number>
  /** Autocorrelation over one step; e^(−5/15) at five minutes and a quarter of an hour. */
  readonly phi: number
}

export type SimulationConfig = {
  /** Even: every path has its antithetic one. */
  readonly paths: number
  readonly seed: string
  readonly fast?: FastComponent
}

export const SIMULATION_PATHS = 10_000
const PATHS_MAX = 1_000_000

export type SimulatedMaxima = {
  /** The maximum of each path, °F; paths 2i and 2i+1 are antithetic. */
  readonly maxF: Float64Array
  /** The step at which it first reached its final whole degree. */
  readonly atStep: Uint16Array
  /** The maximum within so many first steps, for each horizon asked for. */
  readonly withinF: readonly Float64Array[]
}

/** Paths to the end of the day, seeded (MODELS 5.7, method 2): the chain's check, and more general. */
export function simulateMaxima(
  path: ResidualPath,
  horizons: readonly number[],
  { paths, seed, fast }: SimulationConfig,
): SimulatedMaxima {
  assert(paths > 0 && paths % 2 === 0 && paths <= PATHS_MAX, `${paths} paths`)
  const steps = path.meanF.length
  assert(steps > 0 && steps < 32_768, `${steps} steps`)
  assert(
    horizons.every((h) => h > 0),
    `horizons: ${horizons.join(', ')}`,
  )
  const result: SimulatedMaxima = {
    maxF: new Float64Array(paths),
    atStep: new Uint16Array(paths),
    withinF: horizons.map(() => new Float64Array(paths)),
  }
  const shocks = new Float64Array(steps * 2)
  const ahead = new Float64Array(steps)
  for (let p = 0; p < paths; p++) {
    const sign = p % 2 === 0 ? 1 : -1
    if (sign === 1) {
      // From the end of the day backwards: a later start draws the same weather for what is left.
      const prng = new Prng(`${seed}/${p}`)
      for (let i = shocks.length - 1; i >= 0; i--) shocks[i] = prng.nextNormal()
    }
    drawPath(path, fast, shocks, sign, ahead)
    record(ahead, horizons, p, result)
  }
  return result
}

function drawPath(
  path: ResidualPath,
  fast: FastComponent | undefined,
  shocks: Float64Array,
  sign: 1 | -1,
  tempF: Float64Array,
): void {
  const slowShock = Math.sqrt(1 - path.phi * path.phi)
  const fastPhi = fast?.phi ?? 0
  const fastShock = Math.sqrt(1 - fastPhi * fastPhi)
  let u = 0
  let v = 0
  for (let k = 0; k < tempF.length; k++) {
    const slow = sign * shocks[2 * k]!
    const quick = sign * shocks[2 * k + 1]!
    u =
      k === 0
        ? path.startMean + Math.sqrt(path.startVariance) * slow
        : path.phi * u + slowShock * slow
    v = k === 0 ? quick : fastPhi * v + fastShock * quick
    tempF[k] = path.meanF[k]! + path.sdF[k]! * u + (fast ? fast.sdF[k]! * v : 0)
  }
}

function record(
  tempF: Float64Array,
  horizons: readonly number[],
  p: number,
  { maxF, atStep, withinF }: SimulatedMaxima,
): void {
  let max = -Infinity
  let at = 0
  for (let k = 0; k < tempF.length; k++) {
    if (tempF[k]! > max) {
      if (roundHalfUp(tempF[k]!) > roundHalfUp(max)) at = k
      max = tempF[k]!
    }
    for (let h = 0; h < horizons.length; h++) if (k < horizons[h]!) withinF[h]![p] = max
  }
  maxF[p] = max
  atStep[p] = at
}
