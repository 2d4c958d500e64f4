import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FOCUS_ARL, Focus } from '../src/index.ts'
import type { FocusForm } from '../src/index.ts'
import { FORMS, S, scores } from './shifting-scores.ts'

/** Every past time in turn, from the likelihoods: what the pruning must never change. */
function bruteForce(z: readonly number[], form: FocusForm): { statistic: number; at: number[] }[] {
  const sums = [0]
  for (const value of z) sums.push(sums.at(-1)! + value)
  const squares = (from: number, to: number): number =>
    to > from ? (sums[to]! - sums[from]!) ** 2 / (2 * (to - from)) : 0
  return z.map((_, last) => {
    const n = last + 1
    const all = Array.from({ length: n }, (__, t) =>
      form === 'known-mean' ? squares(t, n) : squares(0, t) + squares(t, n) - squares(0, n),
    )
    const statistic = Math.max(...all)
    return { statistic, at: all.flatMap((value, t) => (value > statistic - 1e-9 ? [t] : [])) }
  })
}

describe('FOCuS', () => {
  test.each(FORMS)('the %s statistic is the brute-force maximum at every step', (form) => {
    fc.assert(
      fc.property(scores, (z) => {
        const focus = new Focus({ form, threshold: Number.MAX_VALUE })
        const expected = bruteForce(z, form)
        for (const [i, score] of z.entries()) {
          focus.add(i * S, score)
          const { statistic, at } = expected[i]!
          expect(Math.abs(focus.statistic - statistic)).toBeLessThan(1e-9)
          if (statistic > 1e-6) expect(at).toContain(focus.changeCount)
          if (focus.changeCount !== null) expect(focus.changeTimeUs).toBe(focus.changeCount * S)
        }
      }),
      { numRuns: 200 },
    )
  })

  test.each(FORMS)('a day of quiet seconds keeps fewer than 60 candidates, %s', (form) => {
    const prng = new Prng(`day ${form}`)
    const focus = new Focus({ form, threshold: Number.MAX_VALUE })
    let most = 0
    for (let i = 0; i < 86_400; i++) {
      focus.add(i * S, prng.nextNormal())
      most = Math.max(most, focus.candidateCount)
    }
    expect(most).toBeLessThan(60)
    expect(focus.droppedCount).toBe(0)
  })

  test('a mirrored series gives mirrored alarms', () => {
    fc.assert(
      fc.property(scores, fc.constantFrom(...FORMS), (z, form) => {
        const [up, down] = [new Focus({ form, threshold: 4 }), new Focus({ form, threshold: 4 })]
        for (const [i, score] of z.entries()) {
          expect(down.add(i, -score) + up.add(i, score)).toBe(0)
          expect(down.statistic).toBe(up.statistic)
        }
      }),
    )
  })

  test('the unknown form does not see the level, the known form sees nothing else', () => {
    fc.assert(
      fc.property(scores, (z) => {
        const plain = new Focus({ form: 'unknown-mean', threshold: Number.MAX_VALUE })
        const lifted = new Focus({ form: 'unknown-mean', threshold: Number.MAX_VALUE })
        for (const [i, score] of z.entries()) {
          plain.add(i, score)
          lifted.add(i, score + 70)
          expect(Math.abs(lifted.statistic - plain.statistic)).toBeLessThan(1e-8)
        }
      }),
    )
    const known = new Focus({ form: 'known-mean', threshold: 10 })
    expect(Array.from({ length: 100 }, (_, i) => known.add(i, 0.5)).indexOf(1)).toBe(79)
  })

  test('an alarm names direction and time of the change, and the next point starts afresh', () => {
    const focus = new Focus({ form: 'unknown-mean', threshold: 10 })
    const prng = new Prng(11)
    for (let i = 0; i < 300; i++) focus.add(i * S, prng.nextNormal())
    let i = 300
    while (focus.add(i * S, prng.nextNormal() - 2) === 0) i++
    expect(focus.sign).toBe(-1)
    expect(Math.abs(focus.changeCount! - 300)).toBeLessThan(5)
    expect(focus.changeTimeUs).toBe(focus.changeCount! * S)
    expect(i).toBeLessThan(325)
    expect(focus.add(i * S, 0)).toBe(0)
    expect([focus.count, focus.candidateCount]).toEqual([1, 4])
  })

  test('past its room the statistic is a lower bound that says so', () => {
    // A parabola: every point is a vertex of the hull.
    const focus = new Focus({ form: 'unknown-mean', threshold: Number.MAX_VALUE })
    for (let i = 0; i < 5_000; i++) focus.add(i, i * 1e-3)
    expect(focus.droppedCount).toBeGreaterThan(0)
    expect(focus.candidateCount).toBeLessThanOrEqual(2 * 4_096)
    // The halves of a line differ most in the middle, by half of its rise.
    const exact = ((2_500 * 2_500) / (2 * 5_000)) * 2.5 ** 2
    expect(focus.statistic).toBeGreaterThan(0.5 * exact)
    expect(focus.statistic).toBeLessThanOrEqual(exact * (1 + 1e-9))
  })

  // Standard error of 2,500 runs 2.0 %, of the table 2.2 %.
  test.each(FORMS)('false alarms come as often as the table says, %s', (form) => {
    const rows = FOCUS_ARL.filter(({ threshold }) => threshold === 6 || threshold === 7)
    for (const row of rows) {
      const prng = new Prng(`${form} ${row.threshold}`)
      const focus = new Focus({ form, threshold: row.threshold })
      let points = 0
      for (let run = 0; run < 2_500; run++) while (focus.add(points++, prng.nextNormal()) === 0);
      expect(Math.abs(points / 2_500 / row[form] - 1)).toBeLessThan(0.08)
    }
  })
})
