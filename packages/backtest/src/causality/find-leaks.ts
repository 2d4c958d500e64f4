import { assert, Prng } from '@kwm/std'

/**
 * What a computation says, and at which moment: microseconds, or places on a tape, as `knownAt` has them.
 * Two are the same when their JSON is.
 */
export type Said = { readonly at: number }

/** A computation on facts that is to be tried for knowledge of the future. */
export type CausalityTrial<Fact, Output extends Said> = {
  readonly facts: readonly Fact[]
  /** From which moment on the fact may be used. */
  readonly knownAt: (fact: Fact) => number
  /** The same fact with other contents; its times stay. */
  readonly corrupt: (fact: Fact, prng: Prng) => Fact
  /**
   * What it says about these facts, to the end or at least until the moment `until`. It may keep nothing
   * between two calls.
   */
  readonly run: (facts: readonly Fact[], until: number) => readonly Output[]
  /** After which the facts are taken away. Every moment at which it says something, when not given. */
  readonly cuts?: readonly number[]
  readonly seed?: number
}

export type Leak = {
  readonly cut: number
  readonly how: 'deleted' | 'corrupted'
  /** Of the first thing said at or before the cut that came out otherwise. */
  readonly at: number
  /** Its fields that differ; empty when it was not said at all, or too much was. */
  readonly fields: readonly string[]
  readonly said: string
  readonly saidWithoutFuture: string
}

/** Two runs each: more are a study, not a test. */
const CUTS_MAX = 5_000

/**
 * The causality test: run it on all facts, and for each cut t again with every fact that became known
 * after t deleted, then corrupted. Whatever was said at or before t must be the same.
 * @returns The first difference of each cut and manner; none for a computation without a leak.
 * @throws {AssertionError} The trial proves nothing: no output at or before any cut, or one that does
 * not depend on the facts at all.
 */
export function findLeaks<Fact, Output extends Said>(
  trial: CausalityTrial<Fact, Output>,
): readonly Leak[] {
  const { facts, run, knownAt, corrupt } = trial
  const prng = new Prng(trial.seed ?? 1)
  const whole = run(facts, Infinity)
  const cuts = trial.cuts ?? [...new Set(whole.map(({ at }) => at))]
  assert(cuts.length <= CUTS_MAX, `${cuts.length} cuts are more than ${CUTS_MAX}: name fewer`)
  assert(
    cuts.some((cut) => whole.some(({ at }) => at <= cut)),
    'nothing is said at or before any cut: the trial proves nothing',
  )
  assert(
    firstDifference(
      whole,
      run(
        facts.map((fact) => corrupt(fact, prng)),
        Infinity,
      ),
      Infinity,
    ) !== undefined,
    'other facts make no difference: the trial proves nothing',
  )
  const leaks: Leak[] = []
  for (const cut of cuts) {
    const isKnown = (fact: Fact): boolean => knownAt(fact) <= cut
    const without = {
      deleted: facts.filter(isKnown),
      corrupted: facts.map((fact) => (isKnown(fact) ? fact : corrupt(fact, prng))),
    }
    for (const how of ['deleted', 'corrupted'] as const) {
      const difference = firstDifference(whole, run(without[how], cut), cut)
      if (difference) leaks.push({ cut, how, ...difference })
    }
  }
  return leaks
}

function firstDifference(
  whole: readonly Said[],
  other: readonly Said[],
  cut: number,
): Omit<Leak, 'cut' | 'how'> | undefined {
  const wanted = whole.filter(({ at }) => at <= cut)
  const got = other.filter(({ at }) => at <= cut)
  for (let i = 0; i < Math.max(wanted.length, got.length); i++) {
    const [said, saidWithoutFuture] = [wanted[i], got[i]].map((one) => JSON.stringify(one) ?? '')
    if (said === saidWithoutFuture) continue
    const at = (wanted[i] ?? got[i])!.at
    const fields = wanted[i] && got[i] ? differentFields(wanted[i]!, got[i]!) : []
    return { at, fields, said: said!, saidWithoutFuture: saidWithoutFuture! }
  }
  return undefined
}

function differentFields(a: Said, b: Said): string[] {
  const [one, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  const names = new Set([...one.keys(), ...other.keys()])
  return [...names].filter(
    (name) => JSON.stringify(one.get(name)) !== JSON.stringify(other.get(name)),
  )
}
