import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import { defaultPmfConfig, pmfMachine, type PmfConfig, type PmfInput } from '../src/index.ts'
import type { PmfSnapshot } from '../src/index.ts'
import { BRACKETS, Desk, EVENT, type Quote } from './desk.ts'

const configs: Readonly<Record<string, Partial<PmfConfig>>> = {
  filter: {},
  // Few of them: these are properties of any cloud.
  particles: { method: 'particles', particles: { ...defaultPmfConfig.particles, count: 40 } },
  dirichlet: { method: 'dirichlet' },
  'log-pool': { method: 'log-pool', logPoolWeightSum: 1.3 },
  calibrated: {
    weatherStaleUs: 20_000_000,
    calibration: {
      version: 'b',
      maps: [{ series: 'KXHIGHNY', leadHours: 12, map: { kind: 'beta', a: 0.8, b: 1.3, c: 0.1 } }],
    },
  },
}

/** Half a day in a few hundred steps: quiet books, jumps, holes, contradictions, a rising day. */
function randomInputs(seed: number, count: number): readonly PmfInput[] {
  const prng = new Prng(`day ${seed}`)
  const desk = new Desk()
  let place = 46 + 4 * prng.nextFloat()
  let hardLowerF: number | null = null
  for (let n = 0; n < count; n++) {
    place += 0.2 * prng.nextNormal()
    if (prng.nextFloat() < 0.03) place += 3 * prng.nextNormal()
    const masses = BRACKETS.map((_, i) => Math.exp(-(((43.5 + 2 * i - place) / 3) ** 2)) + 1e-3)
    const total = masses.reduce((sum, mass) => sum + mass, 0)
    const pmf = masses.map((mass) => mass / total)
    const dice = prng.nextFloat()
    if (dice < 0.1) {
      if (prng.nextFloat() < 0.1) hardLowerF = Math.max(hardLowerF ?? 0, Math.round(place) - 4)
      const isOdd = prng.nextFloat() < 0.1
      desk.weather(isOdd ? pmf.map((p) => p / 2) : pmf, {
        ...{ hardLowerF, hazard60min: prng.nextFloat() },
      })
    } else {
      desk.frame(
        pmf.map((p) => quoteOf(prng, p)),
        prng.nextFloat() < 0.1 ? 0 : 20 * prng.nextFloat(),
      )
    }
  }
  return desk.inputs
}

function quoteOf(prng: Prng, p: number): Quote {
  const middle = Math.round(100 * (p + 0.02 * prng.nextNormal())) * 100
  const half = 100 * (1 + prng.nextInt(4))
  const bid = Math.max(0, Math.min(9_900, middle - half))
  const ask = Math.min(10_000, Math.max(bid + 100, middle + half))
  const dice = prng.nextFloat()
  const more = { volume10min: 500 * prng.nextFloat() }
  if (dice < 0.005) return [bid, ask, { ...more, quoteState: 'stale', mid: null }]
  if (dice < 0.01) return [ask, bid, { ...more, quoteState: 'crossed', mid: null }]
  if (dice < 0.02) return [0, 10_000, { ...more, quoteState: 'empty', mid: null }]
  return [bid, ask, more]
}

const initial = (config: Partial<PmfConfig>) =>
  pmfMachine.initial({ ...defaultPmfConfig, ...config })
const run = (inputs: readonly PmfInput[], state: ReturnType<typeof initial>): string[] =>
  inputs.flatMap((input) => pmfMachine.step(state, input).map((said) => JSON.stringify(said)))

describe.each(Object.entries(configs))('%s', (_, config) => {
  test('a replay says the same bytes', () => {
    const inputs = randomInputs(1, 150)
    expect(run(inputs, initial(config))).toEqual(run(inputs, initial(config)))
  })

  test('what comes after t changes nothing said up to t', () => {
    const inputs = randomInputs(2, 120)
    const whole = run(inputs, initial(config))
    const other = randomInputs(3, 120)
    for (const cut of [10, 40, 90]) {
      const before = run(inputs.slice(0, cut), initial(config))
      expect(before).toEqual(whole.slice(0, before.length))
      const corrupted = [...inputs.slice(0, cut), ...other.slice(cut)]
      expect(run(corrupted, initial(config)).slice(0, before.length)).toEqual(before)
    }
  })

  test('resumed from JSON anywhere it goes on bit for bit', () => {
    const inputs = randomInputs(4, 90)
    const straight = run(inputs, initial(config))
    if (config.method === undefined) expect(straight.join()).toContain('"isChangePoint":true')
    for (let cut = 6; cut < inputs.length; cut++) {
      const state = initial(config)
      const before = run(inputs.slice(0, cut), state)
      const saved = JSON.parse(JSON.stringify(pmfMachine.snapshot(state))) as PmfSnapshot
      const restored = pmfMachine.restore({ ...defaultPmfConfig, ...config }, saved)
      expect([...before, ...run(inputs.slice(cut), restored)]).toEqual(straight)
    }
  })

  test('whatever comes, a PMF is coherent or not said, and the dead are exactly zero', () => {
    const reasons = new Set<string>()
    let deaths = 0
    for (let seed = 10; seed < 22; seed++) {
      const state = initial(config)
      let hardLower = -Infinity
      for (const input of randomInputs(seed, 200)) {
        const [said] = pmfMachine.step(state, input)
        if (input.type === 'pmf.weather-pmf.v1') {
          hardLower = Math.max(hardLower, input.data.hardLowerF ?? -Infinity)
        }
        if (said?.type !== 'pmf.fused-pmf.v1') continue
        const { isFeasible, brackets, reason } = said.data
        reasons.add(reason)
        if (!isFeasible) {
          expect(brackets.every(({ p }) => p === null)).toBe(true)
          continue
        }
        let sum = 0
        for (const [i, { p, sd, isDead }] of brackets.entries()) {
          expect(p! >= 0 && p! <= 1 && sd! >= 0 && sd! < 1).toBe(true)
          expect(isDead).toBe(i < 5 && 44 + 2 * i < hardLower)
          if (isDead) deaths++
          expect(p === 0 || !isDead).toBe(true)
          sum += p!
        }
        expect(Math.abs(sum - 1)).toBeLessThan(1e-9)
      }
    }
    expect(deaths).toBeGreaterThan(50)
    for (const reason of ['fused', 'market-weather-incoherent', 'stale-book', 'crossed']) {
      expect(reasons).toContain(reason)
    }
  })
})

test('resumed between the news of a death and the next frame, the dead are dead', () => {
  const desk = new Desk()
  desk.frame()
  desk.weather([0, 0.1, 0.4, 0.36, 0.12, 0.02], { hardLowerF: 45 })
  const saved = JSON.parse(JSON.stringify(pmfMachine.snapshot(desk.state))) as PmfSnapshot
  desk.state = pmfMachine.restore(defaultPmfConfig, saved)
  expect(desk.frame().brackets[0]).toMatchObject({ p: 0, isDead: true })
})

test('an event that is over is let go of when the next is listed', () => {
  const desk = new Desk()
  desk.frame()
  expect(desk.state.events.has(EVENT)).toBe(true)
  desk.timeUs += 2 * 36_000_000_000
  desk.list(BRACKETS[1])
  expect(desk.state.events.size).toBe(0)
  expect(desk.state.terms.size).toBe(0)
})

test('a snapshot of another version is refused with what to do', () => {
  const saved = { v: 1, motions: [] } as unknown as PmfSnapshot
  expect(() => pmfMachine.restore(defaultPmfConfig, saved)).toThrow('version 1: delete it')
})
