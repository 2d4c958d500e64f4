/** The state of a generator, as plain data: four unsigned 32-bit words. */
export type PrngState = readonly [number, number, number, number]

/**
 * xoshiro128** 1.1 (Blackman and Vigna, 2018), seeded through splitmix32. Equal seeds give equal
 * streams on every machine. Not for secrets.
 */
export class Prng {
  readonly #s = new Uint32Array(4)

  constructor(seed: number | string | PrngState) {
    if (typeof seed === 'object') {
      this.#s.set(seed)
      return
    }
    let x = typeof seed === 'number' ? seed >>> 0 : hash32(seed)
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0
      let z = x
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      this.#s[i] = (z ^ (z >>> 16)) >>> 0
    }
  }

  /** A uniform integer in [0, 2^32). */
  nextUint32(): number {
    const s = this.#s
    const s1 = s[1]!
    const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9) >>> 0
    const t = s1 << 9
    s[2]! ^= s[0]!
    s[3]! ^= s1
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= t
    s[3] = rotl(s[3]!, 11)
    return result
  }

  /** A uniform float in [0, 1), 53 bits. */
  nextFloat(): number {
    return (
      ((this.nextUint32() >>> 5) * 67_108_864 + (this.nextUint32() >>> 6)) / 9_007_199_254_740_992
    )
  }

  /** A uniform integer in [0, bound). `bound` is a positive integer below 2^32. */
  nextInt(bound: number): number {
    return Math.floor(this.nextFloat() * bound)
  }

  /** A standard normal, by the polar method of Marsaglia (1964). */
  nextNormal(): number {
    for (;;) {
      const u = 2 * this.nextFloat() - 1
      const v = 2 * this.nextFloat() - 1
      const q = u * u + v * v
      if (q > 0 && q < 1) return u * Math.sqrt((-2 * Math.log(q)) / q)
    }
  }

  /** An exponential waiting time with the given rate (mean 1 / rate). */
  nextExponential(rate: number): number {
    return -Math.log(1 - this.nextFloat()) / rate
  }

  state(): PrngState {
    const s = this.#s
    return [s[0]!, s[1]!, s[2]!, s[3]!]
  }
}

/** FNV-1a, 32 bits. */
export function hash32(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

const rotl = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0
