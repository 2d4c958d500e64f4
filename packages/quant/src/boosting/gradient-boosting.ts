import { assert } from '@kwm/std'
import { BoostedTrees, featureHashOf, TREE_NODES_MAX, TREES_MAX } from './boosted-trees.ts'
import type { TreeNode } from './boosted-trees.ts'
import { BINS_MAX, FeatureBins } from './feature-bins.ts'
import { TreeGrower } from './tree-grower.ts'
import type { TreeRules } from './tree-grower.ts'

export type BoostingOptions = {
  readonly loss: 'squared' | 'logistic'
  readonly featureNames: readonly string[]
  readonly learningRate?: number
  readonly treesMax?: number
  readonly depthMax?: number
  readonly leavesMax?: number
  readonly leafRowsMin?: number
  readonly l2?: number
  readonly binsMax?: number
  readonly threshold?: TreeRules['threshold']
  readonly weights?: ArrayLike<number>
  /** Rows held out by the caller: boosting stops when their loss has not fallen for `patience`. */
  readonly validation?: {
    readonly rows: ArrayLike<number>
    readonly targets: ArrayLike<number>
    readonly patience: number
  }
}

/**
 * Histogram gradient boosting with the conventions of scikit-learn's HistGradientBoosting: 255 bins,
 * best-first trees, gradients in single precision, first of equal splits, missing values sent where
 * they help. `rows` is row-major in the order of `featureNames`, NaN for missing; targets are finite,
 * 0 or 1 for logistic loss. Deterministic: there is no sampling of rows or features.
 */
export function fitBoostedTrees(
  rows: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: BoostingOptions,
): BoostedTrees {
  const { loss, featureNames, learningRate = 0.1, treesMax = 100, weights, validation } = options
  const n = targets.length
  const width = featureNames.length
  assert(n > 0 && rows.length === n * width, `${rows.length} numbers for ${n} rows of ${width}`)
  assert(weights === undefined || weights.length === n, `${weights?.length} weights for ${n} rows`)
  assert(Number.isInteger(treesMax) && treesMax <= TREES_MAX, `treesMax ${treesMax}`)
  const boosting = new Boosting(loss, targets, weights)
  const bins = new FeatureBins(rows, width, options.binsMax ?? BINS_MAX)
  const source = { codes: bins.codes, rows: n, width, ...boosting.derivatives }
  const grower = new TreeGrower(bins, source, treeRules(options))
  const trees: TreeNode[][] = []
  const toModel = (some: readonly TreeNode[][], base = boosting.base): BoostedTrees => {
    const featureHash = featureHashOf(featureNames)
    return new BoostedTrees({
      loss,
      base,
      lr: learningRate,
      trees: some,
      featureNames,
      featureHash,
    })
  }
  const watch = validation && new ValidationWatch(loss, validation, boosting.base, width)
  while (trees.length < treesMax) {
    if (watch?.isOver) break
    boosting.refresh()
    const tree = grower.grow()
    grower.addTo(boosting.scores, learningRate)
    trees.push(tree)
    watch?.add(toModel([tree], 0))
  }
  return toModel(watch ? trees.slice(0, watch.bestTrees) : trees)
}

function treeRules(options: BoostingOptions): TreeRules {
  const { depthMax = Infinity, leavesMax = 31, leafRowsMin = 20, l2 = 0 } = options
  assert(depthMax >= 1, `depthMax ${depthMax}`)
  assert(
    Number.isInteger(leavesMax) && leavesMax >= 2 && 2 * leavesMax <= TREE_NODES_MAX,
    `leavesMax ${leavesMax}: 2 to ${TREE_NODES_MAX / 2}`,
  )
  assert(leafRowsMin >= 1 && l2 >= 0, `leafRowsMin ${leafRowsMin}, l2 ${l2}`)
  const { threshold = 'bin-edge' } = options
  return { depthMax, leavesMax, leafRowsMin, l2, threshold, hessianMin: 1e-3 }
}

/** Scores of the training rows and the derivatives of the loss at them. */
class Boosting {
  readonly base: number
  readonly scores: Float64Array
  readonly derivatives: { gradients: Float32Array; hessians: Float32Array | null }

  readonly loss: BoostingOptions['loss']
  readonly targets: ArrayLike<number>
  readonly weights: ArrayLike<number> | undefined

  constructor(
    loss: BoostingOptions['loss'],
    targets: ArrayLike<number>,
    weights: ArrayLike<number> | undefined,
  ) {
    this.loss = loss
    this.targets = targets
    this.weights = weights
    const n = targets.length
    let [sum, total] = [0, 0]
    for (let r = 0; r < n; r++) {
      const [y, w] = [targets[r]!, weights ? weights[r]! : 1]
      const isGood = loss === 'squared' ? Number.isFinite(y) : y === 0 || y === 1
      if (!isGood) assert(false, `target ${y}, row ${r}`)
      if (!(w >= 0 && w < Infinity)) assert(false, `weight ${w} of row ${r}`)
      sum += w * y
      total += w
    }
    assert(total > 0, 'rows without weight')
    const mean = sum / total
    assert(loss === 'squared' || (mean > 0 && mean < 1), 'logistic loss needs both labels')
    this.base = loss === 'squared' ? mean : Math.log(mean / (1 - mean))
    this.scores = new Float64Array(n).fill(this.base)
    const hasUnitHessian = loss === 'squared' && weights === undefined
    this.derivatives = {
      gradients: new Float32Array(n),
      hessians: hasUnitHessian ? null : new Float32Array(n),
    }
  }

  refresh(): void {
    const { scores, targets, weights, loss } = this
    const { gradients, hessians } = this.derivatives
    const isLogistic = loss === 'logistic'
    for (let r = 0; r < scores.length; r++) {
      const p = isLogistic ? 1 / (1 + Math.exp(-scores[r]!)) : scores[r]!
      const weight = weights === undefined ? 1 : weights[r]!
      gradients[r] = weight * (p - targets[r]!)
      if (hessians !== null) hessians[r] = isLogistic ? weight * p * (1 - p) : weight
    }
  }
}

/** Follows the loss on held-out rows, tree by tree. */
class ValidationWatch {
  bestTrees = 0
  #trees = 0
  #best: number
  readonly #scores: Float64Array

  readonly loss: BoostingOptions['loss']
  readonly held: NonNullable<BoostingOptions['validation']>
  readonly width: number

  constructor(
    loss: BoostingOptions['loss'],
    held: NonNullable<BoostingOptions['validation']>,
    base: number,
    width: number,
  ) {
    this.loss = loss
    this.held = held
    this.width = width
    const { rows, targets, patience } = held
    assert(targets.length > 0 && rows.length === targets.length * width, 'validation rows')
    assert(Number.isInteger(patience) && patience > 0, `patience ${patience}`)
    this.#scores = new Float64Array(targets.length).fill(base)
    this.#best = this.#meanLoss()
  }

  get isOver(): boolean {
    return this.#trees - this.bestTrees >= this.held.patience
  }

  add(tree: BoostedTrees): void {
    for (let r = 0; r < this.#scores.length; r++) {
      this.#scores[r]! += tree.score(this.held.rows, r * this.width)
    }
    this.#trees++
    const loss = this.#meanLoss()
    if (loss >= this.#best) return
    this.#best = loss
    this.bestTrees = this.#trees
  }

  #meanLoss(): number {
    const { targets } = this.held
    let sum = 0
    for (let r = 0; r < this.#scores.length; r++) {
      const [z, y] = [this.#scores[r]!, targets[r]!]
      if (this.loss === 'squared') sum += (z - y) ** 2
      else sum += Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - y * z
    }
    return sum / this.#scores.length
  }
}
