import { describe, expect, test } from 'vitest'
import {
  HOUR_US,
  scoreNowcasts,
  walkForward,
  wholeCrps,
  type ScoredNowcast,
  type WalkInput,
  type WholePmf,
} from '../src/index.ts'
import { made, OFFSET } from './made-weather.ts'

const weather = made({ days: 42, biasF: 1, sdF: 2, phi: 0.97, seed: 'evaluation' })
const input: WalkInput = {
  ...{ version: 'v', stdOffsetMinutes: OFFSET, kind: 'tenth-f', rowsPerReading: 1 },
  ...weather,
  ...{ ensembles: [], ensembleDefaults: { biasF: 0.5, weight: 0.5 } },
}

describe('a walk forward over weather that is what the model says', () => {
  const { scored } = walkForward(input)
  const at = (hour: number): ScoredNowcast[] => scored.filter((one) => one.hour === hour)

  test('begins when there is enough to fit, and sharpens during the day', () => {
    // Fits are a week apart, so the first with twenty days is before the 22nd.
    expect(scored[0]!.date).toBe(weather.days[21]!.day.date)
    expect(at(9)).toHaveLength(21)
    const crps = [6, 12, 15, 18].map((hour) => scoreNowcasts(at(hour)).meanCrpsF)
    for (let k = 1; k < crps.length; k++) expect(crps[k]!).toBeLessThan(crps[k - 1]!)
    expect(crps[0]!).toBeGreaterThan(0.4)
    expect(crps.at(-1)!).toBeLessThan(0.3)
  })

  test('is calibrated within what three weeks can tell', () => {
    const { coverage80, pit } = scoreNowcasts(at(9))
    // Two standard deviations of 21 days at 0.8.
    expect(Math.abs(coverage80 - 0.8)).toBeLessThan(0.175)
    expect(pit.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(Math.max(...pit)).toBeLessThan(0.35)
  })

  test('nothing after the hour, and no later day, is looked at', () => {
    const cutUs = weather.days[24]!.day.startUs + 12 * HOUR_US
    const { scored: later } = walkForward({
      ...input,
      days: weather.days.slice(0, 28).map(({ points, ...day }) => ({
        ...day,
        points: points.map((p) => (p.timeUs > cutUs ? { ...p, tempF: p.tempF + 25 } : p)),
      })),
      forecasts: weather.forecasts.map((known) =>
        known.knownTimeUs > cutUs ? { ...known, tempsF: known.tempsF.map((t) => t - 20) } : known,
      ),
    })
    const { date } = weather.days[24]!.day
    const before = ({ date: d, hour }: ScoredNowcast): boolean =>
      d < date || (d === date && hour <= 12)
    expect(later.filter(before)).toEqual(scored.filter(before))
    const after = ({ date: d }: ScoredNowcast): boolean => d > date
    expect(later.find(after)).not.toEqual(scored.find(after))
  })
})

test('CRPS: certain and right is 0, certain and wrong by n is n, and else by every degree', () => {
  const certain: WholePmf = { lowestF: 70, p: [1] }
  expect([70, 73, 66].map((officialF) => wholeCrps(certain, officialF))).toEqual([0, 3, 4])
  const coin: WholePmf = { lowestF: 70, p: [0.5, 0.5] }
  expect(wholeCrps(coin, 70)).toBe(0.25)
  // E|X − y| − E|X − X'|/2, the other definition.
  expect(wholeCrps({ lowestF: 70, p: [0.2, 0.3, 0.5] }, 71)).toBeCloseTo(
    0.2 + 0.5 - (0.2 * 0.3 + 0.3 * 0.5 + 0.2 * 0.5 * 2),
    12,
  )
})

test('PIT: outcomes as often as they were given are flat; an impossible one is at an end', () => {
  const pmf: WholePmf = { lowestF: 70, p: [0.1, 0.2, 0.3, 0.4] }
  const outcomes = pmf.p.flatMap((p, at) => Array.from({ length: 10 * p }, () => 70 + at))
  const scoredOf = (officials: readonly number[]): ScoredNowcast[] =>
    officials.map((officialF) => ({ date: '2026-07-16', hour: 9, leadHours: 1, pmf, officialF }))
  const { pit, coverage80 } = scoreNowcasts(scoredOf(outcomes))
  for (const share of pit) expect(share).toBeCloseTo(0.1, 12)
  expect(coverage80).toBeCloseTo(0.8, 12)
  expect(scoreNowcasts(scoredOf([60])).pit[0]).toBe(1)
  expect(scoreNowcasts(scoredOf([90])).pit[9]).toBe(1)
  expect(scoreNowcasts([]).count).toBe(0)
})
