import { assert, hash32 } from '@kwm/std'
import { expit } from '../special/softplus.ts'

export type TreeNode =
  | {
      readonly feature: number
      /** x <= threshold goes to `left`, above to `right`, NaN to `missing` (one of the two). */
      readonly threshold: number
      readonly left: number
      readonly right: number
      readonly missing: number
    }
  | { readonly value: number }

export type BoostedTreesJson = {
  readonly loss: 'squared' | 'logistic'
  /** Score before any tree; leaf values are before the rate. */
  readonly base: number
  readonly lr: number
  /** Node 0 is the root; children stand after their parent. */
  readonly trees: readonly (readonly TreeNode[])[]
  readonly featureNames: readonly string[]
  readonly featureHash: string
}

export const TREES_MAX = 10_000
export const TREE_NODES_MAX = 4_096

/** Names in order, as one hash: a model may only be fed the features it was trained on. */
export const featureHashOf = (names: readonly string[]): string =>
  hash32(names.join('\n')).toString(16).padStart(8, '0')

/** Exported trees packed in typed arrays. */
export class BoostedTrees {
  readonly #json: BoostedTreesJson
  readonly #roots: Int32Array
  readonly #feature: Int32Array
  readonly #number: Float64Array
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #missing: Int32Array

  /** Throws with the place when a node points backwards, outside, or at an unknown feature. */
  constructor(json: BoostedTreesJson) {
    assertShape(json)
    this.#json = json
    const size = json.trees.reduce((sum, tree) => sum + tree.length, 0)
    this.#roots = new Int32Array(json.trees.length)
    this.#feature = new Int32Array(size).fill(-1)
    this.#number = new Float64Array(size)
    this.#left = new Int32Array(size)
    this.#right = new Int32Array(size)
    this.#missing = new Int32Array(size)
    let at = 0
    for (const [t, tree] of json.trees.entries()) {
      this.#roots[t] = at
      for (const [i, node] of tree.entries()) {
        if ('value' in node) this.#number[at + i] = json.lr * node.value
        else {
          this.#feature[at + i] = node.feature
          this.#number[at + i] = node.threshold
          this.#left[at + i] = at + node.left
          this.#right[at + i] = at + node.right
          this.#missing[at + i] = at + node.missing
        }
      }
      at += tree.length
    }
  }

  /** Refuses a model that was trained on other features, or on these in another order. */
  static fromJson(json: BoostedTreesJson, featureNames: readonly string[]): BoostedTrees {
    const wanted = featureHashOf(featureNames)
    assert(
      json.featureHash === wanted,
      `model of features ${json.featureHash}, offered ${wanted}: train it again on these features`,
    )
    return new BoostedTrees(json)
  }

  toJson(): BoostedTreesJson {
    return this.#json
  }

  /** The raw score of the row that starts at `offset`: a mean, or log-odds for logistic loss. */
  score(features: ArrayLike<number>, offset = 0): number {
    let sum = this.#json.base
    for (let t = 0; t < this.#roots.length; t++) {
      let node = this.#roots[t]!
      for (let f = this.#feature[node]!; f >= 0; f = this.#feature[node]!) {
        const x = features[offset + f]!
        if (x <= this.#number[node]!) node = this.#left[node]!
        else node = x === x ? this.#right[node]! : this.#missing[node]!
      }
      sum += this.#number[node]!
    }
    return sum
  }

  /** A mean (squared loss) or a probability (logistic). */
  predict(features: ArrayLike<number>, offset = 0): number {
    const score = this.score(features, offset)
    return this.#json.loss === 'logistic' ? expit(score) : score
  }
}

function assertShape({ trees, featureNames, featureHash, base, lr }: BoostedTreesJson): void {
  assert(featureHash === featureHashOf(featureNames), 'featureHash does not fit featureNames')
  assert(Number.isFinite(base) && lr > 0 && lr <= 1, `base ${base}, lr ${lr} must be in (0, 1]`)
  assert(trees.length <= TREES_MAX, `${trees.length} trees, at most ${TREES_MAX}`)
  for (const [t, tree] of trees.entries()) {
    assert(tree.length > 0 && tree.length <= TREE_NODES_MAX, `tree ${t} of ${tree.length} nodes`)
    for (const [i, node] of tree.entries()) {
      const at = `node ${i} of tree ${t}`
      if ('value' in node) {
        assert(Number.isFinite(node.value), `${at}: value ${node.value}`)
        continue
      }
      const { feature, threshold, left, right, missing } = node
      const isChild = (c: number) => Number.isInteger(c) && c > i && c < tree.length
      assert(isChild(left) && isChild(right), `${at}: children ${left} and ${right}`)
      assert(missing === left || missing === right, `${at}: missing goes to ${missing}`)
      assert(Number.isFinite(threshold), `${at}: threshold ${threshold}`)
      assert(
        Number.isInteger(feature) && feature >= 0 && feature < featureNames.length,
        `${at}: feature ${feature} of ${featureNames.length}`,
      )
    }
  }
}
