import type { TreeNode } from './boosted-trees.ts'
import type { FeatureBins } from './feature-bins.ts'
import { MISSING_BIN } from './feature-bins.ts'
import { HISTOGRAM_BINS, HistogramFiller, subtractHistogram } from './histogram.ts'
import type { Histogram, HistogramSource } from './histogram.ts'
import { findSplit, leafValue } from './split.ts'
import type { Split, SplitRules, Sums } from './split.ts'

export type TreeRules = SplitRules & {
  readonly depthMax: number
  readonly leavesMax: number
  /** At the edge of the bin, or halfway between the node's own values on either side. */
  readonly threshold: 'bin-edge' | 'node-midpoint'
}

type Node = {
  readonly sums: Sums
  readonly from: number
  readonly to: number
  readonly depth: number
  split: Split | null
  threshold: number
  left: Node | null
  right: Node | null
  histogram: Histogram | null
}

/** By code; of fixed place, so that the loop over rows need not look it up. */
const goesLeft = new Uint8Array(MISSING_BIN + 1)

/** Grows trees best split first over the same rows; its buffers serve every tree of a fit. */
export class TreeGrower {
  readonly #order: Uint32Array
  readonly #scratch: Uint32Array
  readonly #filler: HistogramFiller
  readonly #spare: Histogram[] = []
  #leaves: Node[] = []

  readonly bins: FeatureBins
  readonly source: HistogramSource
  readonly rules: TreeRules

  constructor(bins: FeatureBins, source: HistogramSource, rules: TreeRules) {
    this.bins = bins
    this.source = source
    this.rules = rules
    this.#filler = new HistogramFiller(source)
    this.#order = new Uint32Array(source.rows)
    this.#scratch = new Uint32Array(source.rows)
  }

  /** A tree for the gradients that now stand in the source. */
  grow(): TreeNode[] {
    const { rows, gradients, hessians } = this.source
    const sums = { gradient: 0, hessian: hessians === null ? rows : 0, count: rows }
    for (let r = 0; r < rows; r++) {
      this.#order[r] = r
      sums.gradient += gradients[r]!
      if (hessians !== null) sums.hessian += hessians[r]!
    }
    const root = newNode(sums, 0, rows, 0)
    if (this.#mayPart(root)) {
      root.histogram = this.#histogram(root)
      root.split = findSplit(root.histogram, this.bins, root.sums, this.rules)
    }
    this.#leaves = [root]
    while (this.#leaves.length < this.rules.leavesMax) {
      const node = bestOf(this.#leaves)
      if (node === null) break
      this.#part(node)
    }
    for (const leaf of this.#leaves) this.#release(leaf)
    return flatten(root, this.rules.l2)
  }

  /** Adds `rate` times its leaf's value to the score of each row the last tree was grown on. */
  addTo(scores: Float64Array, rate: number): void {
    for (const leaf of this.#leaves) {
      const value = rate * leafValue(leaf.sums, this.rules.l2)
      for (let i = leaf.from; i < leaf.to; i++) scores[this.#order[i]!]! += value
    }
  }

  #mayPart({ sums, depth }: Node): boolean {
    const { depthMax, leafRowsMin, hessianMin } = this.rules
    return depth < depthMax && sums.count >= 2 * leafRowsMin && sums.hessian >= hessianMin
  }

  #part(node: Node): void {
    const split = node.split!
    const middle = this.#partition(node, split)
    node.threshold = this.#threshold(node, split)
    const left = newNode(split.left, node.from, middle, node.depth + 1)
    const right = newNode(split.right, middle, node.to, node.depth + 1)
    node.left = left
    node.right = right
    this.#leaves.splice(this.#leaves.indexOf(node), 1, left, right)
    const open = [left, right].filter((child) => this.#mayPart(child))
    if (open.length === 0 || this.#leaves.length >= this.rules.leavesMax) {
      this.#release(node)
      return
    }
    const [small, large] = left.sums.count <= right.sums.count ? [left, right] : [right, left]
    small.histogram = this.#histogram(small)
    large.histogram = node.histogram
    node.histogram = null
    subtractHistogram(large.histogram!, small.histogram)
    for (const child of open) {
      child.split = findSplit(child.histogram!, this.bins, child.sums, this.rules)
    }
    for (const child of [left, right]) if (child.split === null) this.#release(child)
  }

  /** Stable: rows keep their order within both sides. */
  #partition({ from, to }: Node, { feature, bin, missingLeft }: Split): number {
    const rows = this.source.rows
    const column = this.source.codes.subarray(feature * rows, (feature + 1) * rows)
    const order = this.#order
    const scratch = this.#scratch
    let left = from
    let right = 0
    for (let code = 0; code <= MISSING_BIN; code++) {
      goesLeft[code] = (code === MISSING_BIN ? missingLeft : code <= bin) ? 1 : 0
    }
    for (let i = from; i < to; i++) {
      const row = order[i]!
      const isLeft = goesLeft[column[row]!]!
      // Both are written and one counts: no branch to mispredict.
      order[left] = row
      scratch[right] = row
      left += isLeft
      right += 1 - isLeft
    }
    order.set(scratch.subarray(0, right), left)
    return left
  }

  #threshold(node: Node, { feature, bin }: Split): number {
    const cuts = this.bins.thresholds[feature]!
    // Everything but the missing goes left; JSON has no infinity.
    if (bin === cuts.length) return Number.MAX_VALUE
    if (this.rules.threshold === 'bin-edge') return cuts[bin]!
    const rowsIn = (b: number): number => node.histogram!.counts[feature * HISTOGRAM_BINS + b]!
    let low = bin
    while (low > 0 && rowsIn(low) === 0) low--
    let high = bin + 1
    while (high < cuts.length && rowsIn(high) === 0) high++
    const { highest, lowest } = this.bins.ranges(feature)
    return (highest[low]! + lowest[high]!) / 2
  }

  #histogram(node: Node): Histogram {
    const histogram = this.#spare.pop() ?? this.#filler.create()
    this.#filler.fill(this.#order, node.from, node.to, histogram)
    return histogram
  }

  #release(node: Node): void {
    if (node.histogram !== null) this.#spare.push(node.histogram)
    node.histogram = null
  }
}

const newNode = (sums: Sums, from: number, to: number, depth: number): Node => ({
  sums,
  from,
  to,
  depth,
  split: null,
  threshold: 0,
  left: null,
  right: null,
  histogram: null,
})

function bestOf(leaves: readonly Node[]): Node | null {
  let best: Node | null = null
  for (const leaf of leaves) {
    if (leaf.split !== null && leaf.split.gain > (best?.split?.gain ?? 0)) best = leaf
  }
  return best
}

/** Depth first, left before right. */
function flatten(root: Node, l2: number): TreeNode[] {
  const nodes: TreeNode[] = []
  const visit = (node: Node): number => {
    const index = nodes.length
    nodes.push({ value: leafValue(node.sums, l2) })
    if (node.left !== null && node.right !== null) {
      const left = visit(node.left)
      const right = visit(node.right)
      const missing = node.split!.missingLeft ? left : right
      const { feature } = node.split!
      nodes[index] = { feature, threshold: node.threshold, left, right, missing }
    }
    return index
  }
  visit(root)
  return nodes
}
