import { describe, test } from 'vitest'
import { sortBrackets, wholeRange, type Bracket } from '@kwm/model-venue'
import {
  autocovariances,
  bracketsOf,
  discreteHazard,
  firstPassage,
  FreeMoments,
  hazardWithin,
  KilledChain,
  noiseRobustPhi,
  nowcast,
  simulateMaxima,
  startOf,
  type ResidualPath,
} from '@kwm/model-weather'
import {
  expectCase,
  expectClose,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
  type Json,
  type VectorCase,
} from '../../../vectors/vector-loop.ts'

describe('vector nowcast', () => {
  test.each(vectorCases('nowcast'))('$name', (c) => {
    const got = answer(c)
    expectCase(got, c)
    for (const [name, wrong] of Object.entries(c.wrong ?? {})) {
      expectDiffers(wrongCounterpart(name, got), wrong, c.tol)
    }
    if (c.mcTol !== undefined) simulationAgrees(c, got)
  })
})

/** The naive marginal of a step stands against our first passage by that step. */
function wrongCounterpart(name: string, got: Record<string, Json>): Json {
  const step = /Step(\d+)$/.exec(name)?.[1]
  return step === undefined ? Object.values(got)[0] : got['firstPassage'][Number(step) - 1]
}

function answer(c: VectorCase): Record<string, Json> {
  const { input } = c
  if (has(input, 'y')) {
    const gamma = autocovariances([input.y], 3)
    const phiNaive = gamma[1]! / gamma[0]!
    const phiNoiseRobust = noiseRobustPhi(gamma)
    return { gamma, phiNaive, phiNoiseRobust }
  }
  if (has(input, 'F', 'runningHighF')) return chainAnswer(input)
  if (has(input, 'sd', 'phi', 'u0')) return momentsAnswer(input)
  return unknownKind(c)
}

const pathOf = ({ F, bias, sd, phi, u0 }: Json): ResidualPath => ({
  meanF: F.map((f: number, k: number) => f + (bias?.[k] ?? 0)),
  sdF: sd,
  phi,
  ...startOf(phi, { u: u0, gapSteps: 1 }),
})

function chainAnswer(input: Json): Record<string, Json> {
  const path = pathOf(input)
  const chain = new KilledChain(input.phi)
  const survival = chain.survival(path, [input.runningHighF + 0.5])[0]!
  const answers = {
    survival,
    firstPassage: firstPassage(survival),
    discreteHazard: discreteHazard(survival),
    hazardNext: hazardWithin(survival, 1),
    hazard15min: hazardWithin(survival, 3),
    hazard60min: hazardWithin(survival, 12),
    probNewHigh: 1 - survival.at(-1)!,
  }
  if (!has(input, 'brackets')) return answers
  const soFar = { lowestF: input.runningHighF, p: [1] }
  const now = nowcast(chain, path, soFar, { meanF: 0, sdF: 0 })
  expectClose(now.hazard60min, answers.hazard60min, 1e-12)
  return { ...answers, bracketPmf: bracketsOf(now.pmf, listed(input.brackets)) }
}

/** Mean and deviation of the residual in °F at each step. */
function momentsAnswer(input: Json): Record<string, Json> {
  const u = new FreeMoments(pathOf({ ...input, F: input.sd.map(() => 0) }))
  const [mean, sd]: [number[], number[]] = [[], []]
  for (const s of input.sd) {
    mean.push(s * u.mean)
    sd.push(s * Math.sqrt(u.variance))
    u.advance()
  }
  return { mean, sd }
}

function simulationAgrees({ input, mcTol }: VectorCase, got: Record<string, Json>): void {
  const overF = input.runningHighF + 0.5
  const { maxF, withinF } = simulateMaxima(pathOf(input), [12], {
    ...{ paths: 20_000, seed: 'vector nowcast' },
  })
  const over = (maxima: Float64Array): number =>
    maxima.filter((max) => max > overF).length / maxima.length
  expectClose(over(withinF[0]!), got['hazard60min'], mcTol)
  expectClose(over(maxF), got['probNewHigh'], mcTol)
}

const listed = (brackets: Json): readonly Bracket[] => {
  const own: Bracket[] = brackets.map(({ ticker, strikeType, floor, cap }: Json) => ({
    marketTicker: ticker,
    strikeType,
    floor,
    cap,
  }))
  // The vector lists them lowest first, which the answer relies on.
  expectClose(sortBrackets(own).map(wholeRange), own.map(wholeRange))
  return own
}
