import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeLocation, TradeFlow } from '../src/index.ts'
import type { TradeFlowSnapshot, TradePrint } from '../src/index.ts'

const prints = fc
  .array(
    fc.record({
      gapUs: fc.integer({ min: 0, max: 5 }),
      takerSide: fc.constantFrom<'yes' | 'no'>('yes', 'no'),
      yesPriceBps: fc.integer({ min: 1, max: 9_999 }),
      countCenti: fc.integer({ min: 1, max: 1e6 }),
      isBlock: fc.boolean(),
    }),
    { maxLength: 60, size: 'max' },
  )
  .map((list): TradePrint[] => {
    let eventTimeUs = 100
    return list.map(({ gapUs, ...print }) => ({ ...print, eventTimeUs: (eventTimeUs += gapUs) }))
  })

const WINDOWS_US = [7, 20]

/** The oracle reads the definition off the whole list. */
function flowOver(all: readonly TradePrint[], fromUs: number, toUs: number) {
  const inside = all.filter((p) => !p.isBlock && p.eventTimeUs > fromUs && p.eventTimeUs <= toUs)
  const total = (of: readonly TradePrint[], value: (p: TradePrint) => number): number =>
    of.reduce((sum, p) => sum + value(p), 0)
  const buys = inside.filter((p) => p.takerSide === 'yes')
  const sells = inside.filter((p) => p.takerSide === 'no')
  const [buyCenti, sellCenti] = [
    total(buys, (p) => p.countCenti),
    total(sells, (p) => p.countCenti),
  ]
  const notional = (p: TradePrint): number => p.yesPriceBps * p.countCenti
  const countCenti = buyCenti + sellCenti
  return {
    buyCenti,
    sellCenti,
    signedCenti: buyCenti - sellCenti,
    signedNotionalMicros: total(buys, notional) - total(sells, notional),
    vwap: countCenti === 0 ? null : total(inside, notional) / countCenti / 1e4,
    flowImbalance: countCenti === 0 ? 0 : (buyCenti - sellCenti) / countCenti,
    printCount: inside.length,
    aggressiveEventCount: new Set(inside.map((p) => `${p.eventTimeUs}${p.takerSide}`)).size,
  }
}

describe('trade flow', () => {
  test('equals the definition over the list, after every print and across a snapshot', () => {
    fc.assert(
      fc.property(prints, fc.nat(), (list, seed) => {
        let flow = new TradeFlow({ windowsUs: WINDOWS_US })
        for (const [i, print] of list.entries()) {
          flow.push(print)
          if (i === seed % list.length) {
            const json = JSON.stringify(flow.snapshot())
            const saved: TradeFlowSnapshot = JSON.parse(json)
            flow = TradeFlow.restore(saved)
          }
          const nowUs = print.eventTimeUs
          flow.advance(nowUs)
          const seen = list.slice(0, i + 1)
          for (const [w, h] of WINDOWS_US.entries()) {
            expect(flow.window(w)).toEqual(flowOver(seen, nowUs - h, nowUs))
          }
        }
      }),
    )
  })

  test('swapping the taker mirrors the flow', () => {
    fc.assert(
      fc.property(prints, (list) => {
        const [a, b] = [new TradeFlow(), new TradeFlow()]
        for (const print of list) {
          a.push(print)
          b.push({ ...print, takerSide: print.takerSide === 'yes' ? 'no' : 'yes' })
        }
        const [x, y] = [a.window(2), b.window(2)]
        expect([
          y.signedCenti + x.signedCenti,
          y.signedNotionalMicros + x.signedNotionalMicros,
        ]).toEqual([0, 0])
        expect([y.vwap, y.aggressiveEventCount]).toEqual([x.vwap, x.aggressiveEventCount])
      }),
    )
  })

  test('refuses a print that cannot be', () => {
    const print: TradePrint = {
      eventTimeUs: 1,
      takerSide: 'yes',
      yesPriceBps: 5000,
      countCenti: 100,
      isBlock: false,
    }
    const flow = new TradeFlow()
    expect(() => flow.push({ ...print, yesPriceBps: 10_000 })).toThrow('print at')
    expect(() => flow.push({ ...print, countCenti: NaN })).toThrow('print of')
    expect(() => flow.push({ ...print, countCenti: 2 ** 50 })).toThrow('exact integers')
  })
})

test('close location is half on a flat bar, null without trades, never zero by default', () => {
  expect(closeLocation(40, 40, 40)).toBe(0.5)
  expect(closeLocation(null, null, null)).toBeNull()
  expect(() => closeLocation(40, 30, 45)).toThrow('outside')
  expect(() => closeLocation(40, 30, NaN)).toThrow('outside')
})
