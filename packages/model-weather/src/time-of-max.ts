import { assert } from '@kwm/std'
import { ChainKernel, LANES, U_MAX } from './chain-kernel.ts'
import { FreeMoments, limitAt, type ResidualPath } from './residual-path.ts'

const DEGREES_MAX = 12

/**
 * P(the path first reaches its final whole-degree maximum m at step k, and ends with it), `[degree][step]`,
 * for each m of `degreesF`. First passage over m−½ at k, then never over m+½:
 * D_k = P(≤ m−½ up to k, ≤ m+½ to the end), and the answer is D_(k−1) − D_k. The end is a backward
 * chain; the AR(1) is reversible, so with the stationary density as weight it is the same kernel.
 */
export function timeOfMax(path: ResidualPath, degreesF: readonly number[]): Float64Array[] {
  assert(degreesF.length <= DEGREES_MAX, `${degreesF.length} degrees for the time of the maximum`)
  const kernel = new ChainKernel(path.phi, gridSizeOf(path.phi))
  const result: Float64Array[] = []
  for (let at = 0; at < degreesF.length; at += LANES) {
    result.push(...lanesOf(kernel, path, degreesF.slice(at, at + LANES)))
  }
  return result
}

/** Half a kernel's deviation a cell: hours, not digits, are asked for. */
function gridSizeOf(phi: number): number {
  const cells = Math.ceil((2 * U_MAX) / (0.5 * Math.sqrt(1 - phi * phi)))
  return cells + 1 + (cells % 2)
}

function lanesOf(
  kernel: ChainKernel,
  path: ResidualPath,
  degreesF: readonly number[],
): Float64Array[] {
  const steps = path.meanF.length
  const ends = backward(kernel, path, degreesF)
  const shares = degreesF.map(() => new Float64Array(steps))
  const all = [0, kernel.size - 1] as const
  let now = new Float64Array(kernel.size * LANES)
  let next = new Float64Array(kernel.size * LANES)
  const u = new FreeMoments(path)
  kernel.normal(u.mean, u.variance, now, ...all)
  const before = new Float64Array(LANES)
  // D_0: nothing of the path is over m+½.
  for (const [lane, m] of degreesF.entries()) {
    const start = now.slice()
    kernel.kill(start, lane, limitAt(path, 0, m + 0.5), ...all)
    before[lane] = inner(kernel, start, ends[0]!, lane)
  }
  for (let k = 0; k < steps; k++) {
    if (k > 0) {
      kernel.step(now, next, all, all)
      ;[now, next] = [next, now]
    }
    for (const [lane, m] of degreesF.entries()) {
      kernel.kill(now, lane, limitAt(path, k, m - 0.5), ...all)
      const joint = inner(kernel, now, ends[k]!, lane)
      shares[lane]![k] = Math.max(0, before[lane]! - joint)
      before[lane] = Math.min(before[lane]!, joint)
    }
  }
  return shares
}

/** Σ f·R with R = R̃/π. */
function inner(kernel: ChainKernel, f: Float64Array, end: Float64Array, lane: number): number {
  let sum = 0
  for (let i = 0; i < kernel.size; i++) {
    const mass = f[i * LANES + lane]!
    if (mass === 0) continue
    const u = kernel.u(i)
    sum += mass * end[i * LANES + lane]! * Math.exp((u * u) / 2)
  }
  return sum
}

/**
 * R̃_k(u) = e^(−u²/2)·P(steps k+1 … K stay at or below m+½ | u_k = u), for every k and lane. Killing
 * by node weights keeps the smooth part smooth, as in the forward chain.
 */
function backward(
  kernel: ChainKernel,
  path: ResidualPath,
  degreesF: readonly number[],
): Float64Array[] {
  const steps = path.meanF.length
  const all = [0, kernel.size - 1] as const
  const ends: Float64Array[] = Array.from({ length: steps })
  const last = new Float64Array(kernel.size * LANES)
  for (let i = 0; i < kernel.size; i++) {
    const u = kernel.u(i)
    last.fill(Math.exp((-u * u) / 2), i * LANES, (i + 1) * LANES)
  }
  ends[steps - 1] = last
  for (let k = steps - 1; k > 0; k--) {
    const killed = ends[k]!.slice()
    for (const [lane, m] of degreesF.entries()) {
      kernel.kill(killed, lane, limitAt(path, k, m + 0.5), ...all)
    }
    const earlier = new Float64Array(kernel.size * LANES)
    kernel.step(killed, earlier, all, all)
    ends[k - 1] = earlier
  }
  return ends
}
