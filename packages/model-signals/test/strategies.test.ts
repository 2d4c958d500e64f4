import type { LadderEvent, LadderRow } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import { strategies, type Strategy } from '../src/index.ts'
import { contextOf, evaluate, paramsOf, strategyOf, TICKERS, type Row, type Scene } from './desk.ts'
import { cases, type Trade } from './scenes.ts'

test('every strategy of the list has its cases', () => {
  expect(Object.keys(cases).toSorted()).toEqual(strategies.map(({ name }) => name).toSorted())
})

describe.each(Object.entries(cases))('%s', (name, one) => {
  const { scene, gates, optional, mirrored } = one
  const strategy = strategyOf(name)
  const reads = readsOf(strategy)
  const trades: readonly Trade[] = [one, mirrored]

  test('trades when it should, either way', () => {
    for (const { scene: at, side, marketTicker } of trades) {
      const { opportunity, intents } = evaluate(strategy, at)
      expect(opportunity).toMatchObject({ decision: 'trade', reason: 'trade' })
      expect(opportunity.evBps).toBeGreaterThan(0)
      expect(intents[0]).toMatchObject({ side, marketTicker })
      for (const intent of intents) expect(intent.fairBps).toBeGreaterThan(intent.priceBps)
    }
  })

  test('a dead bracket is not bought, nor sold but by who looks for that', () => {
    for (const { scene: at, marketTicker } of trades) {
      const dead = TICKERS.indexOf(marketTicker)
      const rows = TICKERS.map((_, k) => ({ ...at.rows?.[k], isDead: k === dead }))
      const brackets = contextOf(at).pmf.data.brackets.map((bracket, k) =>
        k === dead ? { ...bracket, p: 0, isDead: true } : { ...bracket, p: 0.5 },
      )
      const { intents } = evaluate(strategy, { ...at, rows, pmf: { ...at.pmf, brackets } })
      const ofIt = intents.filter((intent) => intent.marketTicker === marketTicker)
      expect(name === 'coherence' ? [] : ofIt).toEqual([])
    }
  })

  test('what it would order has its EV, also where the edge is too small', () => {
    if (!gates['edge']) return
    const { opportunity } = evaluate(strategy, { ...scene, ...gates['edge'] })
    expect(opportunity.reason).toBe('edge')
    expect(opportunity.evBps).toEqual(expect.any(Number))
  })

  test.each(Object.entries(gates))('%s can refuse', (gate, change) => {
    const { opportunity, intents } = evaluate(strategy, { ...scene, ...change })
    expect(opportunity).toMatchObject({ decision: 'no-trade', reason: gate })
    expect(opportunity.gates.at(-1)).toMatchObject({ gate, passed: false })
    expect(intents).toEqual([])
  })

  test('no gate is without a case', () => {
    const passed = evaluate(strategy, scene).opportunity.gates.map(({ gate }) => gate)
    expect(Object.keys(gates)).toEqual(expect.arrayContaining(passed))
  })

  test.each(['stale', 'bid-only', 'ask-only', 'empty', 'crossed'] as const)(
    'no trade on a ladder of %s books',
    (quoteState) => {
      for (const { scene: at, tradesOn } of trades) {
        if (quoteState === tradesOn) continue
        const rows = TICKERS.map((_, index) => ({ ...at.rows?.[index], ...sides(quoteState) }))
        expect(evaluate(strategy, { ...at, rows }).intents).toEqual([])
      }
    },
  )

  test('no trade on an input that is missing', () => {
    for (const { scene: at } of trades) {
      for (const field of reads.rows) {
        if (ALWAYS_THERE.has(field) || optional?.includes(`row.${field}`)) continue
        const rows = TICKERS.map((_, index) => ({ ...at.rows?.[index], [field]: null }))
        expect(evaluate(strategy, { ...at, rows }).intents, field).toEqual([])
      }
      for (const field of reads.event) {
        if (optional?.includes(`event.${field}`)) continue
        const event = { ...at.event, [field]: null }
        expect(evaluate(strategy, { ...at, event }).intents, field).toEqual([])
      }
    }
  })

  test('reads no more than it says', () => {
    const scenes = [scene, ...Object.values(gates).map((change) => ({ ...scene, ...change }))]
    const seen = seenBy(strategy, scenes)
    expect([...reads.rows]).toEqual(expect.arrayContaining([...seen.rows]))
    expect([...reads.event]).toEqual(expect.arrayContaining([...seen.event]))
  })

  test('what it reads is logged under the name of what it is', () => {
    const [row] = contextOf({ rows: [{ isSpike: true, isDead: true }] }).frame.rows
    const roles = {
      event: numbered(contextOf({}).frame.event!, 1_000),
      leader: { ...numbered(row!, 2_000), isActive: true },
      follower: { ...numbered(row!, 3_000), isActive: false, quoteState: 'stale' as const },
    }
    const inputs = Object.entries(strategy.reads(roles.event, roles.leader, roles.follower))
    for (const [input, value] of inputs) {
      const [role, field] = input.split('.') as [keyof typeof roles, never]
      const read: string | number | boolean = roles[role][field]
      const isState = typeof read === 'string'
      expect(value, input).toBe(isState ? (read === 'two' ? 1 : null) : Number(read))
    }
    expect(inputs.length).toBeGreaterThan(0)
    expect(Object.values(strategy.reads({}, {}, {})).filter((value) => value !== null)).toEqual([])
  })

  test('nothing is remembered between evaluations', () => {
    const before = evaluate(strategy, scene)
    for (const change of Object.values(gates)) evaluate(strategy, { ...scene, ...change })
    expect(evaluate(strategy, scene)).toEqual(before)
  })
})

/** Without quotes these are 0 or 10,000, and never null. */
const ALWAYS_THERE: ReadonlySet<string> = new Set([
  ...['quoteState', 'bidBps', 'askBps', 'bidCenti', 'askCenti', 'volume10min', 'isActive'],
])

function sides(quoteState: LadderRow['quoteState']): Row {
  if (quoteState === 'stale' || quoteState === 'crossed') return { quoteState, mid: null }
  const noBid = { bidBps: 0, bidCenti: 0 }
  const noAsk = { askBps: 10_000, askCenti: 0 }
  const missing = { 'bid-only': noAsk, 'ask-only': noBid, empty: { ...noBid, ...noAsk }, two: {} }
  return { quoteState, mid: null, microprice: null, spreadBps: null, ...missing[quoteState] }
}

/** Every number its own, so that none can stand for another. */
const numbered = <T extends object>(of: T, from: number): T =>
  Object.fromEntries(
    Object.entries(of).map(([field, value]: [string, unknown], index) => [
      field,
      typeof value === 'number' || value === null ? from + index : value,
    ]),
  ) as T

type Seen = { readonly rows: Set<keyof LadderRow>; readonly event: Set<keyof LadderEvent> }

/** What a strategy says it reads. */
function readsOf(strategy: Strategy): Seen {
  const seen: Seen = { rows: new Set(), event: new Set() }
  const row = watch({} as LadderRow, seen.rows)
  strategy.reads(watch({} as LadderEvent, seen.event), row, row)
  return seen
}

/** What its evaluations look at; a ticker says which row it is and is no input. */
function seenBy(strategy: Strategy, scenes: readonly Scene[]): Seen {
  const seen: Seen = { rows: new Set(), event: new Set() }
  for (const scene of scenes) {
    const context = contextOf(scene)
    const { frame } = context
    const watched = {
      ...frame,
      rows: frame.rows.map((row) => watch(row, seen.rows)),
      ...(frame.event && { event: watch(frame.event, seen.event) }),
    }
    strategy.evaluate(paramsOf(strategy, scene), { ...context, frame: watched })
  }
  seen.rows.delete('marketTicker')
  return seen
}

const watch = <T extends object>(of: T, seen: Set<keyof T>): T =>
  new Proxy(of, {
    get(target, field) {
      seen.add(field as keyof T)
      return target[field as keyof T]
    },
  })
