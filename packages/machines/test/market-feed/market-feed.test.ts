import type { MarketLifecycleFrame, VenueFrame } from '@kwm/contracts'
import { beforeEach, describe, expect, test } from 'vitest'
import type { FeedStep } from '../../src/market-feed/index.ts'
import { FakeVenue, MARKETS, listing, machine, refused } from './fake-venue.ts'

const [A, B, C] = MARKETS as [string, string, string]
let venue: FakeVenue

const said = (step: FeedStep): string[] =>
  step.events.map(({ type, data }) => {
    const { marketTicker = '', status = '', reason = '' } = data as Record<string, string>
    return [type.replace(/\.v1$/, ''), marketTicker.slice(-1), status, reason]
      .filter(Boolean)
      .join(' ')
  })
const last = (): FeedStep => venue.taken.at(-1)!.step

beforeEach(() => {
  venue = new FakeVenue()
  venue.start()
  for (const market of MARKETS) venue.books.get(market)!.set('yes4000', 500)
  while (venue.pending.length > 0) venue.deliver(venue.snapshot(venue.pending.shift()!))
})

describe('sequence', () => {
  test('a gap makes every book of the sid stale, rejects the frame and asks for all', () => {
    venue.delta(A, 'yes', 41, 100)
    const step = venue.deliver(venue.delta(B, 'yes', 41, 100)!)
    expect(step).toMatchObject({ outcome: 'rejected', reason: 'sequence-gap' })
    expect(said(step)).toEqual([
      'md.book-stale A sequence-gap',
      'md.book-stale B sequence-gap',
      'md.book-stale C sequence-gap',
      'ops.feed-status stale sequence-gap',
    ])
    expect(step.effects).toEqual([{ kind: 'get-snapshot', sid: 1, marketTickers: null }])
    const next = venue.deliver(venue.delta(B, 'yes', 42, 100)!)
    expect(next).toMatchObject({ outcome: 'rejected', reason: 'stale-book', events: [] })
  })

  test('a book that failed its audit is stale until its snapshot; a stale one is left alone', () => {
    const record = { kind: 'audit-failed', marketTicker: A } as const
    venue.host(record)
    expect(said(last())).toEqual(['md.book-stale A audit', 'ops.feed-status stale audit'])
    expect(last().effects).toEqual([{ kind: 'get-snapshot', sid: 1, marketTickers: [A] }])
    venue.host(record)
    expect(last()).toMatchObject({ events: [], effects: [] })
    expect(said(venue.deliver(venue.snapshot(A)))).toContain('ops.feed-status live snapshot')
  })

  test('the last snapshot makes the feed live again', () => {
    venue.delta(A, 'yes', 41, 100)
    venue.deliver(venue.delta(B, 'yes', 41, 100)!)
    expect(said(venue.deliver(venue.snapshot(A)))).toEqual(['md.book-snapshot A'])
    venue.deliver(venue.snapshot(B))
    expect(said(venue.deliver(venue.snapshot(C)))).toEqual([
      'md.book-snapshot C',
      'ops.feed-status live snapshot',
    ])
  })

  test('a gap among trades loses no trade that came', () => {
    venue.deliver(venue.trade(A, 40))
    venue.trade(A, 41)
    const step = venue.deliver(venue.trade(A, 42))
    expect(step).toMatchObject({ outcome: 'applied', effects: [] })
    expect(said(step)).toEqual(['md.trade A'])
    expect(venue.state.gaps).toBe(1)
  })

  test('a repeated frame is a duplicate, with no event', () => {
    venue.deliver(venue.delta(A, 'yes', 41, 100)!)
    venue.deliverAgain()
    expect(last()).toMatchObject({ outcome: 'duplicate', events: [], effects: [] })
  })

  test('a repeated record of RAW is not counted twice', () => {
    const { record } = venue.taken.at(-1)!
    const { framesIn } = venue.state.counts
    expect(machine.step(venue.state, record)).toMatchObject({ outcome: null, events: [] })
    expect(venue.state.counts.framesIn).toBe(framesIn)
  })

  test('a record missing from RAW makes all books stale', () => {
    const { record } = venue.taken.at(-1)!
    const later = { ...record, frameNo: record.frameNo + 2, bytes: Buffer.from('{}') }
    const step = machine.step(venue.state, { ...later, bytes: Buffer.from('{') })
    expect(said(step).filter((text) => text.startsWith('md.book-stale'))).toHaveLength(3)
  })
})

describe('frames that cannot be believed', () => {
  test('a level below zero: that book alone is stale and asked for', () => {
    const step = venue.deliver(venue.bogusDelta(B, 'no', 5_000, -100))
    expect(step).toMatchObject({ outcome: 'rejected', reason: 'negative-level' })
    expect(said(step)).toEqual([
      'md.book-stale B negative-level',
      'ops.feed-status stale negative-level',
    ])
    expect(step.effects).toEqual([{ kind: 'get-snapshot', sid: 1, marketTickers: [B] }])
    expect(venue.deliver(venue.delta(A, 'yes', 41, 100)!).outcome).toBe('applied')
  })

  test('an off-grid price is quarantined, and the listing looked up', () => {
    const step = venue.deliver(venue.bogusDelta(B, 'no', 5_005, 100))
    expect(step).toMatchObject({ outcome: 'quarantined', reason: 'off-grid' })
    expect(step.effects).toEqual([
      { kind: 'get-snapshot', sid: 1, marketTickers: [B] },
      { kind: 'discover-market', marketTicker: B },
    ])
    const trade = { ...venue.trade(A, 40), yesPriceBps: 4_005 } as VenueFrame
    expect(venue.deliver(trade)).toMatchObject({ outcome: 'quarantined', reason: 'off-grid' })
    const block = { ...venue.trade(A, 40), yesPriceBps: 4_005, isBlock: true } as VenueFrame
    expect(venue.deliver(block).outcome).toBe('applied')
  })

  test('an off-grid snapshot is not asked for again at once: that could go on for ever', () => {
    const frame = { ...venue.snapshot(B), yes: [[4_005, 100]] } as VenueFrame
    const step = venue.deliver(frame)
    expect(step).toMatchObject({ outcome: 'quarantined', reason: 'off-grid' })
    expect(step.effects).toEqual([{ kind: 'discover-market', marketTicker: B }])
  })

  test('a snapshot that names a price twice is no book', () => {
    const levels = [
      [4_000, 100],
      [4_000, 200],
    ]
    const step = venue.deliver({ ...venue.snapshot(B), yes: levels } as unknown as VenueFrame)
    expect(step).toMatchObject({ outcome: 'quarantined', reason: 'malformed-book' })
    expect(said(step)[0]).toBe('md.book-stale B sequence-gap')
  })

  test('an unknown frame without a sid touches no book, unreadable bytes touch all', () => {
    const quiet = venue.deliver(refused({ reason: 'unknown-type' }))
    expect(quiet).toMatchObject({ outcome: 'quarantined', events: [] })
    const step = venue.deliver(refused({ reason: 'not-json' }))
    expect(said(step)).toHaveLength(4)
    expect(step.effects).toEqual([{ kind: 'get-snapshot', sid: 1, marketTickers: null }])
  })

  test('a trade we could not read does not touch the books', () => {
    const { sid, seq } = venue.trade(A, 40)
    const step = venue.deliver(refused({ reason: 'unknown-field', sid, seq, marketTicker: A }))
    expect(step).toMatchObject({ outcome: 'quarantined', events: [], effects: [] })
  })

  test('frames of another connection are rejected', () => {
    const { record } = venue.taken.at(-1)!
    const stray = { ...record, connectionId: 'main-0-99' }
    expect(machine.step(venue.state, stray)).toMatchObject({ reason: 'not-connected' })
  })
})

describe('connections', () => {
  test('a close makes all stale; the next open starts the sids anew', () => {
    venue.close()
    expect(said(last())).toEqual([
      ...['A', 'B', 'C'].map((market) => `md.book-stale ${market} disconnected`),
      'ops.feed-status disconnected closed',
    ])
    venue.open()
    expect(venue.deliver(venue.snapshot(A))).toMatchObject({ outcome: 'applied' })
  })

  test('a new process marks what the old one believed', () => {
    venue.host({ kind: 'start' })
    expect(said(last())).toEqual([
      ...['A', 'B', 'C'].map((market) => `md.book-stale ${market} restart`),
      'ops.feed-status disconnected restart',
    ])
  })

  test('an open without a close: the process died in between', () => {
    venue.open()
    const opened = venue.taken.find(
      ({ record }) => record.kind === 'open' && record.connectionId.endsWith('-2'),
    )!
    expect(said(opened.step)).toContain('md.book-stale A restart')
  })

  test('a terminal error ends the sid: its books are stale, and it is subscribed anew', () => {
    const step = venue.deliver({
      kind: 'error',
      commandId: null,
      sid: 1,
      seq: null,
      code: 25,
      message: 'overflow',
      isTerminal: true,
    })
    expect(said(step)).toContain('md.book-stale A disconnected')
    expect(step.effects).toEqual([
      { kind: 'command-failed', commandId: null, code: 25, message: 'overflow' },
      { kind: 'resubscribe', sid: 1, channel: 'orderbook_delta' },
    ])
  })

  test('each second the status is reported with the counts, at the time of the venue', () => {
    venue.deliver(venue.trade(A, 40))
    const venueTimeUs = venue.state.venueTimeUs
    venue.host({ kind: 'second' })
    const [event] = last().events
    const { counts } = venue.state
    expect(event).toMatchObject({
      type: 'ops.feed-status.v1',
      eventTimeUs: venueTimeUs,
      data: { status: 'live', ...counts, connectionId: 'main-0-1', isSynthetic: false },
    })
    venue.close()
    venue.host({ kind: 'second' })
    expect(last().events).toEqual([])
  })
})

const lifecycle = (eventType: string, change: Partial<MarketLifecycleFrame> = {}): VenueFrame => ({
  kind: 'market-lifecycle',
  sid: 4,
  seq: null,
  marketTicker: A,
  venueTimeUs: null,
  eventType,
  closeTimeUs: null,
  result: null,
  settlementValueBps: null,
  priceRanges: null,
  strikeType: null,
  floorStrike: null,
  capStrike: null,
  ...change,
})

describe('the life of a market', () => {
  const list = (change: object, eventTimeUs = 1) =>
    venue.host({ kind: 'market-listed', eventTimeUs, data: { ...listing(A), ...change } })

  test('it is listed again only when something changed', () => {
    list({})
    expect(last().events).toEqual([])
    list({ closeTimeUs: 5e15 })
    expect(said(last())).toEqual(['md.market-listed A active'])
  })

  test('open and close by the clock of the venue, not of the wall', () => {
    const openTimeUs = venue.state.venueTimeUs + 10_000_000
    const D = 'KXHIGHNY-26NOV20-D'
    const times = { openTimeUs, closeTimeUs: openTimeUs + 10_000_000, status: 'initialized' }
    venue.host({ kind: 'market-listed', eventTimeUs: 1, data: { ...listing(D), ...times } })
    const at = (venueTimeUs: number): string[] => {
      venue.deliver({ ...venue.ticker(A), venueTimeUs } as VenueFrame)
      venue.host({ kind: 'second' })
      return said(last()).filter((text) => text.startsWith('md.market-status'))
    }
    expect(at(openTimeUs - 5_000_000)).toEqual([])
    expect(at(openTimeUs)).toEqual(['md.market-status D active'])
    expect(at(openTimeUs + 1_000_000)).toEqual([])
    expect(at(openTimeUs + 10_000_000)).toEqual(['md.market-status D closed'])
  })

  test('determined with the result, then final, when the book is let go', () => {
    const determined = lifecycle('determined', { result: 'yes', settlementValueBps: 10_000 })
    const step = venue.deliver(determined)
    expect(step.events[0]!.data).toEqual({
      marketTicker: A,
      status: 'determined',
      result: 'yes',
      settlementValueBps: 10_000,
    })
    expect(venue.deliver(determined).events).toEqual([])
    expect(venue.deliver(lifecycle('settled')).events[0]!.data).toMatchObject({
      status: 'finalized',
      result: 'yes',
    })
    expect(venue.state.markets.get(A)!.book).toBeNull()
    expect(venue.deliver(venue.delta(A, 'yes', 30, 100)!).outcome).toBe('applied')
    expect(venue.deliver(venue.snapshot(B)).outcome).toBe('applied')
    expect(venue.state.status).toBe('live')
  })

  test('REST, which may be old, does not take back what the socket said', () => {
    expect(said(venue.deliver(lifecycle('deactivated')))[0]).toBe('md.market-status A inactive')
    list({ status: 'active' })
    expect(last().events).toEqual([])
    list({ status: 'closed' })
    expect(said(last())).toEqual(['md.market-status A closed'])
    list({ status: 'active' })
    expect(last().events).toEqual([])
  })

  test('a strike that is announced makes a market tradable, and stays against an old answer', () => {
    const strikeless = {
      strikeType: '',
      floorStrike: null,
      capStrike: null,
      isTradable: false,
      untradableReason: 'strike-unknown',
      seriesTicker: 'KXBTC15M',
      rulesPrimary:
        "If the simple average of the sixty seconds of CF Benchmarks' BRTI before the end is at least the simple average of the sixty seconds before the start, then Yes.",
    }
    list(strikeless)
    const announced = { strikeType: 'greater_or_equal', floorStrike: 95_123.45 }
    const step = venue.deliver(lifecycle('metadata_updated', announced))
    expect(step.events[0]!.data).toMatchObject({ ...announced, isTradable: true })
    expect(step.effects).toEqual([{ kind: 'discover-market', marketTicker: A }])
    list(strikeless)
    expect(last().events).toEqual([])
  })

  test('what may not be traded, and why: rules nobody has read, or that are not its own', () => {
    const rulesPrimary = 'If the high is spicy, then Yes.'
    const listed = (change: object): object => {
      list(change)
      return last().events[0]!.data
    }
    expect(listed({ rulesPrimary })).toMatchObject({
      isTradable: false,
      untradableReason: expect.stringMatching(/^unknown rules template [0-9a-f]{16}$/),
      rules: null,
    })
    expect(listed({ capStrike: 50 })).toMatchObject({
      isTradable: false,
      untradableReason: 'rules say cap 49, strike 50',
    })
    expect(listed({})).toMatchObject({
      isTradable: true,
      untradableReason: null,
      rules: { station: 'CLINYC', source: 'weather-company', comparator: 'between' },
    })
    const step = venue.deliver(lifecycle('metadata_updated', { floorStrike: 47 }))
    expect(step.events[0]!.data).toMatchObject({ isTradable: false })
  })

  test('an announced fee is in force from its second on', () => {
    const effectiveTimeUs = venue.state.venueTimeUs + 60_000_000
    const feeChanges = [{ effectiveTimeUs, feeType: 'flat', feeMultiplierMilli: 500 }]
    list({ feeChanges })
    expect(last().events[0]!.data).toMatchObject({ feeType: 'quadratic' })
    venue.wait(30)
    venue.host({ kind: 'second' })
    expect(said(last()).filter((text) => text.startsWith('md.'))).toEqual([])
    venue.wait(31)
    venue.host({ kind: 'second' })
    expect(last().events[0]!.data).toMatchObject({ feeType: 'flat', feeMultiplierMilli: 500 })
  })

  test('a new price grid counts from the next frame on', () => {
    const priceRanges = [{ startBps: 0, endBps: 10_000, stepBps: 10 }]
    venue.deliver(lifecycle('price_level_structure_updated', { priceRanges }))
    expect(venue.deliver(venue.bogusDelta(A, 'yes', 4_010, 100)).outcome).toBe('applied')
  })

  test('markets we do not watch pass by; a new one of ours is looked up', () => {
    const other = lifecycle('created', { marketTicker: 'KXHIGHCHI-26NOV20-T50' })
    expect(venue.deliver(other)).toMatchObject({ outcome: 'applied', events: [], effects: [] })
    const ours = lifecycle('created', { marketTicker: 'KXHIGHNY-26NOV21-T50' })
    expect(venue.deliver(ours).effects).toEqual([
      { kind: 'discover-market', marketTicker: 'KXHIGHNY-26NOV21-T50' },
    ])
    const event = {
      kind: 'event-lifecycle',
      sid: 4,
      seq: null,
      eventTicker: 'KXHIGHNY-26NOV21',
      seriesTicker: 'KXHIGHNY',
    } as const
    expect(venue.deliver(event).effects).toEqual([
      { kind: 'discover-event', eventTicker: 'KXHIGHNY-26NOV21' },
    ])
  })

  test('a fee override reaches every market of the event', () => {
    const fee = {
      kind: 'event-fee',
      sid: 4,
      seq: null,
      eventTicker: 'KXHIGHNY-26NOV20',
      feeType: 'quadratic',
      feeMultiplierMilli: 500,
    } as const
    const step = venue.deliver(fee)
    expect(said(step)).toHaveLength(3)
    expect(step.events[0]!.data).toMatchObject({ feeMultiplierMilli: 500 })
  })
})
