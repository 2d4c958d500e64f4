import { normCdf } from '@kwm/quant'
import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import { defaultPmfConfig } from '../src/index.ts'
import { CENTRES, Desk, EVENT, probabilities, QUIET, type Quote } from './desk.ts'

const sum = (values: readonly number[]): number => values.reduce((total, p) => total + p, 0)
const particles = { ...defaultPmfConfig.particles, count: 1_000 }
const EDGES = [44.5, 46.5, 48.5, 50.5, 52.5]
const pmfAt = (place: number, scale: number): number[] => {
  const cdf = [0, ...EDGES.map((edge) => normCdf((edge - place) / scale)), 1]
  return cdf.slice(1).map((upTo, k) => upTo - cdf[k]!)
}
/** Two cents wide, on the grid of a cent, about p. */
const quotesAt = (prng: Prng, pmf: readonly number[]): Quote[] =>
  pmf.map((p) => {
    const middle = 100 * Math.round(100 * p + 0.3 * prng.nextNormal())
    const bid = Math.max(0, middle - 100)
    return [bid, Math.min(10_000, Math.max(bid + 100, middle + 100))]
  })
const trackerOf = (desk: Desk) => desk.state.events.get(EVENT)!.snapshot().tracker!

describe('particles in place of the filter', () => {
  test('on a quiet path they agree with it', () => {
    const [filter, cloud] = [new Desk(), new Desk({ method: 'particles', particles })]
    const prng = new Prng('quiet path')
    let worst = 0
    for (let n = 0; n < 60; n++) {
      const truth = pmfAt(48 + 0.001 * n, 2)
      if (n % 20 === 0) for (const desk of [filter, cloud]) desk.weather(truth)
      const quotes = quotesAt(prng, truth)
      const [a, b] = [filter.frame(quotes), cloud.frame(quotes)]
      expect(b).toMatchObject({ method: 'particles', isFeasible: true })
      expect(sum(probabilities(b))).toBeCloseTo(1, 12)
      if (n < 10) continue
      for (const [k, p] of probabilities(b).entries()) {
        worst = Math.max(worst, Math.abs(p - probabilities(a)[k]!))
        expect(Math.abs(p - truth[k]!)).toBeLessThan(0.01)
      }
      expect(b.nis ?? 0).toBeLessThan(30)
    }
    expect(worst).toBeLessThan(0.01)
  })

  test('a jump of the market is an alarm, and they follow it', () => {
    const desk = new Desk({ method: 'particles', particles })
    const prng = new Prng('jump')
    for (let n = 0; n < 20; n++) desk.frame(quotesAt(prng, pmfAt(47, 1.6)))
    const after = pmfAt(51, 1.2)
    const said = Array.from({ length: 6 }, () => desk.frame(quotesAt(prng, after)))
    expect(said[0]!.nis).toBeGreaterThan(30)
    for (const [k, p] of probabilities(said[5]!).entries()) {
      expect(Math.abs(p - after[k]!)).toBeLessThan(0.03)
    }
    expect(trackerOf(desk)).toHaveProperty('cloud')
  })

  test('the dead are exactly 0, and the others as if cut off below', () => {
    const desk = new Desk({ method: 'particles', particles })
    const prng = new Prng('cut')
    const whole = pmfAt(48, 2)
    for (let n = 0; n < 10; n++) desk.frame(quotesAt(prng, whole))
    desk.weather(whole, { hardLowerF: 47 })
    const living = sum(whole.slice(2))
    const cut = whole.map((p, k) => (k < 2 ? 0 : p / living))
    let said = desk.frame(quotesAt(prng, cut))
    for (let n = 0; n < 5; n++) said = desk.frame(quotesAt(prng, cut))
    expect(said.brackets.map(({ isDead }) => isDead)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
    expect(probabilities(said).slice(0, 2)).toEqual([0, 0])
    for (const [k, p] of probabilities(said).entries()) {
      expect(Math.abs(p - cut[k]!)).toBeLessThan(0.02)
    }
    desk.weather(whole, { hardLowerF: 53 })
    const alone = desk.frame([...Array.from({ length: 5 }, (): Quote => [0, 100]), [9_900, 10_000]])
    expect(probabilities(alone)).toEqual([0, 0, 0, 0, 0, 1])
  })

  test('the draws are the configuration’s and the event’s', () => {
    const said = (seed: string) =>
      JSON.stringify(new Desk({ method: 'particles', particles: { ...particles, seed } }).frame())
    expect(said('a')).toBe(said('a'))
    expect(said('a')).not.toBe(said('b'))
    expect(trackerOf(deskAfterOne())).toHaveProperty('seed', `particles ${EVENT}`)
  })

  test('brackets in no order are tracked by the filter', () => {
    const desk = new Desk({ method: 'particles', particles })
    desk.frame(QUIET, 1, { centres: CENTRES.toReversed() })
    expect(trackerOf(desk)).toHaveProperty('filter')
  })
})

function deskAfterOne(): Desk {
  const desk = new Desk({ method: 'particles', particles })
  desk.frame()
  return desk
}
