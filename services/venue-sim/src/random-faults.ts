import { Prng } from '@kwm/std'
import type { FaultKind } from './faults.ts'

export type RandomFaults = {
  readonly seed: string | number
  readonly perMinute: number
  readonly kinds: readonly FaultKind[]
  readonly seconds: number
}

/** When and which, drawn beforehand: the same seed gives the same schedule. */
export function drawFaults({ seed, perMinute, kinds, seconds }: RandomFaults) {
  const prng = new Prng(seed)
  const schedule: { readonly afterMs: number; readonly kind: FaultKind }[] = []
  let afterMs = prng.nextExponential(perMinute / 60_000)
  while (afterMs < seconds * 1_000) {
    schedule.push({ afterMs, kind: kinds[prng.nextInt(kinds.length)]! })
    afterMs += prng.nextExponential(perMinute / 60_000)
  }
  return schedule
}
