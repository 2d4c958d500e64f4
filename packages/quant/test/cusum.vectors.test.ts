import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectClose,
  expectDiffers,
  has,
  isWrongKey,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import { Cusum, cusumArl, cusumArlSiegmund } from '../src/index.ts'

const POINTS_MAX = 2e7
const RUNS_MAX = 4_000

describe('cusum', () => {
  test.each(vectorCases('cusum'))('$name', (vectorCase) => {
    expectAnswer(vectorCase)
  })
})

function expectAnswer(vectorCase: VectorCase): void {
  const { input, expected } = vectorCase
  if (has(input, 'z')) expectPath(vectorCase)
  else if (has(expected, 'twoSidedARL')) expectRunLength(input, expected)
  else unknownKind(vectorCase)
}

function expectPath(vectorCase: VectorCase): void {
  const { input, expected } = vectorCase
  const got = path(input)
  const alarmCountCorrect = got.alarms.length
  expectCase({ ...got, alarmCountCorrect, alarmCountIfNeverReset: alarmCountCorrect }, vectorCase)
  for (const key of Object.keys(expected).filter(isWrongKey)) {
    expectDiffers(alarmCountCorrect, expected[key])
  }
  for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
    expectDiffers(Reflect.get(got, key), wrong, vectorCase.tol)
  }
}

function path({ z, k, h }: Json) {
  const cusum = new Cusum({ drift: k, threshold: h, holdOffUs: 0 })
  const gPlus: number[] = []
  const gMinus: number[] = []
  const alarms: { index: number; side: string }[] = []
  for (const [index, score] of z.entries()) {
    const alarm = cusum.add(index * 1e6, score)
    gPlus.push(cusum.up)
    gMinus.push(cusum.down)
    if (alarm !== 0) alarms.push({ index, side: alarm > 0 ? 'up' : 'down' })
  }
  return { gPlus, gMinus, alarms }
}

/** The formulas within 1 %; the code within 5 %, or 2.3 standard errors where runs are long. */
function expectRunLength({ k, h }: Json, expected: Json): void {
  expectClose(cusumArl(k, h, 200), expected.oneSidedARL_markov, { relTol: 0.01 })
  expectClose(cusumArl(k, h) / 2, expected.twoSidedARL, { relTol: 0.01 })
  expectClose(cusumArlSiegmund(k, h), expected.oneSidedARL_siegmund, { relTol: 1e-9 })
  const runs = Math.min(RUNS_MAX, Math.floor(POINTS_MAX / expected.twoSidedARL))
  const prng = new Prng(`cusum ${k} ${h}`)
  const cusum = new Cusum({ drift: k, threshold: h, holdOffUs: 0 })
  let points = 0
  for (let run = 0; run < runs; run++) while (cusum.add(points++, prng.nextNormal()) === 0);
  expect(Math.abs(points / runs / expected.twoSidedARL - 1)).toBeLessThan(
    Math.max(0.05, 2.3 / Math.sqrt(runs)),
  )
}
