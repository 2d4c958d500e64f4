import { assert } from '@kwm/std'

export type Quantiles = { readonly p50: number; readonly p99: number; readonly samples: number }

export function quantiles(values: readonly number[]): Quantiles {
  assert(values.length > 0, 'something was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number): number => Math.round(sorted[Math.floor(q * (sorted.length - 1))]!)
  return { p50: at(0.5), p99: at(0.99), samples: sorted.length }
}
