import { expect, test } from 'vitest'
import { featuresMachine, type FeaturesInput, type FeaturesSnapshot } from '../src/index.ts'
import { quickConfig, randomTape } from './random-tape.ts'

/** Snapshots that differ from the book they replace, although it was whole. */
const surprising = (input: FeaturesInput): FeaturesInput => {
  if (input.type !== 'md.book-snapshot.v1') return input
  const yes = input.data.yes.map(([price, count]): [number, number] => [price, 2 * count])
  return { ...input, data: { ...input.data, yes } }
}

test('what a row keeps of the last one is what it would be worked out anew', () => {
  const state = featuresMachine.initial(quickConfig)
  for (const [n, input] of randomTape(5, 60).map(surprising).entries()) {
    if (n % 2 === 0 && input.type !== 'md.book-snapshot.v1') {
      featuresMachine.step(state, input)
      continue
    }
    // Restored, it keeps nothing.
    const saved = JSON.stringify(featuresMachine.snapshot(state))
    const anew = featuresMachine.restore(quickConfig, JSON.parse(saved) as FeaturesSnapshot)
    const wanted = featuresMachine.step(anew, input)
    expect(JSON.stringify(featuresMachine.step(state, input))).toBe(JSON.stringify(wanted))
  }
})
