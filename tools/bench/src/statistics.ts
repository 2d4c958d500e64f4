import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fitBoostedTrees, fitIsotonic, fitLogistic, IsotonicCalibrator, expit } from '@kwm/quant'
import { Prng } from '@kwm/std'

const FITS = ['isotonic', 'logistic', 'boosting'] as const
type Fit = (typeof FITS)[number]

export type StatisticsResult = {
  readonly statisticsRows: number
  /** Medians. `peer` is absent where there is no scikit-learn. */
  readonly statistics: Readonly<
    Record<
      Fit,
      { ourMillis: number; peer?: { millis: number; ratio: number; worstDifference: number } }
    >
  >
}

const SIZE = {
  rows: 1_000_000,
  width: 10,
  ridge: 1,
  rate: 0.1,
  trees: 30,
  leaves: 16,
  leafRows: 200,
  rounds: 3,
} as const

/**
 * The three fits that see a million rows, beside scikit-learn's on the same rows: time and the
 * worst difference of a prediction. Processor time, one thread each, so that a busy machine is no
 * excuse. `KWM_PYTHON` names the interpreter, python3 by default.
 */
export function benchStatistics(): StatisticsResult {
  const { x, y, score } = makeRows()
  const names = Array.from({ length: SIZE.width }, (_, f) => `x${f}`)
  const isotonic = timed(() => fitIsotonic(score, y))
  const logistic = timed(() => fitLogistic(x, y, { ridge: SIZE.ridge }))
  const boosting = timed(() =>
    fitBoostedTrees(x, y, {
      loss: 'logistic',
      featureNames: names,
      learningRate: SIZE.rate,
      treesMax: SIZE.trees,
      leavesMax: SIZE.leaves,
      leafRowsMin: SIZE.leafRows,
    }),
  )
  const { x: knots, fitted } = isotonic.result
  const map = new IsotonicCalibrator({ x: [...knots], fitted: [...fitted], isLinear: true })
  const { coefficients, intercept } = logistic.result
  const predicted: Record<Fit, (r: number) => number> = {
    isotonic: (r) => map.apply(score[r]!),
    logistic: (r) => {
      let z = intercept
      for (let f = 0; f < SIZE.width; f++) z += coefficients[f]! * x[r * SIZE.width + f]!
      return expit(z)
    },
    boosting: (r) => boosting.result.predict(x, r * SIZE.width),
  }
  const peer = runPeer({ x, y, score })
  const millis = { isotonic: isotonic.millis, logistic: logistic.millis, boosting: boosting.millis }
  const row = (fit: Fit) => ({
    ourMillis: Math.round(millis[fit]),
    ...(peer && { peer: compare(peer[fit], millis[fit], predicted[fit]) }),
  })
  return {
    statisticsRows: SIZE.rows,
    statistics: {
      isotonic: row('isotonic'),
      logistic: row('logistic'),
      boosting: row('boosting'),
    },
  }
}

type PeerFit = { readonly millis: readonly number[]; readonly predictions: Float64Array }

function compare({ millis, predictions }: PeerFit, ours: number, predict: (r: number) => number) {
  let worst = 0
  for (let r = 0; r < SIZE.rows; r++)
    worst = Math.max(worst, Math.abs(predict(r) - predictions[r]!))
  const theirs = median(millis)
  return { millis: Math.round(theirs), ratio: ours / theirs, worstDifference: worst }
}

/** Prices in ticks, so that no feature has more than 255 values: beyond, bins are a drawn sample. */
function makeRows() {
  const prng = new Prng(1)
  const x = new Float64Array(SIZE.rows * SIZE.width)
  const y = new Float64Array(SIZE.rows)
  const score = new Float64Array(SIZE.rows)
  for (let r = 0; r < SIZE.rows; r++) {
    let z = -0.3
    for (let f = 0; f < SIZE.width; f++) {
      const value = Math.max(-100, Math.min(100, Math.round(30 * prng.nextNormal()))) / 30
      x[r * SIZE.width + f] = value
      z += (value * (f - 4)) / 10 + (f === 3 && value > 0.5 ? 0.7 : 0)
    }
    y[r] = prng.nextFloat() < expit(z) ? 1 : 0
    score[r] = expit(z + prng.nextNormal())
  }
  return { x, y, score }
}

function runPeer(rows: Readonly<Record<'x' | 'y' | 'score', Float64Array>>) {
  const python = process.env['KWM_PYTHON'] ?? 'python3'
  if (spawnSync(python, ['-c', 'import sklearn']).status !== 0) {
    process.stdout.write(`statistics: ${python} has no scikit-learn, measured without a peer\n`)
    return undefined
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'kwm-bench-'))
  try {
    writeFileSync(path.join(folder, 'size.json'), JSON.stringify(SIZE))
    for (const [name, values] of Object.entries(rows)) {
      writeFileSync(path.join(folder, `${name}.f64`), values)
    }
    const script = path.join(import.meta.dirname, 'scikit-peer.py')
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
    const run = spawnSync(python, [script, folder], { env, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`scikit-peer.py: ${run.stderr}`)
    const millis = JSON.parse(readFileSync(path.join(folder, 'millis.json'), 'utf8'))
    const read = (fit: Fit): PeerFit => {
      const bytes = readFileSync(path.join(folder, `${fit}.f64`))
      return { millis: millis[fit], predictions: new Float64Array(new Uint8Array(bytes).buffer) }
    }
    return { isotonic: read('isotonic'), logistic: read('logistic'), boosting: read('boosting') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function timed<T>(fit: () => T): { readonly result: T; readonly millis: number } {
  const times: number[] = []
  let result = fit() // The first warms up.
  for (let round = 0; round < SIZE.rounds; round++) {
    const before = process.cpuUsage()
    result = fit()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1_000)
  }
  return { result, millis: median(times) }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}
