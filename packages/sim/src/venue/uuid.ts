import type { Prng } from '@kwm/std'
import { hash32 } from '@kwm/std'

/** A random UUID (version 4 by its bits) from the seeded stream. */
export const randomUuid = (prng: Prng): string =>
  uuidOf([prng.nextUint32(), prng.nextUint32(), prng.nextUint32(), prng.nextUint32()])

/** The same name gives the same UUID. */
export const uuidFromName = (name: string): string =>
  uuidOf([hash32(`a${name}`), hash32(`b${name}`), hash32(`c${name}`), hash32(`d${name}`)])

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const hexOf = (word: number): string =>
  BYTES[word >>> 24]! +
  BYTES[(word >>> 16) & 255]! +
  BYTES[(word >>> 8) & 255]! +
  BYTES[word & 255]!

function uuidOf(words: readonly number[]): string {
  const hex = words.map(hexOf).join('')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16)
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ]
  return parts.join('-')
}
