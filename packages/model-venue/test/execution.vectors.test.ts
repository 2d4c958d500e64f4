import { describe, expect, test } from 'vitest'
import {
  candleMakerFills,
  joinQueue,
  settlementPnlMicros,
  stepQueue,
  type CandleFill,
  type QueueEvent,
  type QueueModel,
} from '@kwm/model-venue'
import {
  expectCase,
  unknownKind,
  vectorCases,
  type Json,
  type VectorCase,
} from '../../../vectors/vector-loop.ts'
import { executionKind, expectNotNaive } from '../../../vectors/execution-kind.ts'

const casesOf = (kind: string) => vectorCases('execution').filter((c) => executionKind(c) === kind)

describe('vector execution, queue position', () => {
  test.each(casesOf('queue'))('$name', (c) => {
    const model = queueModelOf(c)
    let position = joinQueue(centi(c.input.initialLevelQty), centi(c.input.ownQty))
    const frontAndFilled = c.input.events.map((event: Json) => {
      // The vector fills whole contracts.
      position = stepQueue(position, queueEventOf(event, c), model, 100)
      return [position.frontCenti / 100, position.filledCenti / 100]
    })
    expectCase({ frontAndFilled }, c)
    expectNotNaive([frontAndFilled], c)
  })
})

describe('vector execution, candle fills', () => {
  test.each(casesOf('candle'))('$name', (c) => {
    const { input } = c
    const { fills, remainingCenti } = candleMakerFills(input.bars.map(barOf), {
      side: 'yes',
      limitBps: input.limit * 100,
      countCenti: centi(input.qty),
      decisionBarIndex: input.decisionBar,
      volumeShareBps: Math.round(input.volumeShare * 10_000),
    })
    expectCase({ fills: fills.map(fillOf), remaining: remainingCenti / 100 }, c)
    const ownBars = fills.map(({ barIndex }) => barIndex)
    expectNotNaive([ownBars, remainingCenti / 100, fills.map(fillOf)], c)
  })
})

describe('vector execution, settlement', () => {
  test.each(casesOf('settlement'))('$name', (c) => {
    const pnl = (yesValueBps: number) =>
      c.input.lots.map((lot: Json) => {
        const micros = settlementPnlMicros(
          {
            side: lot.side,
            priceBps: Math.round(lot.avgPrice * 10_000),
            countCenti: centi(lot.qty),
            feeMicros: Math.round(lot.fees * 1e6),
          },
          yesValueBps,
        )
        return micros / 1e6
      })
    expect(c.input.outcomes).toEqual(['yes', 'no'])
    const got = { pnlIfYes: pnl(10_000), pnlIfNo: pnl(0) }
    expectCase(got, c)
    expectNotNaive(Object.values(got), c)
  })
})

function queueModelOf(c: VectorCase): QueueModel {
  const kind = /\b(riskAverse|power|log)\b/.exec(c.name)?.[1]
  if (kind === 'riskAverse') return { kind: 'risk-averse' }
  if (kind === 'power') return { kind, exponent: c.input.n }
  if (kind === 'log') return { kind }
  return unknownKind(c)
}

function queueEventOf([type, count]: Json, c: VectorCase): QueueEvent {
  if (type === 'depth') return { type, levelCenti: centi(count) }
  if (type === 'trade') return { type, countCenti: centi(count) }
  return unknownKind(c)
}

const centi = (contracts: number): number => Math.round(contracts * 100)
const bps = (cents: number): number => Math.round(cents * 100)

const barOf = (bar: Json) => ({
  barIndex: bar.t,
  tradeLowBps: bps(bar.tradeLow),
  tradeHighBps: bps(bar.tradeHigh),
  askLowBps: bps(bar.askLow),
  volumeCenti: centi(bar.vol),
})

const fillOf = (fill: CandleFill) => ({
  t: fill.barIndex,
  qty: fill.countCenti / 100,
  px: fill.priceBps / 100,
})
