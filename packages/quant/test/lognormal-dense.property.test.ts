import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'
import { helmert, ilr, ilrJacobian, LogisticNormalFilter, luSolve } from '../src/index.ts'

const PMF = [0.02, 0.1, 0.38, 0.36, 0.12, 0.02]
const N = PMF.length
const D = N - 1

const randomCovariance = (scale: number, prng: Prng): Float64Array => {
  const root = Float64Array.from({ length: D * D }, () => prng.nextNormal() * Math.sqrt(scale / D))
  return Float64Array.from({ length: D * D }, (_, at) => {
    const [j, k] = [Math.floor(at / D), at % D]
    let sum = j === k ? scale / 4 : 0
    for (let l = 0; l < D; l++) sum += root[j * D + l]! * root[k * D + l]!
    return sum
  })
}

test('NIS, innovation and covariance are those of the dense formulas', () => {
  for (let seed = 0; seed < 40; seed++) {
    const prng = new Prng(`dense ${seed}`)
    const covariance = randomCovariance(10 ** -(seed % 4), prng)
    const filter = LogisticNormalFilter.of(ilr(PMF, new Float64Array(D)), covariance)
    const variances = PMF.map((_, i) => (i === seed % 7 ? Infinity : 1e-5 * 10 ** (seed % 3)))
    const y = PMF.map((p) => p + 0.003 * prng.nextNormal())
    const direction = Float64Array.from({ length: D }, () => prng.nextNormal())
    const nis = filter.observe(y, variances, 1)
    // Rows of outcomes that were seen: S = J P J' + R, by the matrices of the text.
    const seen = PMF.flatMap((_, i) => (variances[i] === Infinity ? [] : [i]))
    const jacobian = ilrJacobian(PMF, helmert(N), new Float64Array(N * D))
    const at = (i: number, k: number): number => jacobian[i * D + k]!
    const image = (x: Float64Array) =>
      Float64Array.from(seen, (i) => x.reduce((sum, value, k) => sum + at(i, k) * value, 0))
    const rowsOfPJ = seen.map((j) =>
      Float64Array.from({ length: D }, (_, k) =>
        Array.from({ length: D }, (__, l) => covariance[k * D + l]! * at(j, l)).reduce(
          (sum, x) => sum + x,
          0,
        ),
      ),
    )
    const s = seen.flatMap((i, a) =>
      rowsOfPJ.map((pj, b) => image(pj)[a]! + (a === b ? variances[i]! : 0)),
    )
    const innovation = Float64Array.from(seen, (i) => y[i]! - PMF[i]!)
    const solved = luSolve(s, innovation)!
    const dense = innovation.reduce((sum, v, i) => sum + v * solved[i]!, 0)
    expect(Math.abs(nis - dense)).toBeLessThan(1e-7 * (1 + dense))
    const along = image(direction)
    const whitened = luSolve(s, along)!
    const score =
      along.reduce((sum, h, i) => sum + h * solved[i]!, 0) /
      Math.sqrt(along.reduce((sum, h, i) => sum + h * whitened[i]!, 0))
    expect(filter.innovationAlong(direction)).toBeCloseTo(score, 6)
    for (let j = 0; j < D; j++) {
      const gainRow = luSolve(
        s,
        Float64Array.from(rowsOfPJ, (pj) => pj[j]!),
      )!
      for (let k = 0; k < D; k++) {
        const taken = rowsOfPJ.reduce((sum, pj, i) => sum + gainRow[i]! * pj[k]!, 0)
        const expected = covariance[j * D + k]! - taken
        expect(Math.abs(filter.covariance[j * D + k]! - expected)).toBeLessThan(1e-9)
      }
    }
  }
})
