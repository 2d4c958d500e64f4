import fc from 'fast-check'
import { expect, test } from 'vitest'
import { feedFrames, syntheticDay } from '../src/index.ts'
import type { VenueEvent } from '../src/index.ts'

/** An oracle's book: decimal strings in a map, nothing of the code under test. */
class PlainBook {
  readonly levels = { yes: new Map<number, number>(), no: new Map<number, number>() }

  add(side: 'yes' | 'no', priceBps: number, delta: number): void {
    const count = (this.levels[side].get(priceBps) ?? 0) + delta
    if (count < 0) throw new Error(`${side} ${priceBps} below zero`)
    if (count === 0) this.levels[side].delete(priceBps)
    else this.levels[side].set(priceBps, count)
  }

  get isCrossed(): boolean {
    const { yes, no } = this.levels
    return Math.max(0, ...yes.keys()) + Math.max(0, ...no.keys()) >= 10_000
  }
}

function checkEvents(events: Iterable<VenueEvent>): { count: number; fractional: number } {
  const books = new Map<string, PlainBook>()
  let previous: VenueEvent | undefined
  let count = 0
  let fractional = 0
  for (const event of events) {
    count++
    if (previous) expect(event.timeUs).toBeGreaterThanOrEqual(previous.timeUs)
    let book = books.get(event.marketTicker)
    if (!book) books.set(event.marketTicker, (book = new PlainBook()))
    if (event.type === 'book-replaced') {
      for (const [priceBps, centi] of event.yes) book.add('yes', priceBps, centi)
      for (const [priceBps, centi] of event.no) book.add('no', priceBps, centi)
    }
    if (event.type === 'level-changed') {
      expect(event.countDeltaCenti).not.toBe(0)
      expect(event.priceBps % 100).toBe(0)
      if (event.countDeltaCenti % 100 !== 0) fractional++
      book.add(event.side, event.priceBps, event.countDeltaCenti)
    }
    if (event.type === 'trade-printed') {
      // The very change before it took the traded size off the other side's level.
      const from = event.takerSide === 'yes' ? 'no' : 'yes'
      const priceBps = from === 'yes' ? event.yesPriceBps : 10_000 - event.yesPriceBps
      expect(previous).toMatchObject({
        type: 'level-changed',
        timeUs: event.timeUs,
        marketTicker: event.marketTicker,
        side: from,
        priceBps,
        countDeltaCenti: -event.countCenti,
      })
    }
    expect(book.isCrossed).toBe(false)
    previous = event
  }
  for (const book of books.values()) expect(book.levels.yes.size + book.levels.no.size).toBe(0)
  return { count, fractional }
}

test('the book is never negative, never crossed, and every trade is a change of it', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const day = syntheticDay({ seed, fromHour: 11, toHour: 13 })
      const { count, fractional } = checkEvents(day.source.changes())
      expect(count).toBeGreaterThan(1_000)
      expect(fractional).toBeGreaterThan(20)
    }),
    { numRuns: 8 },
  )
})

test('a whole day has the shape of a day: size, channels, contiguous sequences', () => {
  const day = syntheticDay({ seed: 'shape' })
  const seqs = new Map<number, number>()
  const types: Record<string, number> = {}
  const byHour = Array.from({ length: 25 }, () => 0)
  let total = 0
  let lastUs = 0
  for (const { timeUs, frame } of day.frames) {
    total++
    expect(timeUs).toBeGreaterThanOrEqual(lastUs)
    lastUs = timeUs
    const message = JSON.parse(frame) as { type: string; sid?: number; seq?: number }
    types[message.type] = (types[message.type] ?? 0) + 1
    byHour[Math.floor((timeUs - day.truth.midnightUs) / 3.6e9)]!++
    if (message.type === 'subscribed') continue
    expect(message.seq === undefined).toBe(message.type === 'ticker')
    if (message.seq === undefined) continue
    expect(message.seq).toBe((seqs.get(message.sid!) ?? 0) + 1)
    seqs.set(message.sid!, message.seq)
  }
  expect(total).toBeGreaterThan(25_000)
  expect(total).toBeLessThan(45_000)
  expect(types).toMatchObject({
    subscribed: 4,
    orderbook_snapshot: 6,
    market_lifecycle_v2: 12,
    trade: expect.any(Number),
    ticker: expect.any(Number),
  })
  const share = byHour.slice(10, 16).reduce((sum, n) => sum + n, 0) / total
  expect(share).toBeGreaterThan(0.45)
  expect(Object.values(day.result.results).filter((result) => result === 'yes')).toHaveLength(1)
})

test('equal seeds give equal frames, other seeds other frames', () => {
  const play = (seed: number): string =>
    [...feedFrames(syntheticDay({ seed, fromHour: 12, toHour: 13 }).source)]
      .map(({ timeUs, frame }) => `${timeUs} ${frame}`)
      .join('\n')
  expect(play(7)).toBe(play(7))
  expect(play(7)).not.toBe(play(8))
})

test('everything says that it is synthetic', () => {
  const day = syntheticDay({ seed: 1, fromHour: 22 })
  expect(day.series).toMatchObject({ ticker: 'KXHIGHSYN', is_synthetic: true })
  expect(day.event).toMatchObject({ event_ticker: 'KXHIGHSYN-26NOV20', is_synthetic: true })
  expect(day.markets).toHaveLength(6)
  for (const market of day.markets) {
    expect(market).toMatchObject({ is_synthetic: true, status: 'active' })
    expect(market['title']).toMatch(/SYNTHETIC/)
    expect(market['ticker']).toMatch(/^KXHIGHSYN-26NOV20-[TB]\d+(\.5)?$/)
    expect(market['rules_primary']).toMatch(/recorded at Synthetic City \(CLISYN\).*SYNTHETIC/)
  }
  expect(day.markets.map((market) => market['strike_type'])).toEqual([
    'less',
    'between',
    'between',
    'between',
    'between',
    'greater',
  ])
})

/** Mid in cents and when it last moved, by market, from the ladder of changes. */
function midsByEvent(
  events: Iterable<VenueEvent>,
  visit: (timeUs: number, ticker: string, midCents: number) => void,
): void {
  const books = new Map<string, PlainBook>()
  for (const event of events) {
    if (event.type !== 'book-replaced' && event.type !== 'level-changed') continue
    let book = books.get(event.marketTicker)
    if (!book) books.set(event.marketTicker, (book = new PlainBook()))
    if (event.type === 'level-changed') book.add(event.side, event.priceBps, event.countDeltaCenti)
    else {
      for (const [priceBps, centi] of event.yes) book.add('yes', priceBps, centi)
      for (const [priceBps, centi] of event.no) book.add('no', priceBps, centi)
    }
    const bid = Math.max(0, ...book.levels.yes.keys())
    const ask = 10_000 - Math.max(0, ...book.levels.no.keys())
    visit(event.timeUs, event.marketTicker, (bid + ask) / 200)
  }
}

test('mids follow the truth, late; followers move seconds after the leader', () => {
  const errors = { early: { now: 0, before: 0 }, late: { now: 0, before: 0 }, samples: 0 }
  const delays = { leader: [] as number[], follower: [] as number[] }
  for (const seed of ['a', 'b', 'c']) {
    const day = syntheticDay({ seed, fromHour: 10, toHour: 15 })
    const { probabilities, firstMinute, midnightUs } = day.truth
    const tickers = day.source.markets.map(({ ticker }) => ticker)
    const mids = new Map<string, { timeUs: number; mid: number }[]>(tickers.map((t) => [t, []]))
    midsByEvent(day.source.changes(), (timeUs, ticker, mid) => {
      const past = mids.get(ticker)!
      if (past.at(-1)?.mid !== mid) past.push({ timeUs, mid })
    })
    for (let minute = firstMinute + 3; minute < 895; minute++) {
      const [before, now] = [probabilities.at(minute - 1), probabilities.at(minute)]
      const leader = now.indexOf(Math.max(...now))
      const knownUs = midnightUs + (minute + 1) * 60e6
      for (const [k, ticker] of tickers.entries()) {
        const move = 100 * Math.abs(now[k]! - before[k]!)
        if (move < 2) continue
        const past = mids.get(ticker)!
        const midAt = (timeUs: number): number =>
          past.findLast((entry) => entry.timeUs <= timeUs)?.mid ?? 50
        errors.samples++
        for (const [when, seconds] of [
          ['early', 0],
          ['late', 58],
        ] as const) {
          const mid = midAt(knownUs + seconds * 1e6)
          errors[when].now += (mid - 100 * now[k]!) ** 2
          errors[when].before += (mid - 100 * before[k]!) ** 2
        }
        const direction = Math.sign(now[k]! - before[k]!)
        const start = midAt(knownUs)
        const moved = past.find(
          ({ timeUs, mid }) => timeUs > knownUs && direction * (mid - start) >= 1,
        )
        if (moved && moved.timeUs < knownUs + 59e6) {
          delays[k === leader ? 'leader' : 'follower'].push((moved.timeUs - knownUs) / 1e6)
        }
      }
    }
  }
  expect(errors.samples).toBeGreaterThan(100)
  expect(errors.early.before).toBeLessThan(errors.early.now)
  expect(errors.late.now).toBeLessThan(errors.late.before)
  expect(Math.sqrt(errors.late.now / errors.samples)).toBeLessThan(2.5)
  const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
  expect(delays.leader.length).toBeGreaterThan(30)
  expect(mean(delays.follower) - mean(delays.leader)).toBeGreaterThan(1)
  expect(mean(delays.follower) - mean(delays.leader)).toBeLessThan(15)
})
