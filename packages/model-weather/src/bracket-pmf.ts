import { assert } from '@kwm/std'
import { normCdf } from '@kwm/quant'
import { wholeRange, type Bracket } from '@kwm/model-venue'

/** A normal for the continuous maximum, °F, before it is rounded half up to a whole degree. */
export type NormalMax = { readonly meanF: number; readonly sdF: number }

/** P(the official maximum so far is this whole °F); sums to 1. */
export type RunningHighPmf = ReadonlyMap<number, number>

export type RunningHighPmfResult = {
  /** In the order of the brackets given. */
  readonly pmf: readonly number[]
  /** Tickers of brackets below the running high: they cannot win any more. */
  readonly dead: readonly string[]
}

const SUM_TOLERANCE = 1e-9

/** Bracket probabilities of a normal maximum, in the order of the brackets given. */
export const normalBracketPmf = (
  brackets: readonly Bracket[],
  { meanF, sdF }: NormalMax,
): readonly number[] => {
  checkNormal(meanF, sdF)
  return brackets.map((bracket) => {
    const { lowest, highest } = wholeRange(bracket)
    return normalMass(lowest - 0.5, highest + 0.5, meanF, sdF)
  })
}

/**
 * The same, when the day's official high so far is `runningHighF`: the final maximum is the larger
 * of it and the rest of the day's, so everything below it is impossible and all that mass sits on
 * the bracket that holds it.
 */
export function runningHighBracketPmf(
  brackets: readonly Bracket[],
  futureMax: NormalMax,
  runningHighF: number,
): RunningHighPmfResult {
  const { meanF, sdF } = futureMax
  checkNormal(meanF, sdF)
  assert(Number.isSafeInteger(runningHighF), `running high: ${runningHighF}`)
  const dead: string[] = []
  const pmf = brackets.map((bracket) => {
    const { lowest, highest } = wholeRange(bracket)
    if (highest < runningHighF) {
      dead.push(bracket.marketTicker)
      return 0
    }
    const from = lowest > runningHighF ? lowest - 0.5 : -Infinity
    return normalMass(from, highest + 0.5, meanF, sdF)
  })
  return { pmf, dead }
}

/** The same, when the running high itself is uncertain: the mixture over what it may be. */
export function mixedRunningHighBracketPmf(
  brackets: readonly Bracket[],
  futureMax: NormalMax,
  runningHigh: RunningHighPmf,
): RunningHighPmfResult {
  assert(runningHigh.size > 0, 'empty running-high PMF')
  const pmf = brackets.map(() => 0)
  let total = 0
  for (const [highF, probability] of runningHigh) {
    assert(probability >= 0 && probability <= 1, `P(high = ${highF}): ${probability}`)
    total += probability
    const given = runningHighBracketPmf(brackets, futureMax, highF)
    for (const [k, p] of given.pmf.entries()) pmf[k]! += probability * p
  }
  assert(Math.abs(total - 1) <= SUM_TOLERANCE, `running-high PMF sums to ${total}`)
  const possible = [...runningHigh].filter(([, p]) => p > 0).map(([highF]) => highF)
  const lowestHighF = Math.min(...possible)
  const dead = brackets.filter((bracket) => wholeRange(bracket).highest < lowestHighF)
  return { pmf, dead: dead.map((bracket) => bracket.marketTicker) }
}

/**
 * Ensemble members (each member's maximum, °F) as bracket probabilities: a normal kernel of
 * `dressSdF` around each member shifted by `biasF`. Raw member counts give hard zeros; never use
 * them. Members must already be the larger of their path and the running high.
 */
export function dressedEnsembleBracketPmf(
  brackets: readonly Bracket[],
  membersF: readonly number[],
  dressing: { readonly biasF: number; readonly dressSdF: number },
): readonly number[] {
  assert(membersF.length > 0, 'no ensemble members')
  const pmf = brackets.map(() => 0)
  for (const memberF of membersF) {
    const kernel = { meanF: memberF + dressing.biasF, sdF: dressing.dressSdF }
    for (const [k, p] of normalBracketPmf(brackets, kernel).entries()) pmf[k]! += p
  }
  return pmf.map((p) => p / membersF.length)
}

/** P(from < X ≤ to). In the upper tail by reflection, so that small masses keep their digits. */
function normalMass(from: number, to: number, mean: number, sd: number): number {
  const a = (from - mean) / sd
  const b = (to - mean) / sd
  return a > 0 ? normCdf(-a) - normCdf(-b) : normCdf(b) - normCdf(a)
}

function checkNormal(meanF: number, sdF: number): void {
  assert(Number.isFinite(meanF), `mean: ${meanF}`)
  assert(Number.isFinite(sdF) && sdF > 0, `standard deviation: ${sdF}`)
}
