import { describe, expect, test } from 'vitest'
import {
  feedFractions,
  parseMetarGroup,
  roundHalfUp,
  tenthsCOfWholeF,
  wholeFOfTenthsC,
  wholeFsOfWholeC,
} from '@kwm/model-weather'
import {
  expectCase,
  expectDiffers,
  unknownKind,
  vectorCases,
  type Json,
  type VectorCase,
} from '../../../vectors/vector-loop.ts'

describe('vector asos_rounding', () => {
  test.each(vectorCases('asos_rounding'))('$name', (c) => {
    const got = answer(c)
    expectCase(got, c)
    for (const [name, wrong] of Object.entries(c.wrong ?? {})) {
      expectDiffers(got[name] ?? Object.values(got)[0], wrong, c.tol)
    }
  })
})

function answer(c: VectorCase): Record<string, Json> {
  const { input } = c
  switch (input.op) {
    case 'roundHalfUp':
      return { value: roundHalfUp(input.x) }
    case 'tgroupRoundTrip': {
      const wholeF = range(input.fromF, input.toF)
      const tenthsC = wholeF.map(tenthsCOfWholeF)
      expect(tenthsC.map(wholeFOfTenthsC)).toEqual(wholeF)
      return { tenthsC }
    }
    case 'preimage': {
      const wholeC = range(input.fromC, input.toC)
      return { preimage: Object.fromEntries(wholeC.map((t) => [t, wholeFsOfWholeC(t)])) }
    }
    case 'metarGroup':
      return { ...parseMetarGroup(input.group) }
    case 'fingerprint':
      return { ...feedFractions(input.temps) }
    default:
      return unknownKind(c)
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)
