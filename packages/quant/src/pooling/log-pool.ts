import { assert } from '@kwm/std'
import { assertPmf } from './dirichlet-pool.ts'

export const LOG_POOL_FLOOR = 1e-4

export type LogPoolOptions = {
  /** Outcomes that are still possible; all of them by default. The others are exactly 0. */
  readonly alive?: readonly boolean[]
  /** Inputs below it count as it, so that one source cannot veto a live outcome. */
  readonly floor?: number
}

/**
 * p proportional to prod_k p_k^w_k over the live outcomes (MODELS 6.3). Weights are used as given: a
 * sum above 1 sharpens, below 1 flattens. The state of an earlier pool is not an input: pooling it
 * again with weight 1 makes the logits grow without bound.
 */
export function logPool(
  pmfs: readonly ArrayLike<number>[],
  weights: readonly number[],
  { alive, floor = LOG_POOL_FLOOR }: LogPoolOptions = {},
): Float64Array {
  assert(pmfs.length > 0 && pmfs.length === weights.length, `${weights.length} weights`)
  assert(floor > 0 && floor < 1, `floor ${floor}`)
  const n = pmfs[0]!.length
  assert(n > 0 && (alive === undefined || alive.length === n), `alive of ${alive?.length} for ${n}`)
  const pooled = new Float64Array(n)
  let best = -Infinity
  for (const [k, pmf] of pmfs.entries()) {
    const weight = weights[k]!
    assertPmf(pmf, n)
    assert(weight >= 0 && weight < Infinity, `weight ${weight}`)
    for (let i = 0; i < n; i++) pooled[i]! += weight * Math.log(Math.max(pmf[i]!, floor))
  }
  const isAlive = (i: number): boolean => alive?.[i] ?? true
  for (let i = 0; i < n; i++) if (isAlive(i)) best = Math.max(best, pooled[i]!)
  assert(best > -Infinity, 'no outcome is alive')
  let sum = 0
  for (let i = 0; i < n; i++) {
    pooled[i] = isAlive(i) ? Math.exp(pooled[i]! - best) : 0
    sum += pooled[i]!
  }
  return pooled.map((p) => p / sum)
}
