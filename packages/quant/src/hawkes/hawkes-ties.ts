import { assert } from '@kwm/std'
import { STREAMS_MAX } from './hawkes-parameters.ts'

/**
 * Which pairs of streams share a branching ratio: `groups[i x streams + j]` is the group of "an event
 * of j excites i", or -1 where it never does. Few groups keep a fit estimable.
 */
export type HawkesTies = {
  readonly streams: number
  readonly groupCount: number
  readonly groups: readonly number[]
}

/** Every pair has a ratio of its own. */
export function freeTies(streams: number): HawkesTies {
  assert(streams > 0 && streams <= STREAMS_MAX, `${streams} streams`)
  const groups = Array.from({ length: streams * streams }, (_, pair) => pair)
  return { streams, groupCount: groups.length, groups }
}

/** The groups of `chainTies`, in order. */
export const CHAIN_GROUPS = ['self', 'cross', 'neighbourSame', 'neighbourOpposite'] as const

/**
 * A chain of links with two sides each: stream 2l is the first side of link l, 2l + 1 its second. An
 * event excites its own stream (self), the other side (cross), and both sides of the links next to
 * it (neighbourSame, neighbourOpposite): four ratios however long the chain.
 */
export function chainTies(links: number): HawkesTies {
  assert(Number.isSafeInteger(links) && links > 0 && 2 * links <= STREAMS_MAX, `${links} links`)
  const streams = 2 * links
  const groups = Array.from({ length: streams * streams }, (_, pair) => {
    const [i, j] = [Math.floor(pair / streams), pair % streams]
    const distance = Math.abs(Math.floor(i / 2) - Math.floor(j / 2))
    if (distance > 1) return -1
    return 2 * distance + (i % 2 === j % 2 ? 0 : 1)
  })
  return { streams, groupCount: links === 1 ? 2 : 4, groups }
}

export function assertTies({ streams, groupCount, groups }: HawkesTies): void {
  assert(streams > 0 && streams <= STREAMS_MAX, `${streams} streams`)
  assert(groups.length === streams * streams, `${groups.length} ties for ${streams} streams`)
  assert(
    groups.every((g) => Number.isInteger(g) && g >= -1 && g < groupCount),
    `a tie outside of ${groupCount} groups`,
  )
}
