import { assert } from '@kwm/std'
import { symmetricEigen } from './symmetric-eigen.ts'

/**
 * The first principal component of `rows` (observations by columns): the unit vector along which
 * the column-centred data vary most, with its sign chosen so that the loadings sum to a positive.
 */
export function firstPrincipalComponent(rows: readonly ArrayLike<number>[]): Float64Array {
  const n = rows[0]?.length ?? 0
  assert(rows.length >= 2 && n > 0, 'a component needs two observations')
  assert(
    rows.every((row) => row.length === n),
    'rows of equal length',
  )
  const means = Float64Array.from(
    { length: n },
    (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length,
  )
  const scatter = new Float64Array(n * n)
  for (const row of rows) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        scatter[i * n + j]! += (row[i]! - means[i]!) * (row[j]! - means[j]!)
      }
    }
  }
  const loadings = symmetricEigen(scatter, n).vectors[0]!
  const isNegative = loadings.reduce((sum, loading) => sum + loading, 0) < 0
  return isNegative ? loadings.map((loading) => -loading) : loadings
}
