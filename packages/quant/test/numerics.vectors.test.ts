import { describe, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import {
  erfc,
  expit,
  logGamma,
  logSumExp,
  normCdf,
  normInv,
  normPdf,
  regularisedBeta,
  regularisedGammaP,
  regularisedGammaQ,
  softmax,
  softplus,
  studentTCdf,
} from '../src/index.ts'

describe('numerics', () => {
  test.each(vectorCases('numerics'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
      expectDiffers(got[key], wrong, vectorCase.tol)
    }
  })
})

/** One argument lists of the same shape are told apart by the function the case is named after. */
const UNARY: readonly (readonly [beginning: RegExp, f: (x: number) => number])[] = [
  [/^normCdf/i, normCdf],
  [/^normPdf/i, normPdf],
  [/^erfc/i, erfc],
  [/^erf\b/i, (x) => 1 - erfc(x)],
  [/^(lgamma|logGamma|gammaln)/i, logGamma],
  [/^softplus/i, softplus],
  [/^expit/i, expit],
]

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input, expected, name } = vectorCase
  const pairs = (f: (...args: number[]) => number) => (row: number[]) => f(...row)
  if (has(input, 'p') && has(expected, 'x')) return { x: input.p.map((p: number) => normInv(p)) }
  if (has(input, 'nuX')) return { y: input.nuX.map(([nu, x]: number[]) => studentTCdf(x!, nu!)) }
  if (has(input, 'abx')) return { y: input.abx.map(pairs(regularisedBeta)) }
  if (has(input, 'ax')) {
    const upper = /Q$|upper/i.test(name)
    return { y: input.ax.map(pairs(upper ? regularisedGammaQ : regularisedGammaP)) }
  }
  if (has(input, 'z') && (has(expected, 'lse') || has(expected, 'softmax'))) {
    return { lse: input.z.map(logSumExp), softmax: input.z.map((z: Json) => softmax(z)) }
  }
  if (has(input, 'x') && (has(expected, 'expit') || has(expected, 'softplus'))) {
    return { expit: input.x.map(expit), softplus: input.x.map(softplus) }
  }
  const unary = UNARY.find(([beginning]) => beginning.test(name))?.[1]
  if (has(input, 'x') && unary) return { y: input.x.map(unary) }
  return unknownKind(vectorCase)
}
