import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import { BoostedTrees, fitBoostedTrees } from '../src/index.ts'

const NAMES = ['a', 'b', 'c']

function table(rows: number, seed: number, missing = 0) {
  const prng = new Prng(seed)
  const x = new Float64Array(rows * 3)
  const y = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    for (let f = 0; f < 3; f++) x[r * 3 + f] = Math.round(prng.nextNormal() * 20) / 10
    y[r] = Math.sin(2 * x[r * 3]!) + (x[r * 3 + 1]! > 0 ? 1 : 0) + 0.1 * prng.nextNormal()
    for (let f = 0; f < 3; f++) if (prng.nextFloat() < missing) x[r * 3 + f] = NaN
  }
  return { x, y }
}

/** The best one-split loss over every feature, every cut and both sides for the missing. */
function bestStumpLoss(x: Float64Array, y: Float64Array, leafRowsMin: number): number {
  let best = Infinity
  const squares = (rows: number[]): number => {
    const mean = rows.reduce((sum, r) => sum + y[r]!, 0) / rows.length
    return rows.reduce((sum, r) => sum + (y[r]! - mean) ** 2, 0)
  }
  const all = [...y.keys()]
  for (let f = 0; f < 3; f++) {
    const valueOf = (r: number): number => x[r * 3 + f]!
    for (const cut of new Set(all.map(valueOf).filter((v) => !Number.isNaN(v)))) {
      for (const missingLeft of [true, false]) {
        const isLeft = (r: number) => (Number.isNaN(valueOf(r)) ? missingLeft : valueOf(r) <= cut)
        const [left, right] = [all.filter(isLeft), all.filter((r) => !isLeft(r))]
        if (Math.min(left.length, right.length) < leafRowsMin) continue
        best = Math.min(best, squares(left) + squares(right))
      }
    }
  }
  return best
}

describe('histogram boosting', () => {
  test.each([0, 0.15])('a stump is the best of all cuts, with a share of %d missing', (missing) => {
    for (let seed = 0; seed < 8; seed++) {
      const { x, y } = table(150, seed, missing)
      const model = fitBoostedTrees(x, y, {
        loss: 'squared',
        featureNames: NAMES,
        learningRate: 1,
        treesMax: 1,
        leavesMax: 2,
        leafRowsMin: 10,
      })
      const loss = y.reduce((sum, v, r) => sum + (v - model.predict(x, r * 3)) ** 2, 0)
      expect(loss / bestStumpLoss(x, y, 10)).toBeCloseTo(1, 5)
    }
  })

  test('a weight counts as that many copies of the row', () => {
    const { x, y } = table(200, 20, 0.1)
    const copies = Array.from(y, (_, r) => 1 + (r % 3))
    const rows = copies.flatMap((count, r) => Array.from({ length: count }, () => r))
    const common = { loss: 'squared', featureNames: NAMES, treesMax: 5, leafRowsMin: 1 } as const
    const weighted = fitBoostedTrees(x, y, { ...common, weights: copies, leavesMax: 4 })
    const copied = fitBoostedTrees(
      rows.flatMap((r) => [...x.subarray(r * 3, r * 3 + 3)]),
      rows.map((r) => y[r]!),
      { ...common, leavesMax: 4 },
    )
    for (let r = 0; r < 200; r++) {
      expect(weighted.predict(x, r * 3)).toBeCloseTo(copied.predict(x, r * 3), 5)
    }
  })

  test.each(['squared', 'logistic'] as const)('%s: constant features change nothing', (loss) => {
    const rows = 3_001 // Some blocks of rows, and a part of one.
    const { x, y } = table(rows, 25, 0.1)
    const targets = loss === 'squared' ? y : y.map((v) => (v > 0.5 ? 1 : 0))
    const plain = fitBoostedTrees(x, targets, { loss, featureNames: NAMES, treesMax: 5 })
    for (const before of [1, 2, 16, 33]) {
      const width = before + 3
      const wide = new Float64Array(rows * width)
      for (let r = 0; r < rows; r++) wide.set(x.subarray(r * 3, r * 3 + 3), r * width + before)
      const featureNames = Array.from({ length: width }, (_, f) => `x${f}`)
      const { trees } = fitBoostedTrees(wide, targets, { loss, featureNames, treesMax: 5 }).toJson()
      const moved = trees.map((tree) =>
        tree.map((node) => ('value' in node ? node : { ...node, feature: node.feature - before })),
      )
      expect(moved).toEqual(plain.toJson().trees)
    }
  })

  test('logistic loss learns a probability: the mean prediction is the share of ones', () => {
    const { x, y } = table(2_000, 21)
    const labels = y.map((v) => (v > 0.5 ? 1 : 0))
    const model = fitBoostedTrees(x, labels, { loss: 'logistic', featureNames: NAMES })
    let [predicted, ones, hits] = [0, 0, 0]
    for (let r = 0; r < 2_000; r++) {
      const p = model.predict(x, r * 3)
      predicted += p
      ones += labels[r]!
      hits += p > 0.5 === (labels[r] === 1) ? 1 : 0
    }
    expect(Math.abs(predicted - ones) / 2_000).toBeLessThan(0.005)
    expect(hits / 2_000).toBeGreaterThan(0.9)
  })

  test('stops when held-out loss no longer falls, and keeps the trees up to its least', () => {
    const [train, held] = [table(400, 22), table(400, 23)]
    const options = { loss: 'squared', featureNames: NAMES, treesMax: 400 } as const
    const stopped = fitBoostedTrees(train.x, train.y, {
      ...options,
      learningRate: 0.3,
      validation: { rows: held.x, targets: held.y, patience: 10 },
    })
    const full = fitBoostedTrees(train.x, train.y, { ...options, learningRate: 0.3 })
    const kept = stopped.toJson().trees.length
    expect(kept).toBeLessThan(200)
    expect(stopped.toJson().trees).toEqual(full.toJson().trees.slice(0, kept))
    const lossOf = (model: BoostedTrees) =>
      held.y.reduce((sum, v, r) => sum + (v - model.predict(held.x, r * 3)) ** 2, 0)
    for (let trees = 0; trees <= kept + 10; trees++) {
      if (trees === kept) continue
      const other = new BoostedTrees({
        ...full.toJson(),
        trees: full.toJson().trees.slice(0, trees),
      })
      expect(lossOf(other)).toBeGreaterThan(lossOf(stopped))
    }
  })

  test('is refused where the features are others, in another order, or the trees are broken', () => {
    const { x, y } = table(100, 24)
    const json = fitBoostedTrees(x, y, { loss: 'squared', featureNames: NAMES }).toJson()
    expect(BoostedTrees.fromJson(json, NAMES).predict(x)).toBeTypeOf('number')
    expect(() => BoostedTrees.fromJson(json, ['b', 'a', 'c'])).toThrow('train it again')
    const leaf = { value: 0 }
    const broken = (node: object) => ({ ...json, trees: [[node, leaf, leaf]] }) as typeof json
    const node = { feature: 0, threshold: 0, left: 1, right: 2, missing: 2 }
    expect(new BoostedTrees(broken(node)).score(x)).toBe(json.base)
    for (const [key, value] of Object.entries({ feature: 3, left: 0, right: 3, missing: 0 })) {
      expect(() => new BoostedTrees(broken({ ...node, [key]: value }))).toThrow('node 0 of tree 0')
    }
  })
})
