import { assert } from '@kwm/std'

export type DirichletSource = {
  readonly pmf: ArrayLike<number>
  /** Trust in the source, >= 0. */
  readonly weight: number
  /** Its pseudo-count, > 0: how many draws the PMF is worth. */
  readonly concentration: number
}

export type DirichletPool = {
  readonly alpha: Float64Array
  /** alpha / sum alpha: a linear pool of the sources. */
  readonly mean: Float64Array
  readonly variance: Float64Array
  /** weight x concentration as a share of the sum over sources. */
  readonly sourceShares: Float64Array
}

/**
 * alpha = prior + sum weight_k concentration_k p_k (MODELS 6.2). A linear pool of calibrated sources
 * is under-confident: recalibrate after pooling. An outcome that every source and the prior give
 * zero stays zero.
 */
export function dirichletPool(
  sources: readonly DirichletSource[],
  prior?: ArrayLike<number>,
): DirichletPool {
  assert(sources.length > 0, 'a pool of no sources')
  const n = sources[0]!.pmf.length
  assert(n > 0 && (prior === undefined || prior.length === n), `prior of ${prior?.length} for ${n}`)
  const alpha = Float64Array.from({ length: n }, (_, i) => prior?.[i] ?? 0)
  assert(
    alpha.every((a) => a >= 0 && a < Infinity),
    `prior ${[...alpha].join(' ')}`,
  )
  const strengths = Float64Array.from(sources, ({ pmf, weight, concentration }) => {
    assertPmf(pmf, n)
    assert(weight >= 0 && weight < Infinity, `weight ${weight}`)
    assert(concentration > 0 && concentration < Infinity, `concentration ${concentration}`)
    for (let i = 0; i < n; i++) alpha[i]! += weight * concentration * pmf[i]!
    return weight * concentration
  })
  const total = alpha.reduce((sum, a) => sum + a, 0)
  const strength = strengths.reduce((sum, s) => sum + s, 0)
  assert(total > 0 && strength > 0, 'a pool in which no source has weight')
  const mean = alpha.map((a) => a / total)
  return {
    alpha,
    mean,
    variance: mean.map((m) => (m * (1 - m)) / (total + 1)),
    sourceShares: strengths.map((s) => s / strength),
  }
}

/** Refuses what is no PMF of `n` outcomes: negative, not finite, or a sum off 1 by over 1e-6. */
export function assertPmf(pmf: ArrayLike<number>, n: number): void {
  assert(pmf.length === n, `PMF of ${pmf.length} outcomes for ${n}`)
  let sum = 0
  for (let i = 0; i < n; i++) {
    assert(pmf[i]! >= 0 && pmf[i]! < Infinity, `probability ${pmf[i]}`)
    sum += pmf[i]!
  }
  assert(Math.abs(sum - 1) < 1e-6, `PMF that sums to ${sum}`)
}
