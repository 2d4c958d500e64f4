import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  Cusum,
  Focus,
  RUN_LENGTHS_MAX,
  RunLengthFilter,
  Standardiser,
  cusumArl,
  cusumThreshold,
  focusThreshold,
  logGamma,
  logSumExp,
} from '../src/index.ts'
import type { FocusForm } from '../src/index.ts'
import { FORMS, S, scores } from './shifting-scores.ts'

describe('false alarms', () => {
  test.each([
    [0.5, 4],
    [0.5, 5],
  ])('a CUSUM with drift %d and threshold %d raises them as often as its formula', (k, h) => {
    const prng = new Prng(`arl ${k} ${h}`)
    const cusum = new Cusum({ drift: k, threshold: h, holdOffUs: 0 })
    let points = 0
    for (let run = 0; run < 4_000; run++) while (cusum.add(points++, prng.nextNormal()) === 0);
    expect(Math.abs(points / 4_000 / (cusumArl(k, h) / 2) - 1)).toBeLessThan(0.05)
  })

  test('the published one-sided length at k = 0.5, h = 5 is 930.87', () => {
    expect(cusumArl(0.5, 5, 200)).toBeCloseTo(930.87, 0)
  })

  test('thresholds are asked for by the length they should give', () => {
    expect(cusumArl(0.5, cusumThreshold(5_000, 0.5)) / 2).toBeCloseTo(5_000, -1)
    expect(focusThreshold(10_000, 'known-mean')).toBeCloseTo(9.41, 2)
    expect(focusThreshold(17_216.9, 'known-mean')).toBeCloseTo(10, 12)
    expect(() => focusThreshold(50, 'known-mean')).toThrow('run length')
    expect(() => focusThreshold(1e7, 'known-mean')).toThrow('run length')
  })
})

describe('CUSUM', () => {
  test('either sum is the highest rise of the path since it last restarted', () => {
    fc.assert(
      fc.property(scores, (z) => {
        const cusum = new Cusum({ drift: 0.5, threshold: 5, holdOffUs: 0 })
        let start = 0
        for (const [i, score] of z.entries()) {
          const alarm = cusum.add(i * S, score)
          const rises = Array.from({ length: i - start + 1 }, (_, k) =>
            z.slice(start + k, i + 1).reduce((sum, value) => sum + value - 0.5, 0),
          )
          expect(cusum.up).toBeCloseTo(Math.max(0, ...rises), 10)
          if (alarm !== 0) start = i + 1
        }
      }),
    )
  })

  test('the change is dated by the first point since the sum left zero', () => {
    const cusum = new Cusum({ threshold: 4 })
    const alarms = [0.9, -1, -0.2, 2, 2, 2].map((z, i) => cusum.add(i * S, z))
    expect(alarms).toEqual([0, 0, 0, 0, 0, 1])
    expect(cusum.changeTimeUs).toBe(3 * S)
    expect(new Cusum().changeTimeUs).toBeNull()
  })

  test('nothing is counted until the hold-off is over', () => {
    const cusum = new Cusum({ threshold: 4, holdOffUs: 10 * S })
    const alarms = Array.from({ length: 40 }, (_, i) => cusum.add(i * S, 2))
    const at = alarms.flatMap((alarm, i) => (alarm === 1 ? [i] : []))
    // Three points of 1.5 pass 4; ten seconds are skipped after each alarm.
    expect(at).toEqual([2, 15, 28])
  })
})

describe('run-length filter', () => {
  type Prior = { hazard: number; mu0: number; kappa0: number; alpha0: number; beta0: number }
  const prior: fc.Arbitrary<Prior> = fc.record({
    hazard: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
    mu0: fc.double({ min: -1, max: 1, noNaN: true }),
    kappa0: fc.double({ min: 0.05, max: 2, noNaN: true }),
    alpha0: fc.double({ min: 0.5, max: 3, noNaN: true }),
    beta0: fc.double({ min: 0.2, max: 3, noNaN: true }),
  })

  /** ln of the marginal likelihood of one segment, in closed form from its mean and squares. */
  function logSegment(x: readonly number[], { mu0, kappa0, alpha0, beta0 }: Prior): number {
    const m = x.length
    const mean = x.reduce((sum, value) => sum + value, 0) / m
    const squares = x.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    const beta = beta0 + squares / 2 + (kappa0 * m * (mean - mu0) ** 2) / (2 * (kappa0 + m))
    const alpha = alpha0 + m / 2
    const shape = logGamma(alpha) - logGamma(alpha0) + 0.5 * Math.log(kappa0 / (kappa0 + m))
    return (
      shape + alpha0 * Math.log(beta0) - alpha * Math.log(beta) - (m / 2) * Math.log(2 * Math.PI)
    )
  }

  /** Every way to cut the series into segments, with its probability and the data's. */
  function enumerate(x: readonly number[], p: Prior): { logEvidence: number; within: number[] } {
    const logs: number[] = []
    const lengths: number[] = []
    for (let cuts = 0; cuts < 2 ** (x.length - 1); cuts++) {
      let log = 0
      let start = 0
      for (let i = 1; i <= x.length; i++) {
        const isCut = i === x.length || (cuts & (1 << (i - 1))) !== 0
        if (i < x.length) log += Math.log(isCut ? p.hazard : 1 - p.hazard)
        if (!isCut) continue
        log += logSegment(x.slice(start, i), p)
        if (i === x.length) lengths.push(i - start)
        start = i
      }
      logs.push(log)
    }
    const logEvidence = logSumExp(logs)
    const within = x.map((_, w) =>
      logs.reduce((sum, log, k) => sum + (lengths[k]! <= w ? Math.exp(log - logEvidence) : 0), 0),
    )
    // After the last point a further change has the probability of the hazard.
    return { logEvidence, within: within.map((q) => p.hazard + (1 - p.hazard) * q) }
  }

  test('evidence and posterior are those of all partitions', () => {
    const points = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(points, prior, (x, p) => {
        const filter = new RunLengthFilter({ ...p, massMin: 0 })
        for (const value of x) filter.add(value)
        const expected = enumerate(x, p)
        expect(filter.logEvidence).toBeCloseTo(expected.logEvidence, 9)
        for (const [w, q] of expected.within.entries()) {
          expect(filter.probabilityWithin(w)).toBeCloseTo(q, 10)
        }
      }),
    )
  })

  test('a run of thousands has the evidence of one segment', () => {
    const p = { hazard: 1e-14, mu0: 0.1, kappa0: 0.3, alpha0: 1.5, beta0: 0.7 }
    const prng = new Prng(2)
    const x = Array.from({ length: 3_000 }, () => prng.nextNormal())
    const filter = new RunLengthFilter({ ...p, massMin: 1e-15 })
    for (const value of x) filter.add(value)
    expect(filter.logEvidence).toBeCloseTo(logSegment(x, p), 7)
  })

  test('dropping what is unlikely changes the answer by no more than what is dropped', () => {
    const prng = new Prng(5)
    const [whole, pruned] = [new RunLengthFilter({ massMin: 0 }), new RunLengthFilter()]
    for (let i = 0; i < 500; i++) {
      const x = prng.nextNormal() + (i > 250 ? 1.5 : 0)
      whole.add(x)
      pruned.add(x)
      expect(pruned.probabilityWithin(20)).toBeCloseTo(whole.probabilityWithin(20), 3)
    }
    expect(pruned.mapRunLength).toBe(whole.mapRunLength)
    expect(pruned.runLengths().length).toBeLessThan(300)
  })

  test('a long quiet run is remembered past the room, and its end is news once', () => {
    const prng = new Prng(8)
    const filter = new RunLengthFilter()
    let falseAlarms = 0
    for (let i = 0; i < 3_000; i++) if (filter.add(prng.nextNormal())) falseAlarms++
    expect(falseAlarms).toBeLessThan(3)
    expect(filter.mapRunLength).toBe(3_000)
    expect(filter.runLengths().length).toBeLessThanOrEqual(RUN_LENGTHS_MAX)
    const sum = filter.runLengths().reduce((total, { probability }) => total + probability, 0)
    expect(sum).toBeCloseTo(1, 12)
    const alarms = Array.from({ length: 30 }, () => filter.add(prng.nextNormal() + 4))
    expect(alarms.indexOf(true)).toBeLessThan(6)
    expect(filter.mapMean).toBeCloseTo(4, 0)
  })
})

describe('standardiser', () => {
  const points = fc.array(
    fc.record({
      gapUs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200 * S })),
      x: fc.double({ min: -2, max: 2, noNaN: true }),
    }),
    { minLength: 3, maxLength: 60 },
  )

  test('scores are those of weighted sums over all earlier points', () => {
    fc.assert(
      fc.property(points, (steps) => {
        const halfLifeUs = 60 * S
        const floor = 0.05
        const standardiser = new Standardiser({ halfLifeUs, varianceFloor: floor, warmUpCount: 3 })
        const seen: { timeUs: number; x: number; innovation?: number }[] = []
        let timeUs = 0
        for (const { gapUs, x } of steps) {
          timeUs += gapUs
          const z = standardiser.add(timeUs, 70 + x)
          // Weights relative to the newest earlier point, which is when the mean was last taken.
          const newest = seen.at(-1)?.timeUs ?? 0
          const weigh = (p: { timeUs: number }) => 2 ** ((p.timeUs - newest) / halfLifeUs)
          const total = (list: typeof seen, value: (p: (typeof seen)[number]) => number) =>
            list.reduce((sum, p) => sum + weigh(p) * value(p), 0) /
            list.reduce((s, p) => s + weigh(p), 0)
          const scored = seen.filter((p) => p.innovation !== undefined)
          const innovation = seen.length > 0 ? x - total(seen, (p) => p.x) : undefined
          if (scored.length < 3) expect(z).toBeNull()
          else {
            const variance = Math.max(
              floor,
              total(scored, (p) => p.innovation! ** 2),
            )
            const expected = Math.min(4, Math.max(-4, innovation! / Math.sqrt(variance)))
            expect(z).toBeCloseTo(expected, 9)
          }
          seen.push({ timeUs, x, ...(innovation === undefined ? {} : { innovation }) })
        }
      }),
    )
  })

  test('a forecast of the caller replaces the mean', () => {
    const standardiser = new Standardiser({ varianceFloor: 0.25, warmUpCount: 1 })
    expect(standardiser.add(0, 10, 10.3)).toBeNull()
    expect(standardiser.add(S, 20, 19)).toBe(2)
    expect(() => standardiser.add(2 * S, 20, NaN)).toThrow('forecast')
  })

  test('in control the scores of noise have mean 0 and variance 1', () => {
    const prng = new Prng(3)
    const standardiser = new Standardiser({ varianceFloor: 1e-9 })
    let [sum, squares, n] = [0, 0, 0]
    for (let i = 0; i < 50_000; i++) {
      const z = standardiser.add(i * S, 70 + 0.02 * prng.nextNormal())
      if (z === null) continue
      sum += z
      squares += z * z
      n++
    }
    expect(Math.abs(sum / n)).toBeLessThan(0.02)
    expect(Math.abs(squares / n - 1)).toBeLessThan(0.02)
  })
})

describe('snapshots', () => {
  test('detectors restored after every point go on as if nothing had happened', () => {
    const fresh = (form: FocusForm) => ({
      cusum: new Cusum({ threshold: 3, holdOffUs: 2 * S }),
      focus: new Focus({ form, threshold: 5 }),
      runs: new RunLengthFilter({ hazard: 0.05 }),
      standardiser: new Standardiser({ varianceFloor: 0.01, warmUpCount: 2 }),
    })
    type Detectors = ReturnType<typeof fresh>
    const step = ({ cusum, focus, runs, standardiser }: Detectors, timeUs: number, z: number) => [
      ...[cusum.add(timeUs, z), cusum.up, cusum.down, cusum.changeTimeUs],
      ...[focus.add(timeUs, z), focus.statistic, focus.changeTimeUs, focus.candidateCount],
      ...[runs.add(z), runs.logEvidence, runs.mapMean, runs.probabilityWithin(5)],
      ...[standardiser.add(timeUs, z), standardiser.deviation],
    ]
    const saved = ({ cusum, focus, runs, standardiser }: Detectors) => ({
      cusum: cusum.snapshot(),
      focus: focus.snapshot(),
      runs: runs.snapshot(),
      standardiser: standardiser.snapshot(),
    })
    const restored = (json: string): Detectors => {
      const { cusum, focus, runs, standardiser } = JSON.parse(json)
      return {
        cusum: Cusum.restore(cusum),
        focus: Focus.restore(focus),
        runs: RunLengthFilter.restore(runs),
        standardiser: Standardiser.restore(standardiser),
      }
    }
    fc.assert(
      fc.property(scores, fc.constantFrom(...FORMS), (z, form) => {
        const straight = fresh(form)
        let resumed = fresh(form)
        for (const [i, score] of z.entries()) {
          expect(step(resumed, i * S, score)).toEqual(step(straight, i * S, score))
          resumed = restored(JSON.stringify(saved(resumed)))
          expect(saved(resumed)).toEqual(saved(straight))
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('what is no number', () => {
  test.each([
    ['cusum', () => new Cusum().add(0, NaN)],
    ['cusum time', () => new Cusum().add(0.5, 0)],
    ['cusum drift', () => new Cusum({ drift: NaN })],
    ['focus', () => new Focus({ form: 'known-mean' }).add(0, Infinity)],
    ['focus threshold', () => new Focus({ form: 'known-mean', threshold: Infinity })],
    ['run lengths', () => new RunLengthFilter().add(NaN)],
    ['hazard', () => new RunLengthFilter({ hazard: 1 })],
    ['mass', () => new RunLengthFilter({ massMin: 0.01 })],
    ['standardiser', () => new Standardiser({ varianceFloor: 1 }).add(0, NaN)],
    ['floor', () => new Standardiser({ varianceFloor: 0 })],
    ['arl', () => cusumArl(NaN, 3)],
  ])('is refused: %s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ name: 'AssertionError' }))
  })
})
