import { expect, test } from 'vitest'
import type { Bracket } from '@kwm/model-venue'
import {
  mixedRunningHighBracketPmf,
  normalBracketPmf,
  runningHighBracketPmf,
} from '@kwm/model-weather'

const brackets: Bracket[] = [
  { marketTicker: 'low', strikeType: 'less', cap: 48 },
  { marketTicker: 'mid', strikeType: 'between', floor: 48, cap: 72 },
  { marketTicker: 'high', strikeType: 'greater', floor: 72 },
]

test('both tails keep their digits: twelve deviations up is the mirror of twelve down', () => {
  const [low, , high] = normalBracketPmf(brackets, { meanF: 60, sdF: 1 })
  expect(low).toBeGreaterThan(1e-37)
  expect(high! / low!).toBeCloseTo(1, 9)
})

test('a certain running high is the mixture of one', () => {
  const futureMax = { meanF: 60, sdF: 8 }
  const mixed = mixedRunningHighBracketPmf(brackets, futureMax, new Map([[50, 1]]))
  expect(mixed).toEqual(runningHighBracketPmf(brackets, futureMax, 50))
  expect(mixed.dead).toEqual(['low'])
})

test('nonsense is our bug, and crashes', () => {
  expect(() => normalBracketPmf(brackets, { meanF: NaN, sdF: 1 })).toThrow('mean')
  expect(() => normalBracketPmf(brackets, { meanF: 60, sdF: 0 })).toThrow('deviation')
  expect(() => runningHighBracketPmf(brackets, { meanF: 60, sdF: 1 }, 60.5)).toThrow('high')
  const half = new Map([[50, 0.5]])
  expect(() => mixedRunningHighBracketPmf(brackets, { meanF: 60, sdF: 1 }, half)).toThrow('sums')
})
