import { Prng } from '@kwm/std'
import fc from 'fast-check'
import type { FocusForm } from '../src/index.ts'

export const FORMS: readonly FocusForm[] = ['known-mean', 'unknown-mean']
export const S = 1_000_000

/** Normals that shift now and then; a third of the series are coarse, so that values tie. */
export const scores: fc.Arbitrary<number[]> = fc
  .record({
    seed: fc.integer(),
    length: fc.integer({ min: 1, max: 160 }),
    shift: fc.double({ min: -3, max: 3, noNaN: true }),
    coarse: fc.constantFrom(0, 0, 2),
  })
  .map(({ seed, length, shift, coarse }) => {
    const prng = new Prng(seed)
    const change = prng.nextInt(length)
    return Array.from({ length }, (_, i) => {
      const z = prng.nextNormal() + (i >= change ? shift : 0)
      return coarse > 0 ? Math.round(z * coarse) / coarse : z
    })
  })
