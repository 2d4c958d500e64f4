import type { DataOf, Emission, LadderRow } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import { defaultSignalsConfig, signalsMachine, type SignalsInput } from '../src/index.ts'

const EVENT = 'KXHIGHNY-26NOV20'
const TICKERS = ['T40', 'B40.5', 'T41'].map((strike) => `${EVENT}-${strike}`)
const NOW_US = 1_795_000_000_000_000

type Row = Partial<LadderRow>

const row = (marketTicker: string, more: Row = {}): LadderRow => ({
  marketTicker,
  ...{ quoteState: 'two', bidBps: 4_000, askBps: 4_400, bidCenti: 1_000, askCenti: 1_000 },
  ...{ mid: 0.42, fairMid: 0.42, fairVar: 0, microprice: 0.42, queueImbalance: 0 },
  ...{ depthImbalance: 0, ofi5s: 0, ofi60s: 0, signedFlow30s: 0, volume10min: 6_000 },
  ...{ velocity: 0, velocitySe: 0.001, acceleration: 0, accelerationSe: 0.001 },
  ...{ ras: 0, rasZ: 0, isActive: true },
  ...more,
})

/** The first bracket runs away upwards; the second, its neighbour, has not moved. */
const LEADER: Row = {
  velocity: 0.002,
  velocitySe: 0.0002,
  acceleration: 0.001,
  accelerationSe: 0.0002,
  rasZ: 4,
}

class Desk {
  state = signalsMachine.initial(defaultSignalsConfig)
  #count = 0

  constructor() {
    for (const ticker of TICKERS) this.list(ticker)
  }

  step<T extends SignalsInput['type']>(
    type: T,
    id: string,
    data: DataOf<T>,
    timeUs = NOW_US,
  ): readonly Emission[] {
    const times = { eventTimeUs: timeUs, ingestTimeUs: timeUs }
    const event = { type, id, causationId: 'x', ...times, data } as unknown as SignalsInput
    return signalsMachine.step(this.state, event)
  }

  list(ticker: string, more: Partial<DataOf<'md.market-listed.v1'>> = {}): void {
    this.step('md.market-listed.v1', `list-${this.#count++}`, {
      ...{ marketTicker: ticker, eventTicker: EVENT, seriesTicker: 'KXHIGHNY', title: '' },
      ...{ strikeType: 'between', floorStrike: 1, capStrike: 2, status: 'active' },
      ...{ openTimeUs: NOW_US, closeTimeUs: NOW_US + 3.6e9, exchangeIndex: 0 },
      priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
      ...{ feeType: 'quadratic', feeMultiplierMilli: 1_000, rulesPrimary: '' },
      ...{ isTradable: true, untradableReason: null, isSynthetic: true },
      ...more,
    })
  }

  frame(id: string, rows: readonly Row[], isPartition = true): readonly Emission[] {
    return this.step('feature.ladder-frame.v1', id, {
      ...{ eventTicker: EVENT, seriesTicker: 'KXHIGHNY', closeTimeUs: NOW_US + 3.6e9 },
      centres: [1, 2, 3],
      rows: TICKERS.map((ticker, index) => row(ticker, rows[index])),
      isPartition,
      trigger: 'change',
    })
  }

  pmf(
    frameId: string,
    more: Partial<DataOf<'pmf.fused-pmf.v1'>> = {},
    timeUs = NOW_US,
  ): readonly Emission[] {
    const brackets = TICKERS.map((marketTicker, index) => ({
      ...{ marketTicker, p: [0.3, 0.4, 0.3][index]!, sd: 0.01, mid: 0.4 },
    }))
    return this.step(
      'pmf.fused-pmf.v1',
      `pmf-${frameId}`,
      {
        ...{ eventTicker: EVENT, frameId, isFeasible: true, reason: '', brackets },
        ...{ weights: { market: 1, weather: 0 }, mu: 2, muVelocity: null, muVelocitySe: null },
        ...{ muAcceleration: null, muAccelerationSe: null, sumOfMids: 1 },
        ...more,
      },
      timeUs,
    )
  }

  /** One evaluation: why not, or `trade`. */
  reason(
    rows: readonly Row[],
    more: Partial<DataOf<'pmf.fused-pmf.v1'>> = {},
    isPartition = true,
  ): string {
    const id = `f-${this.#count++}`
    this.frame(id, rows, isPartition)
    const [said] = this.pmf(id, more)
    return said?.type === 'signal.opportunity.v1' ? said.data.reason : 'nothing said'
  }
}

describe('leader and follower: every no has its reason', () => {
  const moving = (more: Row = {}, follower: Row = {}): Row[] => [{ ...LEADER, ...more }, follower]
  test.each<[string, string, Row[], Partial<DataOf<'pmf.fused-pmf.v1'>>, boolean]>([
    ['no PMF fits', 'pmf-feasible', moving(), { isFeasible: false }, true],
    ['brackets that do not exclude each other', 'exclusive-brackets', moving(), {}, false],
    ['nobody moves', 'leader-velocity', [], {}, true],
    ['who moves is not active', 'leader-velocity', moving({ isActive: false }), {}, true],
    ['it slows down', 'leader-acceleration', moving({ acceleration: -0.001 }), {}, true],
    ['all move alike', 'relative-acceleration', moving({ rasZ: 0.5 }), {}, true],
    ['no neighbour is quoted', 'follower', moving({}, { quoteState: 'ask-only' }), {}, true],
    ['the neighbour’s spread is wide', 'follower-spread', moving({}, { askBps: 4_700 }), {}, true],
    ['the neighbour has moved already', 'follower-lag', moving({}, { velocity: -0.01 }), {}, true],
    ['the edge is too small', 'edge', moving({}, { bidBps: 3_600, askBps: 3_800 }), {}, true],
  ])('%s: %s', (_, reason, rows, pmf, isPartition) => {
    expect(new Desk().reason(rows, pmf, isPartition)).toBe(reason)
  })

  test('a market whose rules are not understood is not quoted', () => {
    const desk = new Desk()
    desk.list(TICKERS[1]!, { isTradable: false, untradableReason: 'rules' })
    expect(desk.reason(moving())).toBe('quotable')
  })

  test('what the leader gains the follower loses: NO is bid there, a tick better, post-only', () => {
    const desk = new Desk()
    desk.frame('f', moving())
    const [said, intent] = desk.pmf('f')
    expect(said).toMatchObject({
      data: { decision: 'trade', leaderTicker: TICKERS[0], followerTicker: TICKERS[1] },
    })
    // 0.002 × 20 s × 0.8 = 3.2 ¢ to go from 40 ¢; NO stands at 56 ¢ and is bid 57 ¢.
    expect(intent).toMatchObject({
      ...{ type: 'signal.order-intent.v1' },
      data: { marketTicker: TICKERS[1], side: 'no', priceBps: 5_700, isPostOnly: true },
    })
  })

  test('then it waits, by the time of the events', () => {
    const desk = new Desk()
    const cooldownUs = defaultSignalsConfig.params['leader-follower']!['cooldownUs']!
    desk.frame('a', moving())
    expect(desk.pmf('a')).toHaveLength(2)
    const again = (id: string, timeUs: number) => {
      desk.frame(id, moving())
      return (desk.pmf(id, {}, timeUs)[0]!.data as DataOf<'signal.opportunity.v1'>).reason
    }
    expect(again('b', NOW_US + cooldownUs - 1)).toBe('cooldown')
    expect(again('c', NOW_US + cooldownUs)).toBe('trade')
  })
})

test('a PMF is judged beside the frame it was made of, also when a newer one has overtaken it', () => {
  const [inStep, overtaken] = [new Desk(), new Desk()]
  const moving: Row[] = [LEADER]
  inStep.frame('1', moving)
  const expected = [inStep.pmf('1')]
  inStep.frame('2', [])
  expected.push(inStep.pmf('2'))
  overtaken.frame('1', moving)
  overtaken.frame('2', [])
  expect([overtaken.pmf('1'), overtaken.pmf('2')]).toEqual(expected)
  expect(overtaken.pmf('1'), 'a frame is judged once').toEqual([])
})
