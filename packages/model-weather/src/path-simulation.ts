import { assert, Prng } from '@kwm/std'
import type { ResidualPath } from './residual-path.ts'

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
  /** The step it was reached at. */
  readonly atStep: Uint16Array
  /** The first step above `overF`, or −1. */
  readonly firstOver: Int16Array
}

/** Paths to the end of the day, seeded (MODELS 5.7, method 2): the chain's check, and more general. */
export function simulateMaxima(
  path: ResidualPath,
  overF: number,
  { paths, seed, fast }: SimulationConfig,
): SimulatedMaxima {
  assert(paths > 0 && paths % 2 === 0 && paths <= PATHS_MAX, `${paths} paths`)
  const steps = path.meanF.length
  assert(steps > 0 && steps < 32_768, `${steps} steps`)
  const prng = new Prng(seed)
  const result: SimulatedMaxima = {
    maxF: new Float64Array(paths).fill(-Infinity),
    atStep: new Uint16Array(paths),
    firstOver: new Int16Array(paths).fill(-1),
  }
  const shocks = new Float64Array(steps * 2)
  for (let p = 0; p < paths; p += 2) {
    for (let i = 0; i < shocks.length; i++) shocks[i] = prng.nextNormal()
    runPath(path, fast, shocks, 1, overF, p, result)
    runPath(path, fast, shocks, -1, overF, p + 1, result)
  }
  return result
}

function runPath(
  path: ResidualPath,
  fast: FastComponent | undefined,
  shocks: Float64Array,
  sign: 1 | -1,
  overF: number,
  p: number,
  { maxF, atStep, firstOver }: SimulatedMaxima,
): void {
  const slowShock = Math.sqrt(1 - path.phi * path.phi)
  const fastPhi = fast?.phi ?? 0
  const fastShock = Math.sqrt(1 - fastPhi * fastPhi)
  let u = 0
  let v = 0
  for (let k = 0; k < path.meanF.length; k++) {
    const slow = sign * shocks[2 * k]!
    const quick = sign * shocks[2 * k + 1]!
    u =
      k === 0
        ? path.startMean + Math.sqrt(path.startVariance) * slow
        : path.phi * u + slowShock * slow
    v = k === 0 ? quick : fastPhi * v + fastShock * quick
    const tempF = path.meanF[k]! + path.sdF[k]! * u + (fast ? fast.sdF[k]! * v : 0)
    if (tempF > maxF[p]!) {
      maxF[p] = tempF
      atStep[p] = k
    }
    if (tempF > overF && firstOver[p] === -1) firstOver[p] = k
  }
}
