import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import {
  areaUnderRoc,
  benjaminiHochberg,
  brierDecomposition,
  calibrationError,
  clusteredTest,
  corpDecomposition,
  deflatedSharpe,
  dieboldMariano,
  expectedMaxSharpe,
  holm,
  logLoss,
  minTrackRecord,
  multiclassBrier,
  multiclassLogScore,
  neweyWestTest,
  probabilisticSharpe,
  rankedProbabilityScore,
  sharpeStatistics,
  spearman,
  spiegelhalterTest,
  weightedSlope,
} from '../src/index.ts'

describe('scoring', () => {
  test.each(vectorCases('scoring'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
      expect(got).toHaveProperty(key)
      expectDiffers(got[key], wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input, expected } = vectorCase
  if (has(input, 'p', 'y')) return binary(vectorCase)
  if (has(input, 'pmf', 'outcome')) return pmfs(input)
  if (has(input, 'loss1', 'loss2', 'h')) {
    const { meanDiff, dm, hln, pTwoSided } = dieboldMariano(input.loss1, input.loss2, input.h)!
    return { meanDiff, dm, hln, pTwoSidedT: pTwoSided }
  }
  if (has(input, 'd', 'lags')) {
    const { standardError, t, mean } = neweyWestTest(input.d, input.lags)
    return { mean, se: standardError, t }
  }
  if (has(input, 'd') && has(expected, 'se')) {
    const clusters = input.cluster ?? input.clusters ?? input.group ?? input.groups
    const { standardError, t, mean } = clusteredTest(input.d, clusters)
    return { mean, se: standardError, t }
  }
  if (has(input, 'returns', 'trials', 'varTrialsSR')) return sharpe(input)
  if (has(input, 'p', 'q')) {
    const bhAdjusted = benjaminiHochberg(input.p)
    const nRejectedBH = bhAdjusted.filter((p) => p <= input.q).length
    return { bhAdjusted, nRejectedBH, holmAdjusted: holm(input.p) }
  }
  if (has(input, 'meanEv', 'meanPnl', 'n')) {
    return {
      spearman: spearman(input.meanEv, input.meanPnl),
      wlsSlope: weightedSlope(input.meanEv, input.meanPnl, input.n),
    }
  }
  return unknownKind(vectorCase)
}

function binary(vectorCase: VectorCase): Record<string, unknown> {
  const {
    input: { p, y, bins, clipLo, clipHi },
    expected,
  } = vectorCase
  if (has(expected, 'REL', 'RES', 'UNC')) {
    const d = brierDecomposition(p, y, bins ? { equalWidth: bins } : 'distinct')
    const { brier, reliability: REL, resolution: RES, uncertainty: UNC } = d
    return { brier, REL, RES, UNC, WBV: d.withinVariance, WBC: d.withinCovariance, rows: d.bins }
  }
  if (has(expected, 'MCB', 'DSC', 'UNC')) {
    const d = corpDecomposition(p, y)
    const { score: S, miscalibration: MCB, discrimination: DSC, uncertainty: UNC } = d
    return { S, MCB, DSC, UNC, recalibrated: d.recalibrated }
  }
  if (has(expected, 'eceEqualWidth10')) {
    const wide = calibrationError(p, y, { equalWidth: 10 })
    return {
      eceEqualWidth10: wide.expected,
      mceEqualWidth10: wide.maximum,
      eceEqualMass8: calibrationError(p, y, { equalMass: 8 }).expected,
      squaredCE: wide.squared,
      squaredCEdebiased: wide.squaredDebiased,
    }
  }
  if (has(expected, 'logLoss', 'spiegelhalterZ', 'auc')) {
    const held = p.map((q: number) => Math.min(clipHi, Math.max(clipLo, q)))
    const { z, pTwoSided } = spiegelhalterTest(held, y)!
    const auc = areaUnderRoc(p, y)
    // The case's clip is of the z; its log loss is scikit-learn's, held off 0 and 1 by rounding only.
    return { logLoss: logLoss(p, y, [1e-15, 1 - 1e-15]), spiegelhalterZ: z, pTwoSided, auc }
  }
  return unknownKind(vectorCase)
}

function pmfs({ pmf, outcome }: Json): Record<string, unknown> {
  return {
    rps: pmf.map((row: number[], i: number) => rankedProbabilityScore(row, outcome[i])),
    brierMulti: pmf.map((row: number[], i: number) => multiclassBrier(row, outcome[i])),
    logScore: pmf.map((row: number[], i: number) => multiclassLogScore(row, outcome[i])),
  }
}

function sharpe({ returns, trials, varTrialsSR }: Json): Record<string, unknown> {
  const statistics = sharpeStatistics(returns)!
  return {
    sharpePerPeriod: statistics.sharpe,
    skew: statistics.skewness,
    kurt: statistics.kurtosis,
    psr0: probabilisticSharpe(statistics),
    expectedMaxSR: expectedMaxSharpe(trials, varTrialsSR),
    dsr: deflatedSharpe(statistics, trials, varTrialsSR),
    minTrackRecord95: minTrackRecord(statistics),
  }
}
