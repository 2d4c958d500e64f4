import { assert } from '@kwm/std'

export type WalkForwardOptions = {
  /** Lengths in groups, a group being one event day. */
  readonly train: number
  readonly test: number
  readonly step: number
  /** Groups at the end of the train block whose labels are not yet known when testing starts. */
  readonly embargo?: number
}

/** Half-open ranges of groups, as positions in their sorted order. */
export type WalkForwardFold = {
  readonly trainFrom: number
  readonly trainTo: number
  /** After the embargo: the groups [trainFrom, trainableTo) may be trained on. */
  readonly trainableTo: number
  readonly testFrom: number
  readonly testTo: number
}

export const FOLDS_MAX = 100_000

/** Every fold of `groups` groups whose test block is whole. */
export function walkForwardFolds(
  groups: number,
  { train, test, step, embargo = 0 }: WalkForwardOptions,
): readonly WalkForwardFold[] {
  for (const [name, value] of Object.entries({ train, test, step })) {
    assert(Number.isInteger(value) && value > 0, `${name} ${value} must be a positive integer`)
  }
  assert(Number.isInteger(embargo) && embargo >= 0 && embargo < train, `embargo ${embargo}`)
  assert(Number.isInteger(groups) && groups >= 0 && groups / step < FOLDS_MAX, `${groups} groups`)
  const folds: WalkForwardFold[] = []
  for (let from = 0; from + train + test <= groups; from += step) {
    const trainTo = from + train
    folds.push({
      trainFrom: from,
      trainTo,
      trainableTo: trainTo - embargo,
      testFrom: trainTo,
      testTo: trainTo + test,
    })
  }
  return folds
}

export type WalkForwardRow = {
  /** The event day, ascending as text: rows of one group never lie on both sides. */
  readonly group: string
  /** When the row is decided, and when its label is known; one unit, one clock. */
  readonly time: number
  readonly labelTime: number
}

export type WalkForwardSplit = {
  readonly fold: WalkForwardFold
  /** The test block begins at its earliest row. */
  readonly testStart: number
  readonly trainRows: Uint32Array
  readonly testRows: Uint32Array
  /** Trainable rows left out because their label was not known at `testStart`. */
  readonly purged: number
}

/**
 * Rows of every fold, grouped by event day: train rows of the trainable groups whose label, `latency`
 * after it, is known before the test block starts.
 */
export function walkForwardSplits(
  rows: readonly WalkForwardRow[],
  options: WalkForwardOptions & { readonly latency?: number },
): readonly WalkForwardSplit[] {
  const { latency = 0 } = options
  for (const [i, { time, labelTime }] of rows.entries()) {
    assert(Number.isFinite(time) && labelTime >= time, `row ${i}: label at ${labelTime}`)
  }
  const groups = [...new Set(rows.map((row) => row.group))].toSorted()
  const position = new Map(groups.map((group, i) => [group, i]))
  const of = Uint32Array.from(rows, (row) => position.get(row.group)!)
  return walkForwardFolds(groups.length, options).map((fold) => {
    const train: number[] = []
    const test: number[] = []
    for (let i = 0; i < of.length; i++) {
      const group = of[i]!
      if (group >= fold.testFrom && group < fold.testTo) test.push(i)
      else if (group >= fold.trainFrom && group < fold.trainableTo) train.push(i)
    }
    const testStart = test.reduce((least, i) => Math.min(least, rows[i]!.time), Infinity)
    const kept = train.filter((i) => isKnownBy(rows[i]!.labelTime, latency, testStart))
    return {
      fold,
      testStart,
      trainRows: Uint32Array.from(kept),
      testRows: Uint32Array.from(test),
      purged: train.length - kept.length,
    }
  })
}

/** The purging rule: a label known only after `testStart` would leak the test block into training. */
export const isKnownBy = (labelTime: number, latency: number, testStart: number): boolean =>
  labelTime + latency <= testStart
