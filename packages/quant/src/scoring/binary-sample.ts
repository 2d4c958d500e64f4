import { assert } from '@kwm/std'

/** Refuses anything but equally many probabilities in [0, 1] and labels 0 or 1, and an empty sample. */
export function assertBinarySample(p: ArrayLike<number>, y: ArrayLike<number>): void {
  assert(p.length > 0 && p.length === y.length, `${p.length} probabilities, ${y.length} labels`)
  for (let i = 0; i < p.length; i++) {
    assert(p[i]! >= 0 && p[i]! <= 1, `probability ${p[i]} of row ${i}`)
    assert(y[i] === 0 || y[i] === 1, `label ${y[i]} of row ${i}`)
  }
}
