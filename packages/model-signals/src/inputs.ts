import type { DataOf, LadderEvent, LadderRow } from '@kwm/contracts'

type InputName = `event.${keyof LadderEvent}` | `${'leader' | 'follower'}.${keyof LadderRow}`

/** By role and field, as numbers: a flag is 1 or 0, what is missing null. */
export type Inputs = { [Name in InputName]?: number | null }

/**
 * What a strategy reads of the event and of the rows it names, as one literal: logged with each of its
 * evaluations. An object that grows name by name costs ten times as much.
 */
export type Reads = (
  event: Readonly<Partial<LadderEvent>>,
  leader: Readonly<Partial<LadderRow>>,
  follower: Readonly<Partial<LadderRow>>,
) => Inputs

type Yes = boolean | null | undefined

/** A flag as an input. */
export const flag = (is: Yes): number | null => (is === null || is === undefined ? null : +is)

/** A quote state as an input: 1 where both sides are quoted, else null. */
export const twoSided = (state: LadderRow['quoteState'] | undefined): number | null =>
  state === 'two' ? 1 : null

const LEADER = 1
const FOLLOWER = 2
const NONE = {}

/** Inputs of one strategy's evaluations. */
export class InputLog {
  readonly #reads: Reads
  /** By the roles that are there: the names to keep, null for all. */
  readonly #kept: readonly (readonly InputName[] | null)[]

  constructor(reads: Reads) {
    this.#reads = reads
    const names = Object.keys(reads(NONE, NONE, NONE)) as InputName[]
    this.#kept = [0, LEADER, FOLLOWER, LEADER + FOLLOWER].map((roles) => {
      const kept = names.filter((name) => {
        if (name.startsWith('leader.')) return (roles & LEADER) > 0
        return !name.startsWith('follower.') || (roles & FOLLOWER) > 0
      })
      return kept.length === names.length ? null : kept
    })
  }

  /** Nothing is said of a role that nobody has; one bracket in both is the leader. */
  of(
    { event, rows }: DataOf<'feature.ladder-frame.v1'>,
    leaderTicker: string | null,
    followerTicker: string | null,
  ): Inputs {
    const leader = rowOf(rows, leaderTicker)
    const follower = followerTicker === leaderTicker ? undefined : rowOf(rows, followerTicker)
    const all = this.#reads(event ?? NONE, leader ?? NONE, follower ?? NONE)
    const kept = this.#kept[(leader ? LEADER : 0) + (follower ? FOLLOWER : 0)]!
    if (kept === null) return all
    const inputs: Inputs = {}
    for (const name of kept) inputs[name] = all[name]!
    return inputs
  }
}

function rowOf(rows: readonly LadderRow[], ticker: string | null): LadderRow | undefined {
  if (ticker === null) return undefined
  for (const row of rows) if (row.marketTicker === ticker) return row
  return undefined
}
