import type { DataOf, Emission } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import {
  paperVenueMachine,
  type PaperVenueConfig,
  type PaperVenueInput,
} from '../src/paper-venue/paper-venue-machine.ts'

const MARKET = 'KXHIGHNY-26NOV20-B40.5'
const EVENT = 'KXHIGHNY-26NOV20'
const START_US = 1_795_000_000_000_000
const LATENCY_US = 250_000

/** One market: YES bid 40¢ for 500, NO bid 55¢ for 300 (a YES offer at 45¢). Maker fees of the series. */
class Venue {
  readonly config: PaperVenueConfig
  state
  nowUs = START_US
  #count = 0

  constructor(config: Partial<PaperVenueConfig> = {}) {
    this.config = {
      latencyUs: LATENCY_US,
      queueModel: { kind: 'risk-averse' },
      makerFeePolicy: 'always',
      balancePrecisionMicros: 100,
      ...config,
    }
    this.state = paperVenueMachine.initial(this.config)
    this.list()
    this.book([[4_000, 50_000]], [[5_500, 30_000]])
  }

  step<T extends PaperVenueInput['type']>(type: T, data: DataOf<T>): readonly Emission[] {
    const times = { eventTimeUs: this.nowUs, ingestTimeUs: this.nowUs }
    const event = { type, id: `in-${++this.#count}`, causationId: 'x', ...times, data }
    return paperVenueMachine.step(this.state, event as unknown as PaperVenueInput)
  }

  list(more: Partial<DataOf<'md.market-listed.v1'>> = {}): void {
    this.step('md.market-listed.v1', {
      ...{ marketTicker: MARKET, eventTicker: EVENT, seriesTicker: 'KXHIGHNY', title: '' },
      ...{ strikeType: 'between', floorStrike: 40, capStrike: 41, status: 'active' },
      ...{ openTimeUs: START_US, closeTimeUs: START_US + 3.6e9, exchangeIndex: 0 },
      priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
      ...{ feeType: 'quadratic_with_maker_fees', feeMultiplierMilli: 1_000, rulesPrimary: '' },
      ...{ isTradable: true, untradableReason: null, isSynthetic: true },
      ...more,
    })
  }

  book(yes: [number, number][], no: [number, number][]): readonly Emission[] {
    const data = { marketTicker: MARKET, yes, no, venueSeq: 1 }
    return this.step('md.book-snapshot.v1', data)
  }

  delta(side: 'yes' | 'no', priceBps: number, countDeltaCenti: number): readonly Emission[] {
    const data = { marketTicker: MARKET, side, priceBps, countDeltaCenti, venueSeq: 2 }
    return this.step('md.book-delta.v1', data)
  }

  print(takerSide: 'yes' | 'no', yesPriceBps: number, countCenti: number): readonly Emission[] {
    const data = { marketTicker: MARKET, tradeId: `t${this.#count}`, yesPriceBps, countCenti }
    return this.step('md.trade.v1', { ...data, takerSide, isBlock: false })
  }

  /** Time passes; nothing else happens. */
  wait(micros: number): readonly Emission[] {
    this.nowUs += micros
    return this.step('ops.tick.v1', { second: Math.floor(this.nowUs / 1e6), source: 'tape' })
  }

  submit(more: Partial<DataOf<'exec.order-submitted.v1'>> = {}): readonly Emission[] {
    return this.step('exec.order-submitted.v1', {
      ...{ eventTicker: EVENT, marketTicker: MARKET, clientOrderId: 'c1', side: 'yes' },
      ...{ priceBps: 4_000, countCenti: 1_000, isPostOnly: true, ttlUs: 60_000_000 },
      ...{ approvalId: 'a1', strategy: 's', mode: 'paper', expireTimeUs: this.nowUs + 6e7 },
      ...more,
    })
  }

  /** An order that rests. */
  rest(more: Partial<DataOf<'exec.order-submitted.v1'>> = {}): Emission | undefined {
    this.submit(more)
    return this.wait(LATENCY_US)[0]
  }

  cancel(): readonly Emission[] {
    const ids = { eventTicker: EVENT, marketTicker: MARKET, clientOrderId: 'c1' }
    return this.step('exec.cancel-requested.v1', { ...ids, reason: 'expired' })
  }
}

const types = (outputs: readonly Emission[]): string[] => outputs.map(({ type }) => type)
const fillOf = (outputs: readonly Emission[]) =>
  outputs.find((output) => output.type === 'exec.fill.v1')?.data

describe('on its way', () => {
  test('an order rests when the latency has passed, not before, behind what is shown then', () => {
    const venue = new Venue()
    expect(venue.submit()).toEqual([])
    venue.delta('yes', 4_000, 10_000)
    expect(venue.wait(LATENCY_US - 1)).toEqual([])
    const [accepted] = venue.wait(1)
    expect(accepted?.data).toMatchObject({ queueAheadCenti: 60_000, remainingCenti: 1_000 })
  })

  test('prints before it rests do not fill it', () => {
    const venue = new Venue()
    venue.submit()
    expect(venue.print('no', 3_900, 99_000)).toEqual([])
  })

  test.each([
    ['a price that crosses', { priceBps: 4_500 }, 'post-only-cross'],
    ['a NO price that crosses', { side: 'no', priceBps: 6_000 }, 'post-only-cross'],
    ['a price off the grid', { priceBps: 3_950 }, 'off-grid-price'],
    ['an order that may take', { isPostOnly: false }, 'post-only-required'],
    ['a market nobody listed', { marketTicker: 'NO-SUCH' }, 'unknown-market'],
  ] as const)('%s is rejected', (_, terms, reason) => {
    expect(new Venue().rest(terms)).toMatchObject({
      type: 'exec.order-rejected.v1',
      data: { reason },
    })
  })

  test('what was good when sent and crosses when it arrives is rejected', () => {
    const venue = new Venue()
    venue.submit()
    venue.delta('no', 6_000, 100)
    expect(venue.wait(LATENCY_US)[0]?.data).toMatchObject({ reason: 'post-only-cross' })
  })

  test('a stale book and unknown fees take no orders', () => {
    const stale = new Venue()
    stale.step('md.book-stale.v1', { marketTicker: MARKET, reason: 'sequence-gap' })
    expect(stale.rest()?.data).toMatchObject({ reason: 'book-stale' })
    const strange = new Venue()
    strange.list({ feeType: 'by-the-moon' })
    expect(strange.rest()?.data).toMatchObject({ reason: 'fee-type-unsupported' })
  })
})

describe('fills', () => {
  test('prints at our price eat the queue before us, then us, in parts', () => {
    const venue = new Venue()
    venue.rest()
    expect(fillOf(venue.print('no', 4_000, 49_900)), 'the queue is 500').toBeUndefined()
    expect(fillOf(venue.print('no', 4_000, 500))).toMatchObject({
      ...{ countCenti: 400, remainingCenti: 600, cause: 'print', isTaker: false, priceBps: 4_000 },
    })
    expect(fillOf(venue.print('no', 4_000, 9_000))).toMatchObject({
      ...{ countCenti: 600, remainingCenti: 0, fillId: 'c1-2' },
    })
    expect(venue.print('no', 3_000, 9_000), 'done').toEqual([])
  })

  test('a print through our price fills us at our price, up to its size', () => {
    const venue = new Venue()
    venue.rest()
    expect(fillOf(venue.print('no', 3_900, 300))).toMatchObject({
      countCenti: 300,
      priceBps: 4_000,
    })
    expect(fillOf(venue.print('no', 3_900, 9_000))).toMatchObject({ countCenti: 700 })
  })

  test('takers of our own side, block trades and prints above do nothing', () => {
    const venue = new Venue()
    venue.rest()
    expect(venue.print('yes', 4_000, 99_000)).toEqual([])
    expect(venue.print('no', 4_100, 99_000)).toEqual([])
    const block = { marketTicker: MARKET, tradeId: 'b', yesPriceBps: 3_000, countCenti: 9_000 }
    expect(venue.step('md.trade.v1', { ...block, takerSide: 'no', isBlock: true })).toEqual([])
  })

  test('a NO order is filled by takers of YES, seen from its side', () => {
    const venue = new Venue()
    venue.rest({ side: 'no', priceBps: 5_500 })
    expect(fillOf(venue.print('yes', 4_600, 400))).toMatchObject({
      side: 'no',
      priceBps: 5_500,
      countCenti: 400,
    })
  })

  test('a book that moves through our price fills the rest', () => {
    const venue = new Venue()
    venue.rest()
    expect(fillOf(venue.delta('no', 6_000, 100))).toMatchObject({
      countCenti: 1_000,
      cause: 'book',
    })
  })

  test('one print is not spent twice on two orders', () => {
    const venue = new Venue()
    venue.rest()
    venue.rest({ clientOrderId: 'c2' })
    const fills = venue.print('no', 3_900, 1_500).filter(({ type }) => type === 'exec.fill.v1')
    expect(fills.map(({ data }) => (data as DataOf<'exec.fill.v1'>).countCenti)).toEqual([
      1_000, 500,
    ])
  })

  test('the fee is the maker’s, rounded once for the order and not once a fill', () => {
    // 0.0175 × 10 × 0.4 × 0.6 = $0.042 for ten contracts (kalshi-fees: maker rate a quarter of 7 %).
    const whole = new Venue()
    whole.rest()
    expect(fillOf(whole.print('no', 3_900, 1_000))?.feeMicros).toBe(42_000)
    const parts = new Venue()
    parts.rest()
    const fees = Array.from({ length: 10 }, () => fillOf(parts.print('no', 3_900, 100))!.feeMicros)
    expect(fees.reduce((sum, fee) => sum + fee, 0)).toBe(42_000)
  })

  test('without maker fees in the series a maker pays nothing', () => {
    const venue = new Venue({ makerFeePolicy: 'series' })
    venue.list({ feeType: 'quadratic' })
    venue.rest()
    expect(fillOf(venue.print('no', 3_900, 1_000))?.feeMicros).toBe(0)
  })
})

describe('the end', () => {
  test('a cancel takes as long as an order: until then it may fill', () => {
    const venue = new Venue()
    venue.rest()
    expect(venue.cancel()).toEqual([])
    expect(fillOf(venue.print('no', 3_900, 300))).toMatchObject({ countCenti: 300 })
    expect(venue.wait(LATENCY_US - 1)).toEqual([])
    const [canceled] = venue.wait(1)
    expect(canceled).toMatchObject({
      ...{ type: 'exec.order-canceled.v1', data: { canceledCenti: 700, reason: 'expired' } },
    })
    expect(venue.print('no', 3_900, 9_000)).toEqual([])
  })

  test('a market that closes cancels what rests and what is on its way', () => {
    const venue = new Venue()
    venue.rest()
    venue.submit({ clientOrderId: 'c2' })
    const status = {
      marketTicker: MARKET,
      status: 'closed',
      result: null,
      settlementValueBps: null,
    }
    expect(types(venue.step('md.market-status.v1', status))).toEqual([
      'exec.order-canceled.v1',
      'exec.order-canceled.v1',
    ])
    expect(venue.rest({ clientOrderId: 'c3' })?.data).toMatchObject({ reason: 'market-inactive' })
  })

  test('a snapshot in the middle of a queue goes on as if nothing had happened', () => {
    const [plain, cut] = [new Venue(), new Venue()]
    for (const venue of [plain, cut]) {
      venue.rest()
      venue.print('no', 4_000, 49_900)
    }
    const text = JSON.stringify(paperVenueMachine.snapshot(cut.state))
    cut.state = paperVenueMachine.restore(cut.config, JSON.parse(text))
    const after = (venue: Venue) => [venue.print('no', 4_000, 500), venue.print('no', 3_900, 9_000)]
    expect(after(cut)).toEqual(after(plain))
  })
})
