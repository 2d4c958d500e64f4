import { assert } from '@kwm/std'
import { ChainKernel, gridSizeFor, LANES } from './chain-kernel.ts'
import { activeSteps, limitAt, stretchOf, type ResidualPath } from './residual-path.ts'

const DEGREES_MAX = 12
/** Hours are asked for, not digits. */
const CELLS_PER_SD = 2
/** Steps whose threshold is further from u than this are left out. */
const ACTIVE_SD = 4
/** The grid is asked this far out. */
const U_REACH = 6

/**
 * P(the path first reaches its final whole-degree maximum m at step k, and ends with it), `[degree][step]`,
 * for each m of `degreesF`. First passage over m−½ at k, then never over m+½:
 * D_k = P(≤ m−½ up to k, ≤ m+½ to the end), and the answer is D_(k−1) − D_k. The end is a backward
 * chain; the AR(1) is reversible, so with the stationary density as weight it is the same kernel.
 */
export function timeOfMax(path: ResidualPath, degreesF: readonly number[]): Float64Array[] {
  assert(degreesF.length <= DEGREES_MAX, `${degreesF.length} degrees for the time of the maximum`)
  const kernel = new ChainKernel(path.phi, gridSizeFor(path.phi, CELLS_PER_SD))
  const result: Float64Array[] = []
  for (let at = 0; at < degreesF.length; at += LANES) {
    result.push(...lanesOf(kernel, path, degreesF.slice(at, at + LANES)))
  }
  return result
}

function lanesOf(
  kernel: ChainKernel,
  whole: ResidualPath,
  degreesF: readonly number[],
): Float64Array[] {
  const shares = degreesF.map(() => new Float64Array(whole.meanF.length))
  const active = activeSteps(whole, Math.min(...degreesF) - 0.5, ACTIVE_SD)
  if (active === null) return shares
  const path = stretchOf(whole, active.first, active.last)
  const rows = [kernel.row(-U_REACH, 0), kernel.row(U_REACH, 0)] as const
  const byStationary = inverseStationary(kernel)
  const ends = backward(kernel, path, degreesF, rows)
  let now = new Float64Array(kernel.size * LANES)
  let next = new Float64Array(kernel.size * LANES)
  kernel.normal(path.startMean, path.startVariance, now, ...rows)
  const inner = (f: Float64Array, end: Float64Array, lane: number): number => {
    let sum = 0
    for (let i = rows[0]; i <= rows[1]; i++) {
      const at = i * LANES + lane
      sum += f[at]! * end[at]! * byStationary[i]!
    }
    return sum
  }
  // D_0: nothing of the path is over m+½.
  const before = degreesF.map((m, lane) => {
    const start = now.slice()
    kernel.kill(start, lane, limitAt(path, 0, m + 0.5), ...rows)
    return inner(start, ends[0]!, lane)
  })
  for (let k = 0; k < path.meanF.length; k++) {
    if (k > 0) {
      kernel.step(now, next, rows, rows)
      ;[now, next] = [next, now]
    }
    for (const [lane, m] of degreesF.entries()) {
      kernel.kill(now, lane, limitAt(path, k, m - 0.5), ...rows)
      const joint = inner(now, ends[k]!, lane)
      shares[lane]![active.first + k] = Math.max(0, before[lane]! - joint)
      before[lane] = Math.min(before[lane]!, joint)
    }
  }
  return shares
}

/** e^(u²/2) of every row: one over the weight the backward chain carries. */
const inverseStationary = (kernel: ChainKernel): Float64Array =>
  Float64Array.from({ length: kernel.size }, (_, i) => Math.exp(kernel.u(i) ** 2 / 2))

/**
 * R̃_k(u) = e^(−u²/2)·P(steps k+1 … K stay at or below m+½ | u_k = u), for every k and lane. Killing
 * by node weights keeps the smooth part smooth, as in the forward chain.
 */
function backward(
  kernel: ChainKernel,
  path: ResidualPath,
  degreesF: readonly number[],
  rows: readonly [number, number],
): Float64Array[] {
  const steps = path.meanF.length
  const ends: Float64Array[] = Array.from({ length: steps })
  const last = new Float64Array(kernel.size * LANES)
  for (let i = rows[0]; i <= rows[1]; i++) {
    last.fill(Math.exp(-(kernel.u(i) ** 2) / 2), i * LANES, (i + 1) * LANES)
  }
  ends[steps - 1] = last
  for (let k = steps - 1; k > 0; k--) {
    const killed = ends[k]!.slice()
    for (const [lane, m] of degreesF.entries()) {
      kernel.kill(killed, lane, limitAt(path, k, m + 0.5), ...rows)
    }
    const earlier = new Float64Array(kernel.size * LANES)
    kernel.step(killed, earlier, rows, rows)
    ends[k - 1] = earlier
  }
  return ends
}
