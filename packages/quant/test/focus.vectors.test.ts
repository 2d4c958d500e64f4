import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import { FOCUS_ARL, Focus } from '../src/index.ts'
import type { FocusForm } from '../src/index.ts'

/** Run lengths are simulated up to this threshold; beyond, the table is compared with ours. */
const SIMULATED_THRESHOLD_MAX = 8
const RUNS = 2_000

describe('focus', () => {
  test.each(vectorCases('focus'))('$name', (vectorCase) => {
    expectAnswer(vectorCase)
  })
})

function expectAnswer(vectorCase: VectorCase): void {
  const { input, expected } = vectorCase
  if (has(input, 'z', 'known')) expectSeries(vectorCase)
  else if (has(expected, 'known') || has(expected, 'unknown')) expectRunLengths(expected)
  else unknownKind(vectorCase)
}

function expectSeries(vectorCase: VectorCase): void {
  const { input, expected } = vectorCase
  const form: FocusForm = input.known ? 'known-mean' : 'unknown-mean'
  const focus = new Focus({ form, threshold: Number.MAX_VALUE })
  const statistic: number[] = []
  const changeEstimate: (number | null)[] = []
  let candidates = 0
  for (const [i, z] of input.z.entries()) {
    focus.add(i * 1e6, z)
    statistic.push(focus.statistic)
    changeEstimate.push(focus.changeCount)
    if (focus.changeCount !== null) expect(focus.changeTimeUs).toBe(focus.changeCount * 1e6)
    candidates = Math.max(candidates, focus.candidateCount)
  }
  const firstCrossing = Object.fromEntries(
    Object.keys(expected.firstCrossing ?? {}).map((threshold) => [
      threshold,
      firstAlarm(input.z, form, Number(threshold)),
    ]),
  )
  const got = { statistic, changeEstimate, firstCrossing, maxCandidates: expected.maxCandidates }
  expectCase(got, vectorCase)
  // Either stack of ours holds the start and the newest point as well.
  if (has(expected, 'maxCandidates')) expect(candidates).toBeLessThan(expected.maxCandidates + 4)
  for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
    expectDiffers(Reflect.get(got, key), wrong, vectorCase.tol)
  }
}

function firstAlarm(z: readonly number[], form: FocusForm, threshold: number): number | null {
  const focus = new Focus({ form, threshold })
  const index = z.findIndex((score, i) => focus.add(i, score) !== 0)
  return index < 0 ? null : index
}

function expectRunLengths(expected: Json): void {
  for (const [key, form] of [
    ['known', 'known-mean'],
    ['unknown', 'unknown-mean'],
  ] as const) {
    const rows: { threshold: number; arl: number }[] = expected[key] ?? []
    const simulated = rows.filter(({ threshold }) => threshold <= SIMULATED_THRESHOLD_MAX)
    const lengths = meanRunLengths(
      form,
      simulated.map(({ threshold }) => threshold),
    )
    for (const [i, { arl }] of simulated.entries()) {
      expect(Math.abs(lengths[i]! / arl - 1)).toBeLessThan(0.08)
    }
    for (const { threshold, arl } of rows) {
      const ours = FOCUS_ARL.find((row) => row.threshold === threshold)
      if (ours) expect(Math.abs(ours[form] / arl - 1)).toBeLessThan(0.08)
    }
  }
}

/** One series serves every threshold: the alarm is the first crossing, whatever is above it. */
function meanRunLengths(form: FocusForm, thresholds: readonly number[]): number[] {
  const prng = new Prng(`focus ${form}`)
  const ascending = [...thresholds].sort((a, b) => a - b)
  const totals = ascending.map(() => 0)
  for (let run = 0; run < RUNS; run++) {
    const focus = new Focus({ form, threshold: ascending.at(-1)! })
    let passed = 0
    while (passed < ascending.length) {
      focus.add(focus.count, prng.nextNormal())
      while (passed < ascending.length && focus.statistic > ascending[passed]!) {
        totals[passed++]! += focus.count
      }
    }
  }
  return thresholds.map((threshold) => totals[ascending.indexOf(threshold)]! / RUNS)
}
