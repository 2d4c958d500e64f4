import type { DataOf, LadderRow } from '@kwm/contracts'
import { eventSchemas } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import {
  blankRow,
  featuresMachine,
  type FeaturesConfig,
  type FeaturesInput,
  type FeaturesSnapshot,
} from '../src/index.ts'
import { framesOf, quickConfig, randomTape, TICKERS } from './random-tape.ts'

type Frame = DataOf<'feature.ladder-frame.v1'>
const SEEDS = [1, 2, 3]
const SECONDS = 90
const FIELDS = Object.keys(blankRow('x')) as (keyof LadderRow)[]

const tapes = SEEDS.map((seed) => randomTape(seed, SECONDS))
const frames = tapes.map((tape) => framesOf(tape))

test('a random tape has every feature in it, and every one is missing somewhere', () => {
  const rows = frames.flat().flatMap(({ frame }) => frame.rows)
  const flags = ['cusum', 'focus'] // Alarms are rare on a minute and a half of noise.
  for (const field of FIELDS) {
    const values = new Set(rows.map((row) => JSON.stringify(row[field])))
    expect(values.size, field).toBeGreaterThan(flags.includes(field) ? 0 : 1)
  }
})

test('every frame is what the contract says', () => {
  const schema = eventSchemas['feature.ladder-frame.v1']
  const times = { eventTimeUs: 1, ingestTimeUs: 1 }
  for (const { frame } of frames.flat().filter((_, n) => n % 20 === 0)) {
    const event = { type: 'feature.ladder-frame.v1', id: 'a', causationId: 'b', ...times }
    expect(schema.safeParse({ ...event, data: frame }).error).toBeUndefined()
  }
})

test('nothing undefined or not finite is ever said', () => {
  for (const { frame } of frames.flat()) {
    expect(Object.keys(frame.rows[0]!)).toEqual(FIELDS)
    expect(JSON.parse(JSON.stringify(frame))).toEqual(frame)
  }
})

describe('causality', () => {
  /** Later events deleted, their numbers spoiled, or all of another day. */
  const futures: Record<string, (tape: readonly FeaturesInput[], cut: number) => FeaturesInput[]> =
    {
      deleted: (tape, cut) => tape.slice(0, cut),
      spoiled: (tape, cut) => [...tape.slice(0, cut), ...tape.slice(cut).flatMap(spoil)],
      exchanged: (tape, cut) => [...tape.slice(0, cut), ...randomTape(99, SECONDS).slice(cut)],
    }
  test.each(Object.keys(futures))('no feature up to t knows of what comes after: %s', (name) => {
    for (const [index, tape] of tapes.entries()) {
      for (const cut of [50, Math.floor(tape.length / 2), tape.length - 20]) {
        const got = framesOf(futures[name]!(tape, cut)).filter(({ n }) => n < cut)
        const wanted = frames[index]!.filter(({ n }) => n < cut)
        expect(got.length).toBe(wanted.length)
        for (const [i, { frame }] of wanted.entries()) expectFrame(got[i]!.frame, frame)
      }
    }
  })

  test('a planted look-ahead is caught by that comparison', () => {
    const tape = tapes[0]!
    const cut = Math.floor(tape.length / 2)
    // As if each frame's flow were the one of ten frames later.
    const peeking = (said: readonly { n: number; frame: Frame }[]) =>
      said.map(({ n, frame }, i) => ({
        n,
        flow: (said[i + 10]?.frame ?? frame).rows.map((row) => row.ofi60s),
      }))
    const before = (list: ReturnType<typeof peeking>) => list.filter(({ n }) => n < cut)
    const part = framesOf(tape.slice(0, cut))
    expect(before(peeking(part))).not.toEqual(before(peeking(frames[0]!)))
  })
})

function expectFrame(got: Frame, wanted: Frame): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) expect(got).toEqual(wanted)
}

const spoil = (input: FeaturesInput): FeaturesInput[] => {
  if (input.type === 'md.book-delta.v1') return []
  if (input.type !== 'md.trade.v1') return [input]
  return [{ ...input, data: { ...input.data, yesPriceBps: 5_000, countCenti: 99_900 } }]
}

test('a snapshot anywhere changes nothing that is said afterwards', () => {
  const tape = tapes[0]!
  for (const cut of [0, 3, 30, 200, tape.length - 30]) {
    let state = featuresMachine.initial(quickConfig)
    const said = tape.flatMap((input, n) => {
      if (n === cut) {
        const saved = JSON.stringify(featuresMachine.snapshot(state))
        state = featuresMachine.restore(quickConfig, JSON.parse(saved) as FeaturesSnapshot)
        expect(JSON.stringify(featuresMachine.snapshot(state))).toBe(saved)
      }
      return featuresMachine.step(state, input).map(({ data }) => ({ n, frame: data as Frame }))
    })
    for (const [i, { frame }] of frames[0]!.entries()) expectFrame(said[i]!.frame, frame)
  }
})

test('a snapshot of another version is refused with what to do', () => {
  const saved = featuresMachine.snapshot(featuresMachine.initial(quickConfig))
  const old = { ...saved, v: 1 } as unknown as FeaturesSnapshot
  expect(() => featuresMachine.restore(quickConfig, old)).toThrow(/v1: remove it/)
})

test('rows of a stale or crossed book hold no feature of the book', () => {
  const ofBook: (keyof LadderRow)[] = [
    ...(['mid', 'microprice', 'queueImbalance', 'depthImbalance', 'bidDepth', 'bidSlope'] as const),
    ...(['ofi5s', 'ofiLevels15s', 'ofiIntegrated60s', 'churnRate60s', 'velocity'] as const),
    ...(['bookVelocity', 'bookDivergenceT', 'ras', 'midGap', 'spreadBps'] as const),
  ]
  const rows = frames.flat().flatMap(({ frame }) => frame.rows)
  const unusable = rows.filter((row) => row.quoteState === 'stale' || row.quoteState === 'crossed')
  expect(unusable.length).toBeGreaterThan(20)
  for (const row of unusable) for (const field of ofBook) expect(row[field], field).toBeNull()
})

describe('YES and NO are mirrors', () => {
  const mirrored = tapes.map((tape) => framesOf(tape.map(mirrorInput)))
  test.each(SEEDS.map((_, index) => index))('tape %i', (index) => {
    for (const [i, { frame }] of frames[index]!.entries()) {
      for (const [rung, row] of frame.rows.entries()) {
        const other = mirrored[index]![i]!.frame.rows[rung]!
        for (const [field, rule] of Object.entries(MIRROR)) {
          const at = `${field} of ${TICKERS[rung]} at ${i}`
          expectNear(other[field as keyof LadderRow], rule(row), at)
        }
      }
    }
  })
})

const negative = (field: keyof LadderRow) => (row: LadderRow) => map(row[field], (x) => -x)
const same = (field: keyof LadderRow) => (row: LadderRow) => row[field]
const complement = (field: keyof LadderRow) => (row: LadderRow) => map(row[field], (x) => 1 - x)

/** What a field of the mirrored market is, by the row of the market itself. */
const MIRROR: Readonly<Record<string, (row: LadderRow) => unknown>> = {
  bidDepth: same('askDepth'),
  askDepth: same('bidDepth'),
  bidSlope: same('askSlope'),
  hawkesBuy: same('hawkesSell'),
  hawkesSell: same('hawkesBuy'),
  ...rules(complement, ['mid', 'fairMid', 'microprice', 'queueImbalance', 'vwap30s', 'vwap300s']),
  ...rules(complement, ['closeLocation300s', 'buyShare']),
  ...rules(negative, ['depthImbalance', 'depthImbalanceWeighted', 'ofi5s', 'ofi15s', 'ofi60s']),
  ...rules(negative, ['ofiNorm5s', 'ofiNorm15s', 'ofiNorm60s', 'ofiLevels5s', 'ofiLevels60s']),
  ...rules(negative, ['ofiIntegrated5s', 'ofiIntegrated60s', 'signedFlow10s', 'signedFlow30s']),
  ...rules(negative, ['signedFlow300s', 'flowImbalance10s', 'flowImbalance300s', 'velocity']),
  ...rules(negative, [
    'acceleration',
    'bookVelocity',
    'ras',
    'velocityGap',
    'midGap',
    'ofiNormGap',
  ]),
  ...rules(negative, ['pairGapUp', 'cusum', 'focus']),
  ...rules(same, ['spreadBps', 'fairVar', 'churnRate60s', 'cancelRatio60s', 'emptyBooks60s']),
  ...rules(same, ['volume10min', 'velocitySe', 'accelerationSe', 'bookVelocitySe', 'burst']),
  ...rules(same, ['isSpike', 'hasVolume', 'isActive', 'quoteAgeMs', 'leadLagUp', 'correlationUp']),
  ...rules(same, ['correlationShiftUp', 'focusStatistic']),
}

function rules<R>(rule: (field: keyof LadderRow) => R, fields: readonly (keyof LadderRow)[]) {
  return Object.fromEntries(fields.map((field) => [field, rule(field)]))
}

function map(value: unknown, f: (x: number) => number): unknown {
  if (Array.isArray(value)) return value.map((x: number) => f(x))
  return typeof value === 'number' ? f(value) : value
}

function mirrorInput(input: FeaturesInput): FeaturesInput {
  switch (input.type) {
    case 'md.book-snapshot.v1':
      return { ...input, data: { ...input.data, yes: input.data.no, no: input.data.yes } }
    case 'md.book-delta.v1':
      return { ...input, data: { ...input.data, side: other(input.data.side) } }
    case 'md.trade.v1': {
      const { takerSide, yesPriceBps } = input.data
      const print = { takerSide: other(takerSide), yesPriceBps: 10_000 - yesPriceBps }
      return { ...input, data: { ...input.data, ...print } }
    }
    default:
      return input
  }
}

const other = (side: 'yes' | 'no'): 'yes' | 'no' => (side === 'yes' ? 'no' : 'yes')

describe('units', () => {
  test('counts times three: flows times three, ratios as they were', () => {
    const config = { ...quickConfig, activeVolumeMinCenti: 3 * quickConfig.activeVolumeMinCenti }
    const scaled = framesOf(
      tapes[0]!.map((input) => scaleCounts(input, 3)),
      config,
    )
    expectScaled(scaled, frames[0]!, {
      ...scale(3, ['ofi5s', 'ofi60s', 'ofiLevels15s', 'signedFlow30s', 'volume10min', 'bidDepth']),
      ...scale(3, ['bidSlope', 'askSlope', 'askDepth']),
      ...scale(1, ['mid', 'queueImbalance', 'depthImbalance', 'ofiNorm15s', 'ofiIntegrated15s']),
      ...scale(1, ['churnRate60s', 'flowImbalance30s', 'vwap30s', 'velocity', 'hawkesBuy', 'ras']),
    })
  })

  test('half-life and time times ten: velocities a tenth, accelerations a hundredth', () => {
    // Without ticks and weather, whose windows are of fixed length.
    const plain = tapes[0]!.filter(({ type }) => type !== 'ops.tick.v1')
    const config = { ...quickConfig, kinematicsHalfLifeUs: 10 * quickConfig.kinematicsHalfLifeUs }
    const slow: FeaturesConfig = { ...config, activeChangeUs: 10 * config.activeChangeUs }
    const origin = plain[0]!.eventTimeUs
    const stretched = plain.map((input) => ({
      ...input,
      eventTimeUs: origin + 10 * (input.eventTimeUs - origin),
    }))
    expectScaled(framesOf(stretched, slow), framesOf(plain), {
      ...scale(0.1, ['velocity', 'velocitySe', 'bookVelocity', 'bookVelocitySe']),
      ...scale(0.01, ['acceleration', 'accelerationSe']),
      ...scale(10, ['quoteAgeMs']),
      ...scale(1, ['mid', 'microprice']),
    })
  })
})

const scale = (factor: number, fields: readonly (keyof LadderRow)[]): Record<string, number> =>
  Object.fromEntries(fields.map((field) => [field, factor]))

function expectScaled(
  got: ReturnType<typeof framesOf>,
  wanted: ReturnType<typeof framesOf>,
  factors: Readonly<Record<string, number>>,
): void {
  expect(got.length).toBe(wanted.length)
  for (const [i, { frame }] of wanted.entries()) {
    for (const [rung, row] of frame.rows.entries()) {
      for (const [field, factor] of Object.entries(factors)) {
        const value = got[i]!.frame.rows[rung]![field as keyof LadderRow]
        expectNear(
          value,
          map(row[field as keyof LadderRow], (x) => factor * x),
          `${field} at ${i}`,
        )
      }
    }
  }
}

function scaleCounts(input: FeaturesInput, factor: number): FeaturesInput {
  const levels = (side: readonly (readonly [number, number])[]): [number, number][] =>
    side.map(([price, count]) => [price, factor * count])
  switch (input.type) {
    case 'md.book-snapshot.v1': {
      const { yes, no } = input.data
      return { ...input, data: { ...input.data, yes: levels(yes), no: levels(no) } }
    }
    case 'md.book-delta.v1': {
      const countDeltaCenti = factor * input.data.countDeltaCenti
      return { ...input, data: { ...input.data, countDeltaCenti } }
    }
    case 'md.trade.v1':
      return { ...input, data: { ...input.data, countCenti: factor * input.data.countCenti } }
    default:
      return input
  }
}

function expectNear(got: unknown, wanted: unknown, at: string): void {
  if (Array.isArray(got) && Array.isArray(wanted)) {
    expect(got.length, at).toBe(wanted.length)
    for (const [i, value] of got.entries()) expectNear(value, wanted[i], at)
    return
  }
  if (typeof got !== 'number' || typeof wanted !== 'number') {
    if (got !== wanted) expect(got, at).toEqual(wanted)
    return
  }
  const error = Math.abs(got - wanted)
  if (error > 1e-9 + 1e-6 * Math.abs(wanted)) expect(got, at).toBe(wanted)
}
