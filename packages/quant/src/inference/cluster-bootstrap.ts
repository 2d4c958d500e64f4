import { assert } from '@kwm/std'
import type { Prng } from '@kwm/std'
import { meanOf } from './mean-test.ts'

export type BootstrapInterval = {
  readonly mean: number
  readonly standardError: number
  readonly lower: number
  readonly upper: number
}

export const RESAMPLES_MAX = 1_000_000

/**
 * Percentile interval of the mean when whole clusters are drawn with replacement, so that rows of
 * one cluster stay together. A draw's mean is over its rows.
 */
export function clusterBootstrap(
  values: ArrayLike<number>,
  clusters: ArrayLike<number | string>,
  { resamples, level }: { readonly resamples: number; readonly level: number },
  prng: Prng,
): BootstrapInterval {
  assert(values.length === clusters.length, `${clusters.length} clusters`)
  assert(Number.isInteger(resamples) && resamples > 1 && resamples <= RESAMPLES_MAX, 'resamples')
  assert(level > 0 && level < 1, `level ${level}`)
  const mean = meanOf(values)
  const groups = new Map<number | string, { sum: number; n: number }>()
  for (let i = 0; i < values.length; i++) {
    const group = groups.get(clusters[i]!) ?? { sum: 0, n: 0 }
    group.sum += values[i]!
    group.n++
    groups.set(clusters[i]!, group)
  }
  const list = [...groups.values()]
  const means = new Float64Array(resamples)
  for (let b = 0; b < resamples; b++) {
    let [sum, n] = [0, 0]
    for (let k = 0; k < list.length; k++) {
      const group = list[prng.nextInt(list.length)]!
      sum += group.sum
      n += group.n
    }
    means[b] = sum / n
  }
  const centre = meanOf(means)
  const variance = means.reduce((sum, m) => sum + (m - centre) ** 2, 0) / (resamples - 1)
  means.sort()
  return {
    mean,
    standardError: Math.sqrt(variance),
    lower: quantile(means, (1 - level) / 2),
    upper: quantile(means, (1 + level) / 2),
  }
}

/** Linear between order statistics; `sorted` ascends and is not empty. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!)
}
