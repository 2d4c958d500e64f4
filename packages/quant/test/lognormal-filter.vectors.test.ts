import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectClose,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import {
  helmert,
  ilr,
  ilrInverse,
  ilrJacobian,
  LogisticNormalFilter,
  luSolve,
  ProcessNoise,
  subcomposition,
  subcompositionMap,
  unscentedUpdate,
} from '../src/index.ts'

describe('lognormal_filter', () => {
  test.each(vectorCases('lognormal_filter'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, withOptimiserTolerance(vectorCase))
    for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
      expect(key).toBe('softmaxOfMean')
      expectDiffers(got['cubatureMean'], wrong, vectorCase.tol)
    }
  })
})

/**
 * The MAP beside the iterated filter was found by BFGS, which stops at a gradient of 1e-5: it is 1.5e-8
 * off the point where ours is 1e-9 (asserted below).
 */
function withOptimiserTolerance(vectorCase: VectorCase): VectorCase {
  if (!has(vectorCase.expected, 'iekfMap')) return vectorCase
  const { expected } = vectorCase
  return {
    ...vectorCase,
    expected: { ...expected, iekfMap: { ...expected.iekfMap, absTol: 1e-7 } },
  }
}

const rows = (flat: Float64Array, columns: number): number[][] =>
  Array.from({ length: flat.length / columns }, (_, i) =>
    Array.from(flat.slice(i * columns, (i + 1) * columns)),
  )
const pmfOf = (z: ArrayLike<number>): Float64Array => ilrInverse(z, new Float64Array(z.length + 1))

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input } = vectorCase
  if (has(input, 'K')) {
    return Object.fromEntries(input.K.map((n: number) => [`V${n}`, rows(helmert(n), n - 1)]))
  }
  if (has(input, 'binRep', 'p', 'qShift')) return noise(input)
  if (has(input, 'zPrior', 'PPrior', 'yMids', 'RDiag')) return update(vectorCase)
  if (has(input, 'z', 'P', 'pWx', 'kappaPerSec')) return ouStep(input)
  if (has(input, 'z', 'P', 'alive')) return drop(input)
  if (has(input, 'z', 'P')) {
    const p = filterOf(input.z, input.P).moments().mean
    return { cubatureMean: p, monteCarloMean: { p } }
  }
  if (has(input, 'p')) return transform(input)
  return unknownKind(vectorCase)
}

function transform({ p }: Json): Record<string, unknown> {
  const z = ilr(p, new Float64Array(p.length - 1))
  const back = pmfOf(z)
  const basis = helmert(p.length)
  const jacobian = ilrJacobian(back, basis, new Float64Array(basis.length))
  return { z, back, jacobian: rows(jacobian, z.length) }
}

/** The vector's directions are about the mean of its `p`; ours need no PMF to be the same. */
function noise({ binRep, qShift, qSpread, q0 }: Json): Record<string, unknown> {
  const config = { shift: qShift, spread: qSpread, isotropic: q0 }
  const { shiftDirection, spreadDirection, covariance } = new ProcessNoise(binRep, config)
  const Q = rows(covariance, binRep.length - 1)
  return { gShift: shiftDirection, gSpread: spreadDirection, Q }
}

const filterOf = (z: number[], P: number[][]): LogisticNormalFilter =>
  LogisticNormalFilter.of(z, P.flat())

function stateOf({ mean, covariance }: Pick<LogisticNormalFilter, 'mean' | 'covariance'>) {
  return { z: mean, p: pmfOf(mean), P: rows(covariance, mean.length) }
}

function update({ input, expected }: VectorCase): Record<string, unknown> {
  const { zPrior, PPrior, yMids, RDiag } = input
  const iterated = (iterations: number) => {
    const filter = filterOf(zPrior, PPrior)
    filter.observe(yMids, RDiag, iterations)
    return filter
  }
  expect(gradientNorm(input, iterated(60).mean)).toBeLessThan(1e-9)
  const ukf = unscentedUpdate(
    Float64Array.from(zPrior),
    Float64Array.from(PPrior.flat()),
    yMids,
    RDiag,
  )
  const iekf3 = stateOf(iterated(3))
  const sampled = expected.importanceSamplingMeanPmf
  expectClose({ p: stateOf(ukf).p }, { ...sampled, absTol: 0.005 })
  return {
    ekf: stateOf(iterated(1)),
    iekf3,
    iekfMap: stateOf(iterated(60)),
    ukf: { ...stateOf(ukf), predictedMeasurement: ukf.predictedMeasurement },
    importanceSamplingMeanPmf: { p: iekf3.p },
  }
}

/** Of half the negative log posterior at z: 0 at the MAP. */
function gradientNorm({ zPrior, PPrior, yMids, RDiag }: Json, z: Float64Array): number {
  const d = zPrior.length
  const p = pmfOf(z)
  const jacobian = rows(ilrJacobian(p, helmert(d + 1), new Float64Array(d * (d + 1))), d)
  const prior = luSolve(
    PPrior.flat(),
    zPrior.map((mean: number, k: number) => z[k]! - mean),
  )!
  return Math.max(
    ...Array.from(prior, (pull, k) => {
      const push = jacobian.reduce(
        (sum, row, i) => sum + (row[k]! * (yMids[i] - p[i]!)) / RDiag[i],
        0,
      )
      return Math.abs(pull - push)
    }),
  )
}

function ouStep({ z, P, pWx, kappaPerSec, dtSec, qPerSec }: Json): Record<string, unknown> {
  const filter = filterOf(z, P)
  const d = z.length
  const q = Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? qPerSec : 0))
  filter.predict(dtSec, kappaPerSec, ilr(pWx, new Float64Array(d)), q)
  return stateOf(filter)
}

function drop({ z, P, alive }: Json): Record<string, unknown> {
  const part = subcomposition(Float64Array.from(z), Float64Array.from(P.flat()), alive)
  expectClose(filterOf(z, P).keep(alive).mean, Array.from(part.mean))
  return { A: rows(subcompositionMap(z.length + 1, alive), z.length), ...stateOf(part) }
}
