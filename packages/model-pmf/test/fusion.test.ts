import { describe, expect, test } from 'vitest'
import { marketPmf, MARKET_VARIANCE } from '../src/index.ts'
import {
  CENTRES,
  Desk,
  EVENT,
  probabilities,
  QUIET,
  SECOND_US,
  START_US,
  TICKERS,
  type Quote,
} from './desk.ts'

/** Colder than the market by one bracket. */
const WEATHER = [0.1, 0.36, 0.38, 0.12, 0.03, 0.01]
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const meanOf = (pmf: readonly number[]): number => sum(pmf.map((p, i) => p * CENTRES[i]!))
const filterOf = (desk: Desk) => {
  const { tracker } = desk.state.events.get(EVENT)!.snapshot()
  if (!tracker || !('filter' in tracker)) throw new Error('no filter')
  return tracker.filter
}
/** The same frame again and again. */
const settle = (desk: Desk, frames: number, seconds: number) => {
  let last = desk.frame(QUIET, seconds)
  for (let n = 1; n < frames; n++) {
    // A tick up and down: each frame is a new book state.
    const wide: Quote[] = QUIET.map(([bid, ask], i) => [bid, i === n % 6 ? ask + 100 : ask])
    last = desk.frame(n % 2 ? wide : QUIET, seconds)
  }
  return last
}

describe('market alone', () => {
  test('without weather the PMF is the market’s, and says so', () => {
    const said = new Desk().frame()
    expect(said).toMatchObject({ isFeasible: true, reason: 'market-weather-missing' })
    expect(said).toMatchObject({ weights: { market: 1, weather: 0 }, hasWeather: false })
    expect(said).toMatchObject({ method: 'filter', calibration: 'identity', weatherTimeUs: null })
    const market = marketPmf(
      { bid: QUIET.map(([bid]) => bid / 1e4), ask: QUIET.map(([, ask]) => ask / 1e4) },
      MARKET_VARIANCE,
    )
    if (!market.feasible) throw new Error('infeasible')
    for (const [i, p] of probabilities(said).entries()) expect(p).toBeCloseTo(market.pmf[i]!, 2)
    expect(sum(probabilities(said))).toBeCloseTo(1, 12)
  })

  test.each([
    ['stale', { weatherStaleUs: 60_000_000 }, 61, WEATHER],
    ['off', { weatherTrust: 0 }, 1, WEATHER],
    ['incoherent', {}, 1, [0.5, 0.5, 0.5, 0, 0, 0]],
    ['differs', {}, 1, WEATHER.slice(1)],
  ] as const)('weather that is %s has no part', (reason, config, seconds, weather) => {
    const desk = new Desk(config)
    desk.weather(weather)
    const alone = new Desk(config)
    const said = desk.frame(QUIET, seconds)
    expect(said.reason).toBe(`market-weather-${reason}`)
    expect(said).toMatchObject({ hasWeather: false, weights: { market: 1, weather: 0 } })
    expect(probabilities(said)).toEqual(probabilities(alone.frame(QUIET, seconds)))
    expect(said.brackets.every(({ weatherP }) => weatherP === null)).toBe(true)
  })

  test('weather that says nothing itself has no part, but its certainties hold', () => {
    const desk = new Desk()
    const brackets = TICKERS.map((marketTicker) => ({ marketTicker, p: null }))
    desk.weather([], { brackets, blockedReason: 'stale feed', hardLowerF: 45 })
    const said = desk.frame()
    expect(said).toMatchObject({ reason: 'market-weather-blocked', hasWeather: false })
    expect(said.brackets[0]).toMatchObject({ p: 0, isDead: true })
  })

  test('weather becomes stale while it is used, and fresh again', () => {
    const desk = new Desk({ weatherStaleUs: 60_000_000 })
    desk.weather(WEATHER)
    expect(desk.frame(QUIET, 60).reason).toBe('fused')
    expect(desk.frame(QUIET, 1).reason).toBe('market-weather-stale')
    desk.weather(WEATHER)
    expect(desk.frame(QUIET, 1)).toMatchObject({ reason: 'fused', hasWeather: true })
  })
})

describe('market and weather', () => {
  test('the filter is pulled from the market towards the weather, and no further', () => {
    const [both, alone] = [new Desk(), new Desk()]
    both.weather(WEATHER)
    const fused = settle(both, 40, 10)
    const market = settle(alone, 40, 10)
    expect(fused.reason).toBe('fused')
    expect(fused.mu!).toBeLessThan(market.mu!)
    expect(fused.mu!).toBeGreaterThan(meanOf(WEATHER))
    expect(fused.brackets.map(({ weatherP }) => weatherP)).toEqual(
      WEATHER.map((p) => expect.closeTo(p, 9)),
    )
  })

  test('without a book update the filter goes to the weather and stays there', () => {
    const desk = new Desk({ bookCorrelationSeconds: 1e9 })
    desk.weather(WEATHER)
    desk.frame()
    for (let hour = 0; hour < 6; hour++) {
      desk.weather(WEATHER)
      desk.frame(QUIET, 1_000)
    }
    const said = desk.frame(QUIET, 1)
    expect(said.nis).toBeNull()
    expect(Math.abs(said.mu! - meanOf(WEATHER))).toBeLessThan(0.2)
  })

  test.each(['dirichlet', 'log-pool'] as const)('%s lies between its sources', (method) => {
    const desk = new Desk({ method })
    const market = desk.frame()
    desk.weather(WEATHER)
    const fused = desk.frame()
    expect(fused).toMatchObject({ method, reason: 'fused', nis: null })
    expect(fused.mu!).toBeLessThan(market.mu!)
    expect(fused.mu!).toBeGreaterThan(meanOf(WEATHER))
    expect(sum(probabilities(fused))).toBeCloseTo(1, 12)
  })

  test('the market weighs more where it trades, less when a new high is near', () => {
    const weights = (volume10min: number, hazard60min: number | null) => {
      const desk = new Desk()
      desk.weather(WEATHER, { hazard60min })
      const said = desk.frame(QUIET.map(([bid, ask]): Quote => [bid, ask, { volume10min }]))
      expect(said.hazard60min).toBe(hazard60min)
      return said.weights.market
    }
    expect(weights(0, null)).toBe(0.5)
    expect(weights(100, null)).toBeCloseTo(1 / (1 + Math.exp(-0.4 * Math.log(601))), 12)
    const bursting = { burst: 2, volume10min: 0 }
    const burst = new Desk()
    burst.weather(WEATHER)
    const said = burst.frame([[100, 300, bursting], ...QUIET.slice(1)])
    expect(said.weights.market).toBeCloseTo(1 / (1 + Math.exp(-0.6)), 12)
    expect(weights(0, 1)).toBeCloseTo(1 / (1 + Math.exp(0.5)), 12)
    const half = new Desk({ weatherTrust: 0.5 })
    half.weather(WEATHER)
    expect(half.frame().weights).toEqual({ market: 2 / 3, weather: 1 / 3 })
  })
})

describe('new book states', () => {
  test('one update for each, and none for the same quotes again', () => {
    const desk = new Desk()
    expect(desk.frame().nis).toBeGreaterThan(0)
    const first = filterOf(desk)
    const again = desk.frame(QUIET, 0)
    expect(again.nis).toBeNull()
    expect(filterOf(desk)).toEqual(first)
    const moved: Quote[] = [...QUIET.slice(0, 5), [200, 300]]
    expect(desk.frame(moved).nis).toBeGreaterThan(0)
    expect(desk.frame(moved).nis).toBeNull()
    // What still stands after the correlation time is news again.
    expect(desk.frame(moved, 13.9).nis).toBeNull()
    expect(desk.frame(moved, 0.1).nis).toBeGreaterThan(0)
  })

  test('a book that jumps once and stands is followed to the end', () => {
    const desk = new Desk()
    settle(desk, 60, 5)
    const jumped = QUIET.map(([bid, ask], i): Quote => {
      const move = i === 2 ? -1_000 : i === 4 ? 1_000 : 0
      return [bid + move, ask + move]
    })
    desk.frame(jumped)
    let said = desk.frame(jumped, 10)
    for (let refresh = 0; refresh < 12; refresh++) said = desk.frame(jumped, 10)
    expect(Math.abs(said.brackets[2]!.p! - 0.28)).toBeLessThan(0.01)
    expect(Math.abs(said.brackets[4]!.p! - 0.22)).toBeLessThan(0.01)
  })

  test('a flickering bracket does not make the standing ones certain', () => {
    const flicker = (config: object) => {
      const desk = new Desk(config)
      for (let n = 0; n < 300; n++) {
        desk.frame([[100, 300 + 100 * (n % 2)], ...QUIET.slice(1)], 0.1)
      }
      return desk.frame(QUIET, 0.1).brackets[2]!.sd!
    }
    const quiet = new Desk()
    quiet.frame()
    const once = quiet.frame(QUIET, 30).brackets[2]!.sd!
    expect(flicker({})).toBeGreaterThan(0.5 * once)
    expect(flicker({ bookCorrelationSeconds: 1e-9 })).toBeLessThan(0.5 * once)
  })

  test.each([
    ['stale-book', { quoteState: 'stale' }],
    ['crossed', { quoteState: 'crossed' }],
  ] as const)('%s: no PMF and no update', (reason, more) => {
    const desk = new Desk()
    desk.frame()
    const before = filterOf(desk).mean
    const jumped: Quote[] = [[5_000, 5_200, more], ...QUIET.slice(1)]
    const said = desk.frame(jumped)
    expect(said).toMatchObject({ isFeasible: false, reason, nis: null, mu: null })
    expect(said.brackets.every(({ p }) => p === null)).toBe(true)
    expect(filterOf(desk).mean).toEqual(before)
  })

  test('a bracket nobody quotes is left to the others', () => {
    const empty: Quote[] = [...QUIET.slice(0, 5), [0, 10_000, { quoteState: 'empty', mid: null }]]
    const said = new Desk().frame(empty)
    expect(said.isFeasible).toBe(true)
    expect(said.brackets[5]!.sd!).toBeGreaterThan(said.brackets[4]!.sd!)
  })

  test('three jumps in a row are a change point: the filter doubts itself, then follows', () => {
    const desk = new Desk({ focusThreshold: 1e6 })
    settle(desk, 30, 5)
    const steps: Quote[][] = [0, 1, 2].map((n) => [
      ...QUIET.slice(0, 2),
      [100, 200 + 100 * (n % 2)],
      [300 + 100 * n, 500 + 100 * n],
      [1_100, 1_300],
      [7_000 + 100 * n, 7_200 + 100 * n],
    ])
    expect(steps.map((quotes) => desk.frame(quotes).isChangePoint)).toEqual([false, false, true])
    const followed = desk.frame(steps[0], 1)
    expect(followed.isChangePoint).toBe(true)
    expect(followed.brackets[5]!.p!).toBeGreaterThan(0.65)
    expect(desk.frame(steps[0], 31).isChangePoint).toBe(false)
  })
})

test('a drift no single book gives away is a change point in time', () => {
  const desk = new Desk({ gate: { quantile: 0.999, streak: 1_000 } })
  settle(desk, 60, 5)
  const drifting = Array.from({ length: 30 }, (_, n) => {
    const mass = 100 * (n + 1)
    const quotes = QUIET.map(([bid, ask], i): Quote => {
      const move = i === 2 ? -mass : i === 4 ? mass : 0
      return [bid + move, ask + move]
    })
    return desk.frame(quotes, 1).isChangePoint
  })
  expect(drifting[0]).toBe(false)
  expect(drifting).toContain(true)
})

describe('dead brackets', () => {
  test('what the running high has passed is exactly zero, and stays so', () => {
    const desk = new Desk()
    desk.weather(WEATHER)
    desk.frame()
    desk.weather([0, 0.003, 0.55, 0.35, 0.08, 0.017], { hardLowerF: 47 })
    const said = desk.frame([[0, 100], [700, 900], ...QUIET.slice(2)])
    expect(probabilities(said).slice(0, 2)).toEqual([0, 0])
    expect(said.brackets.map(({ isDead }) => isDead)).toEqual([true, true, ...Array(4).fill(false)])
    expect(said.brackets[0]).toMatchObject({ sd: 0, weatherP: 0 })
    expect(sum(probabilities(said))).toBeCloseTo(1, 12)
    // A correction downwards does not bring a bracket back.
    desk.weather(WEATHER, { hardLowerF: 45 })
    const later = desk.frame([[0, 200], [700, 800], ...QUIET.slice(2)])
    expect(later.brackets[1]).toMatchObject({ p: 0, isDead: true })
    // It says now that dead brackets are likely: then it is not believed.
    expect(later.reason).toBe('market-weather-incoherent')
  })

  test('a market that has not seen the new high is read as if it had, unless it bets against it', () => {
    const late = new Desk()
    late.weather(WEATHER)
    late.frame()
    late.weather([0, 0, 0.55, 0.36, 0.08, 0.01], { hardLowerF: 47 })
    const said = late.frame(QUIET, 0)
    expect(said.isFeasible).toBe(true)
    expect(said.brackets[2]!.p!).toBeGreaterThan(0.4)
    const against: Quote[] = [
      [100, 200],
      [5_000, 5_200],
      [2_000, 2_200],
      [2_000, 2_200],
      ...QUIET.slice(4),
    ]
    const bet = late.frame(against.map(([bid, ask], i) => (i < 4 ? [bid, ask] : [0, 500])))
    expect(bet).toMatchObject({ isFeasible: false, reason: 'market-on-dead', nis: null })
  })

  test('a bracket listed again with other strikes begins anew with the rest', () => {
    const desk = new Desk()
    desk.frame()
    desk.weather(WEATHER, { hardLowerF: 45 })
    expect(desk.frame().brackets[0]!.isDead).toBe(true)
    desk.list({ ticker: 'T45', strikeType: 'less', capStrike: 48 })
    const said = desk.frame()
    expect(said.brackets[0]).toMatchObject({ isDead: false })
    expect(said.brackets[0]!.p!).toBeGreaterThan(0)
  })

  test('the last bracket left is certain', () => {
    const desk = new Desk()
    desk.frame()
    desk.weather([0, 0, 0, 0, 0, 1], { hardLowerF: 53 })
    const dead: Quote[] = QUIET.slice(0, 5).map(() => [0, 100])
    expect(probabilities(desk.frame([...dead, [9_800, 10_000]]))).toEqual([0, 0, 0, 0, 0, 1])
    expect(desk.frame([...dead, [9_900, 10_000]])).toMatchObject({ reason: 'fused', mu: 53.5 })
  })

  test('ratios of the living do not change when a bracket dies', () => {
    const desk = new Desk()
    const before = probabilities(desk.frame())
    desk.weather(WEATHER, { hardLowerF: 45 })
    const after = probabilities(desk.frame(QUIET, 0))
    expect(after[0]).toBe(0)
    expect(after[3]! / after[2]!).toBeCloseTo(before[3]! / before[2]!, 2)
  })

  test.each(['dirichlet', 'log-pool'] as const)('%s keeps structural zeros', (method) => {
    const desk = new Desk({ method })
    desk.weather([0, 0.1, 0.4, 0.4, 0.08, 0.02], { hardLowerF: 45 })
    const said = desk.frame([[0, 100], ...QUIET.slice(1)])
    expect(said.brackets[0]).toMatchObject({ p: 0, sd: 0, isDead: true })
    expect(sum(probabilities(said))).toBeCloseTo(1, 12)
  })
})

describe('calibration', () => {
  test('a versioned map is applied, the sum stays one and zeros stay zero', () => {
    const map = { kind: 'temperature', inverseT: 2 } as const
    const maps = [{ series: 'KXHIGHNY', leadHours: 12, map }]
    const desk = new Desk({ calibration: { version: 'ny-1d-7', maps } })
    const plain = new Desk()
    for (const each of [desk, plain]) each.weather(WEATHER, { hardLowerF: 45 })
    const quotes: Quote[] = [[0, 100], ...QUIET.slice(1)]
    const said = desk.frame(quotes)
    expect(said.calibration).toBe('ny-1d-7')
    const [sharp, raw] = [probabilities(said), probabilities(plain.frame(quotes))]
    expect(sum(sharp)).toBeCloseTo(1, 12)
    expect(sharp[0]).toBe(0)
    expect(sharp[2]! / sharp[1]!).toBeGreaterThan(raw[2]! / raw[1]!)
    // The map is of what is said, not of the state: it is not applied twice.
    expect(probabilities(desk.frame(quotes, 0))).toEqual(sharp)
    // What the map was applied to is said beside it, and only then.
    expect(said.brackets.map(({ rawP }) => rawP)).toEqual(raw)
    expect(plain.frame(quotes).brackets.every((bracket) => !('rawP' in bracket))).toBe(true)
  })

  test('a map is in force from its lead to the next one, for its own series', () => {
    const map = { kind: 'temperature', inverseT: 2 } as const
    const maps = [
      { series: 'KXHIGHNY', leadHours: 3, map: { kind: 'none' } as const },
      { series: 'KXHIGHNY', leadHours: 6, map },
      { series: 'KXHIGHLAX', leadHours: 200, map },
    ]
    const desk = new Desk({ calibration: { version: 'ny', maps } })
    const plain = new Desk()
    // The event closes after ten hours.
    for (const [hours, version] of Object.entries({
      3: 'identity',
      4: 'ny',
      6: 'ny',
      7: 'identity',
    })) {
      for (const each of [desk, plain]) each.timeUs = START_US + Number(hours) * 3_600 * SECOND_US
      const [said, raw] = [desk.frame(QUIET, 0), plain.frame(QUIET, 0)]
      expect([hours, said.calibration]).toEqual([hours, version])
      if (version === 'identity') expect(probabilities(said)).toEqual(probabilities(raw))
      else expect(probabilities(said)).not.toEqual(probabilities(raw))
    }
  })
})

test('other brackets begin anew', () => {
  const desk = new Desk()
  desk.frame()
  const rows = desk.frame().brackets.length
  expect(rows).toBe(6)
  const said = desk.frame(
    [
      [3_000, 3_200],
      [3_000, 3_200],
      [3_600, 3_800],
    ],
    1,
    {
      centres: CENTRES.slice(0, 3),
    },
  )
  expect(said.isFeasible).toBe(true)
  expect(said.brackets.map(({ marketTicker }) => marketTicker)).toEqual(TICKERS.slice(0, 3))
  expect(said.brackets[0]!.p!).toBeCloseTo(0.31, 1)
})
