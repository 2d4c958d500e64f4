/** Rows taken at a time, column by column: the sums of a block stay in registers. */
const BLOCK_ROWS = 256

/** The penalised likelihood of a logistic regression: value, gradient and Hessian in one pass. */
export class LogisticProblem {
  readonly size: number
  readonly gradient: Float64Array
  readonly hessian: Float64Array
  /** The largest entry of the design, at least 1. */
  readonly scale: number
  negLogLik = 0
  /** With the penalty, where it was last expanded. */
  objective = 0
  /** The block's columns, each `BLOCK_ROWS` long; the intercept's, last, is all ones. */
  readonly #columns: Float64Array
  readonly #scaled = new Float64Array(BLOCK_ROWS)
  readonly #margin = new Float64Array(BLOCK_ROWS)
  readonly #slope = new Float64Array(BLOCK_ROWS)
  readonly #curve = new Float64Array(BLOCK_ROWS)

  readonly design: ArrayLike<number>
  readonly targets: ArrayLike<number>
  readonly weights: ArrayLike<number> | undefined
  readonly ridge: number
  readonly width: number

  constructor(
    design: ArrayLike<number>,
    targets: ArrayLike<number>,
    weights: ArrayLike<number> | undefined,
    ridge: number,
    width: number,
    hasIntercept: boolean,
  ) {
    this.design = design
    this.targets = targets
    this.weights = weights
    this.ridge = ridge
    this.width = width
    this.size = width + (hasIntercept ? 1 : 0)
    this.gradient = new Float64Array(this.size)
    this.hessian = new Float64Array(this.size * this.size)
    this.#columns = new Float64Array(this.size * BLOCK_ROWS).fill(1)
    let scale = 1
    for (let i = 0; i < design.length; i++) scale = Math.max(scale, Math.abs(design[i]!))
    this.scale = scale
  }

  /** The objective at `beta`; leaves gradient and Hessian (lower triangle) in place. */
  expand(beta: Float64Array): number {
    const { size: d, width, targets, gradient, hessian } = this
    gradient.fill(0)
    hessian.fill(0)
    let loss = 0
    for (let from = 0; from < targets.length; from += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, targets.length - from)
      this.#load(from, rows, beta)
      loss += this.#differentiate(from, rows)
      this.#accumulate(rows)
    }
    this.negLogLik = loss
    let penalty = 0
    for (let i = 0; i < width; i++) {
      gradient[i]! += this.ridge * beta[i]!
      hessian[i * d + i]! += this.ridge
      penalty += beta[i]! * beta[i]!
    }
    this.objective = loss + (this.ridge / 2) * penalty
    return this.objective
  }

  /** Turns the rows of the block into columns, and finds their margins. */
  #load(from: number, rows: number, beta: Float64Array): void {
    const { width, design } = this
    const columns = this.#columns
    const margin = this.#margin
    const intercept = this.size > width ? beta[width]! : 0
    for (let r = 0; r < rows; r++) {
      const at = (from + r) * width
      let z = intercept
      for (let i = 0; i < width; i++) {
        const value = design[at + i]!
        columns[i * BLOCK_ROWS + r] = value
        z += beta[i]! * value
      }
      margin[r] = z
    }
  }

  /** Slope and curvature of each row's loss in its margin; returns the sum of the losses. */
  #differentiate(from: number, rows: number): number {
    const { targets, weights } = this
    let loss = 0
    // A product of at most 256 factors in [1, 2] does not overflow, and takes one logarithm.
    let product = 1
    for (let r = 0; r < rows; r++) {
      const z = this.#margin[r]!
      const y = targets[from + r]!
      const e = Math.exp(-Math.abs(z))
      const q = e / (1 + e)
      // ln(1 + e^z) - y z and its derivative, from the side that neither overflows nor cancels.
      const linear = z >= 0 ? (1 - y) * z : -y * z
      const slope = z >= 0 ? 1 - y - q : q - y
      const curve = q / (1 + e)
      if (weights === undefined) {
        product *= 1 + e
        loss += linear
        this.#slope[r] = slope
        this.#curve[r] = curve
      } else {
        const weight = weights[from + r]!
        loss += weight * (Math.log1p(e) + linear)
        this.#slope[r] = weight * slope
        this.#curve[r] = weight * curve
      }
    }
    return loss + Math.log(product)
  }

  #accumulate(rows: number): void {
    const { size: d, gradient, hessian } = this
    const scaled = this.#scaled
    for (let i = 0; i < d; i++) {
      const column = this.#columns.subarray(i * BLOCK_ROWS, (i + 1) * BLOCK_ROWS)
      let sum = 0
      for (let r = 0; r < rows; r++) {
        sum += this.#slope[r]! * column[r]!
        scaled[r] = this.#curve[r]! * column[r]!
      }
      gradient[i]! += sum
      for (let j = 0; j <= i; j += 4) addProducts(scaled, this.#columns, j, rows, i, hessian, d)
    }
  }
}

/** Four entries of row `i` of the Hessian, those above the diagonal left alone. */
function addProducts(
  scaled: Float64Array,
  columns: Float64Array,
  j: number,
  rows: number,
  i: number,
  hessian: Float64Array,
  d: number,
): void {
  const a = columns.subarray(j * BLOCK_ROWS, (j + 1) * BLOCK_ROWS)
  const b = columns.subarray(Math.min(j + 1, i) * BLOCK_ROWS, (Math.min(j + 1, i) + 1) * BLOCK_ROWS)
  const c = columns.subarray(Math.min(j + 2, i) * BLOCK_ROWS, (Math.min(j + 2, i) + 1) * BLOCK_ROWS)
  const e = columns.subarray(Math.min(j + 3, i) * BLOCK_ROWS, (Math.min(j + 3, i) + 1) * BLOCK_ROWS)
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  for (let r = 0; r < rows; r++) {
    const v = scaled[r]!
    s0 += v * a[r]!
    s1 += v * b[r]!
    s2 += v * c[r]!
    s3 += v * e[r]!
  }
  hessian[i * d + j]! += s0
  if (j + 1 <= i) hessian[i * d + j + 1]! += s1
  if (j + 2 <= i) hessian[i * d + j + 2]! += s2
  if (j + 3 <= i) hessian[i * d + j + 3]! += s3
}
