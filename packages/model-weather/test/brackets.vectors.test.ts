import { describe, expect, test } from 'vitest'
import { checkPartition, continuousEdges, winningBracket, type Bracket } from '@kwm/model-venue'
import {
  dressedEnsembleBracketPmf,
  mixedRunningHighBracketPmf,
  normalBracketPmf,
  runningHighBracketPmf,
} from '@kwm/model-weather'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
  type Json,
  type VectorCase,
} from '../../../vectors/vector-loop.ts'

describe('vector brackets', () => {
  test.each(vectorCases('brackets'))('$name', (c) => {
    const brackets = bracketsOf(c.input.brackets)
    const got: Record<string, Json> = answer(c, brackets)
    expectCase(got, c)
    for (const [name, wrong] of Object.entries(c.wrong ?? {})) {
      // A naive PMF is compared whole, a naive total against our total.
      const ours = Array.isArray(wrong) ? got['pmf'] : sum(got['pmf'])
      if (ours === undefined) throw new Error(`nothing to compare ${name} with`)
      expectDiffers(ours, wrong, c.tol)
    }
    expect(sum(got['pmf'] ?? [1])).toBeCloseTo(1, 12)
  })
})

function answer(c: VectorCase, brackets: readonly Bracket[]): Record<string, Json> {
  const { input, expected } = c
  if (has(input, 'temps')) {
    return { winner: input.temps.map((t: number) => winningBracket(brackets, t)?.marketTicker) }
  }
  if (has(input, 'members')) {
    const dressing = { biasF: input.bias, dressSdF: input.dressSd }
    return { pmf: dressedEnsembleBracketPmf(brackets, input.members, dressing) }
  }
  if (has(input, 'mean', 'sd')) {
    const futureMax = { meanF: input.mean, sdF: input.sd }
    if (has(input, 'runningHighPmf')) {
      const entries: [string, number][] = Object.entries(input.runningHighPmf)
      const runningHigh = new Map(entries.map(([highF, p]) => [Number(highF), p]))
      return mixedRunningHighBracketPmf(brackets, futureMax, runningHigh)
    }
    if (has(input, 'runningHighF')) {
      return runningHighBracketPmf(brackets, futureMax, input.runningHighF)
    }
    return { pmf: normalBracketPmf(brackets, futureMax) }
  }
  if (has(expected, 'edges')) return { edges: brackets.map(continuousEdges) }
  if (has(expected, 'valid')) return partitionAnswer(brackets, expected)
  return unknownKind(c)
}

/** The vector pins the wording of an overlap only; of any other fault, the whole number it names. */
function partitionAnswer(brackets: readonly Bracket[], expected: Json): Record<string, Json> {
  const check = checkPartition(brackets)
  if (check.valid || expected.valid || /^-?\d+ twice$/.test(expected.reason)) return { ...check }
  const { fault } = check
  const named = fault.kind === 'strike' ? fault.marketTicker : String(fault.value)
  return expected.reason.includes(named) ? { ...check, reason: expected.reason } : { ...check }
}

const bracketsOf = (listed: Json): readonly Bracket[] =>
  listed.map(({ ticker, strikeType, floor, cap }: Json) => ({
    marketTicker: ticker,
    strikeType,
    floor,
    cap,
  }))

const sum = (pmf: Json): number => pmf.reduce((total: number, p: number) => total + p, 0)
