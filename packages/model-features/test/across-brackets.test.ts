import { describe, expect, test } from 'vitest'
import { binCentresF, centreOfMass, relativeAccelerations } from '../src/index.ts'

const rung = (acceleration: number | null, isActive = true, se: number | null = null) => ({
  acceleration,
  isActive,
  accelerationSe: se,
})

describe('across brackets', () => {
  test('centres of bins, open tails one degree beyond their edge', () => {
    const bins = [
      { lowF: -Infinity, highF: 74.5 },
      { lowF: 74.5, highF: 76.5 },
      { lowF: 76.5, highF: Infinity },
    ]
    expect(binCentresF(bins)).toEqual([73.5, 75.5, 77.5])
    expect(() => binCentresF([{ lowF: 3, highF: 3 }])).toThrow('bin')
    expect(() => binCentresF([{ lowF: -Infinity, highF: Infinity }])).toThrow('everything')
    expect(() => binCentresF([{ lowF: NaN, highF: 3 }])).toThrow('bin')
  })

  test('a centre of mass needs a PMF', () => {
    expect(centreOfMass([0.25, 0.75], [70, 72])).toBe(71.5)
    expect(() => centreOfMass([0.25, 0.7], [70, 72])).toThrow('mass')
    expect(() => centreOfMass([NaN, 1], [70, 72])).toThrow('probability')
    expect(() => centreOfMass([1], [70, 72])).toThrow('centre for every')
  })

  test('an inactive neighbour is left out, not counted as zero nor jumped over', () => {
    const got = relativeAccelerations([rung(5), rung(9, false), rung(1), rung(2), rung(null)])
    expect(got.map((r) => r?.ras ?? null)).toEqual([null, null, -1, 1, null])
  })

  test('the largest neighbour decides the spread, and z needs every error', () => {
    const [, middle] = relativeAccelerations([rung(1, true, 3), rung(6, true, 4), rung(3, true, 3)])
    expect(middle).toEqual({ ras: 4, accelSpread: 3, z: 0.8 })
    expect(relativeAccelerations([rung(1), rung(6, true, 4)])[1]!.z).toBeNull()
    expect(() => relativeAccelerations([rung(NaN), rung(1)])).toThrow('acceleration')
  })
})
