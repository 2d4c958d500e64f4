import { assert } from '@kwm/std'

/** Densities carried side by side: each kernel value is loaded once for all of them. */
export const LANES = 4
export const U_MAX = 8.5
/** Kernel and supports reach this many standard deviations: 4e-8 of the mass is beyond. */
export const REACH = 5.5

/** The odd grid size that gives the kernel's deviation `cellsPerSd` cells. */
export function gridSizeFor(phi: number, cellsPerSd: number): number {
  const cells = Math.ceil((2 * U_MAX * cellsPerSd) / Math.sqrt(1 - phi * phi))
  return cells + 1 + (cells % 2)
}

/**
 * One step of a standardised AR(1) on a grid of u from −8.5 to 8.5: f'(u) = ∫ f(w) N(u; φw, 1−φ²) dw,
 * for four densities at once, banded. Arrays hold row i of lane l at `i·4 + l`, as masses (density
 * times the cell), and the rows of a density outside its support must not be read.
 */
export class ChainKernel {
  readonly phi: number
  readonly size: number
  readonly du: number
  /** Row i: N(u_i; φ·u_j, 1−φ²)·du for j from `first[i]` on. */
  readonly #kernel: Float64Array
  readonly #first: Int32Array
  readonly #band: number

  constructor(phi: number, size: number) {
    assert(phi > 0 && phi < 1, `phi: ${phi}`)
    assert(Number.isSafeInteger(size) && size >= 3 && size <= 4_001, `chain grid of ${size}`)
    this.phi = phi
    this.size = size
    this.du = (2 * U_MAX) / (size - 1)
    const sd = Math.sqrt(1 - phi * phi)
    assert(sd > this.du, `phi ${phi} needs a finer chain grid than ${size}`)
    this.#band = Math.ceil((2 * REACH * sd) / phi / this.du) + 2
    this.#kernel = new Float64Array(size * this.#band)
    this.#first = new Int32Array(size)
    this.#build(sd)
  }

  u(i: number): number {
    return i * this.du - U_MAX
  }

  /** The row nearest to u, `margin` rows on, kept to the grid. */
  row(u: number, margin: number): number {
    if (u === Infinity) return this.size - 1
    if (u === -Infinity) return 0
    return Math.min(this.size - 1, Math.max(0, Math.round((u + U_MAX) / this.du) + margin))
  }

  /** Rows `from` … `to` of the next densities from rows `sourceFrom` … `sourceTo` of these. */
  step(
    now: Float64Array,
    next: Float64Array,
    [sourceFrom, sourceTo]: readonly [number, number],
    [from, to]: readonly [number, number],
  ): void {
    const [kernel, band] = [this.#kernel, this.#band]
    for (let i = from; i <= to; i++) {
      let [a, b, c, d] = [0, 0, 0, 0]
      const first = this.#first[i]!
      const start = Math.max(first, sourceFrom)
      const end = i * band + Math.min(band, sourceTo + 1 - first)
      let source = start * LANES
      for (let w = i * band + start - first; w < end; w++) {
        const weight = kernel[w]!
        a += weight * now[source]!
        b += weight * now[source + 1]!
        c += weight * now[source + 2]!
        d += weight * now[source + 3]!
        source += LANES
      }
      const target = i * LANES
      next[target] = a
      next[target + 1] = b
      next[target + 2] = c
      next[target + 3] = d
    }
  }

  /** The masses of a normal in rows `from` … `to` of all lanes. */
  normal(mean: number, variance: number, into: Float64Array, from: number, to: number): void {
    // Sums over the grid are integrals as long as the density is no narrower than a cell.
    const sd = Math.max(Math.sqrt(variance), this.du)
    const scale = this.du / (sd * Math.sqrt(2 * Math.PI))
    for (let i = from; i <= to; i++) {
      const z = (this.u(i) - mean) / sd
      into.fill(scale * Math.exp((-z * z) / 2), i * LANES, (i + 1) * LANES)
    }
  }

  /**
   * Kills a lane's mass above `limit` and returns what is left of rows `from` … `to`. What a step made
   * is smooth across the limit, so the integral up to it takes a cubic through the four nodes around
   * it: their weights replace a fractional cell and are two orders more accurate.
   */
  kill(masses: Float64Array, lane: number, limit: number, from: number, to: number): number {
    const exact = (limit + U_MAX) / this.du
    const node = Math.floor(exact)
    const theta = exact - node
    let left = 0
    if (node + 2 <= from) {
      for (let i = from; i <= to; i++) masses[i * LANES + lane] = 0
      return 0
    }
    const whole = Math.min(to, node - 2)
    for (let i = from; i <= whole; i++) left += masses[i * LANES + lane]!
    for (let i = Math.max(from, node - 1); i <= to; i++) {
      const at = i * LANES + lane
      masses[at] = i <= node + 2 ? masses[at]! * boundaryWeight(i - node, theta) : 0
      left += masses[at]!
    }
    return left
  }

  #build(sd: number): void {
    const scale = this.du / (sd * Math.sqrt(2 * Math.PI))
    for (let i = 0; i < this.size; i++) {
      const lowest = (this.u(i) - REACH * sd) / this.phi
      const first = Math.min(this.size - 1, Math.max(0, Math.ceil((lowest + U_MAX) / this.du)))
      this.#first[i] = first
      for (let b = 0; b < this.#band; b++) {
        const z = (this.u(i) - this.phi * this.u(first + b)) / sd
        if (first + b < this.size && Math.abs(z) <= REACH) {
          this.#kernel[i * this.#band + b] = scale * Math.exp((-z * z) / 2)
        }
      }
    }
  }
}

/**
 * The weight of node −1, 0, 1 or 2 in ∫ up to `theta` in [0, 1) of the cubic through them, with
 * weight 1 for the nodes before: Euler–Maclaurin up to node −1, then the cubic itself.
 */
function boundaryWeight(node: number, theta: number): number {
  const [t, t2] = [theta, theta * theta]
  const [t3, t4] = [t2 * t, t2 * t2]
  if (node === -1) return 739 / 720 - t2 / 6 + t3 / 6 - t4 / 24
  if (node === 0) return 131 / 240 + t - t2 / 4 - t3 / 3 + t4 / 8
  if (node === 1) return -7 / 80 + t2 / 2 + t3 / 6 - t4 / 8
  return 11 / 720 - t2 / 12 + t4 / 24
}
