import type { DataOf } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import { signalsConfig, strategies } from '../src/index.ts'
import { Desk, frameOf, intents, LEADER, NOW_US, opportunities, TICKERS } from './desk.ts'
import { cases } from './scenes.ts'
import type { Scene } from './desk.ts'

const NAMES = strategies.map(({ name }) => name)
/** Longer than any cooldown or order lives: every scene can trade. */
const STEP_US = 120_000_000

/** One thing that happens to a desk, and what is said at it. */
type Happening = (desk: Desk, timeUs: number) => readonly { type: string }[]

const position = (positionCenti: number): DataOf<'exec.position.v1'> => ({
  ...{ eventTicker: 'E', marketTicker: TICKERS[1]!, positionCenti, costMicros: 1_000_000 },
  ...{ feesMicros: 0, realizedPnlMicros: 0 },
})
const holds =
  (positionCenti: number): Happening =>
  (desk, timeUs) =>
    desk.step('exec.position.v1', `p-${timeUs}`, position(positionCenti), timeUs)
const shows =
  (scene: Scene): Happening =>
  (desk, timeUs) =>
    desk.say(scene, timeUs)

const QUIET: Scene = { rows: TICKERS.map(() => ({ bidBps: 3_100, askBps: 3_500, mid: 0.33 })) }

/** Where a strategy trades, either way, between positions and quiet ladders. */
const day = (name: string): readonly Happening[] => {
  const { scene, mirrored } = cases[name]!
  const first = shows(scene)
  return [shows(QUIET), first, holds(5_000), shows(mirrored.scene), shows(QUIET), holds(0), first]
}

const WRONG: Scene = {
  rows: TICKERS.map((_, k) => ({ ...LEADER, velocity: k - 0.5, weatherP: 0.9, isDead: k === 1 })),
  event: { muVelocity: -9, hazard15min: 1, weatherAgeMs: 9e9, hardLowerF: 99 },
}
/** What may come instead of the rest of the day: other ladders, positions, rules, and an early close. */
const corruptions: Readonly<Record<string, Happening>> = {
  'other ladders': shows(WRONG),
  'no PMF': shows({ ...WRONG, pmf: { isFeasible: false } }),
  'other positions': holds(-90_000),
  'markets withdrawn': (desk) => {
    for (const ticker of TICKERS) desk.list(ticker, { isTradable: false })
    return []
  },
  'an early close': shows({ ...WRONG, frame: { closeTimeUs: NOW_US - 1 } }),
  'a frame without its PMF': (desk, timeUs) =>
    desk.step('feature.ladder-frame.v1', `lost-${timeUs}`, frameOf(WRONG), timeUs),
}

function play(happenings: readonly Happening[]) {
  const made = signalsConfig({ allocated: NAMES })
  if (!made.ok) throw new Error(made.fault)
  const desk = new Desk(made.config)
  const close = { closeTimeUs: NOW_US + 1e12 }
  for (const ticker of TICKERS) desk.list(ticker, close)
  return happenings.map(
    (happens, n) => happens(desk, NOW_US + n * STEP_US) as ReturnType<Desk['say']>,
  )
}

describe.each(NAMES)('%s: what comes after t changes nothing said up to t', (name) => {
  const whole = play(day(name))
  const asSaid = JSON.stringify(whole)

  test('the day has its trades, its noes and its orders', () => {
    const own = whole.map((said) =>
      opportunities(said).find((opportunity) => opportunity.strategy === name),
    )
    const decisions = own.flatMap((one) => (one ? [one.decision] : []))
    expect(decisions.filter((decision) => decision === 'trade').length).toBeGreaterThanOrEqual(2)
    expect(decisions).toContain('no-trade')
    expect(intents(whole.flat()).some((intent) => intent.strategy === name)).toBe(true)
  })

  test('deleted', () => {
    for (let cut = 1; cut < whole.length; cut++) {
      expect(play(day(name).slice(0, cut))).toEqual(whole.slice(0, cut))
    }
  })

  test.each(Object.entries(corruptions))('%s', (_, corrupt) => {
    for (let cut = 1; cut < whole.length; cut++) {
      const spoiled = day(name).map((happens, n) => (n < cut ? happens : corrupt))
      expect(play(spoiled).slice(0, cut)).toEqual(whole.slice(0, cut))
    }
    expect(JSON.stringify(whole), 'what was said is not written over').toBe(asSaid)
  })

  test('what comes before t does: the corruptions are not idle', () => {
    const later = (happenings: readonly Happening[]) => JSON.stringify(play(happenings).slice(2))
    const changing = Object.values(corruptions).filter(
      (corrupt) => later(day(name).with(1, corrupt)) !== JSON.stringify(whole.slice(2)),
    )
    expect(changing.length).toBeGreaterThan(0)
  })
})
