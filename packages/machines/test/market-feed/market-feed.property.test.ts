import { eventSchemas } from '@kwm/contracts'
import type { AnyEvent } from '@kwm/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeVenue, MARKETS, config, machine, refused } from './fake-venue.ts'
import type { PlainBook, Taken } from './fake-venue.ts'

const OPS = [
  ...['delta', 'delta', 'delta', 'delta', 'answer', 'answer', 'trade', 'ticker', 'second'],
  ...['lost', 'again', 'garbage', 'unreadable', 'unknown-on-sid', 'off-grid', 'negative'],
  ...['cut', 'killed', 'ok'],
] as const
type Op = {
  readonly kind: (typeof OPS)[number]
  readonly market: number
  readonly side: 'yes' | 'no'
  readonly cents: number
  readonly countCenti: number
}
const op: fc.Arbitrary<Op> = fc.record({
  kind: fc.constantFrom(...OPS),
  market: fc.nat(MARKETS.length - 1),
  side: fc.constantFrom('yes', 'no'),
  cents: fc.integer({ min: 1, max: 6 }), // Few levels, so that they are edited and emptied often.
  countCenti: fc.constantFrom(0, 100, 250),
})

/** True when the op put a frame of the book channel before the machine. */
function play(venue: FakeVenue, { kind, market, side, cents, countCenti }: Op): boolean {
  const ticker = MARKETS[market]!
  switch (kind) {
    case 'delta': {
      const frame = venue.delta(ticker, side, cents, countCenti)
      if (frame) venue.deliver(frame)
      return frame !== undefined
    }
    case 'lost':
      venue.delta(ticker, side, cents, countCenti)
      return false // Nobody can know before the next frame.
    case 'unreadable': {
      const frame = venue.delta(ticker, side, cents, countCenti)
      if (!frame) return false
      const { sid, seq } = frame
      venue.deliver(refused({ reason: 'unknown-field', sid, seq, marketTicker: ticker }))
      return true
    }
    case 'unknown-on-sid': {
      const { sid, seq } = venue.bogusDelta(ticker, side, cents * 100, 100)
      venue.deliver(refused({ reason: 'unknown-type', sid, seq }))
      return true
    }
    case 'garbage':
      if (!venue.delta(ticker, side, cents, countCenti)) return false
      venue.deliverText('{"kind":')
      return true
    case 'off-grid':
      venue.deliver(venue.bogusDelta(ticker, side, cents * 100 + 5, 100))
      return true
    case 'negative':
      venue.deliver(venue.bogusDelta(ticker, side, cents * 100, -1_000_000))
      return true
    case 'ok': {
      const { sid, seq } = venue.bogusDelta(ticker, side, cents * 100, 100)
      venue.deliver({ kind: 'ok', commandId: 1, sid, seq })
      return true
    }
    case 'answer': {
      const asked = venue.pending.shift()
      if (asked) venue.deliver(venue.snapshot(asked))
      return asked !== undefined
    }
    case 'again':
      venue.deliverAgain()
      return false
    case 'trade':
      venue.deliver(venue.trade(ticker, cents))
      return false
    case 'ticker':
      venue.deliver(venue.ticker(ticker))
      return false
    case 'second':
      venue.host({ kind: 'second' })
      return false
    case 'cut':
      venue.close()
      venue.open()
      return false
    case 'killed':
      venue.open()
      return false
  }
}

/** The books as a reader of the tape has them, kept the plainest way there is. Absent: not fresh. */
class TapeReader {
  readonly fresh = new Map<string, PlainBook>()

  read(event: AnyEvent): void {
    if (event.type === 'md.book-stale.v1') this.fresh.delete(event.data.marketTicker)
    else if (event.type === 'md.book-snapshot.v1') {
      const book: PlainBook = new Map()
      for (const [priceBps, countCenti] of event.data.yes) book.set(`yes${priceBps}`, countCenti)
      for (const [priceBps, countCenti] of event.data.no) book.set(`no${priceBps}`, countCenti)
      this.fresh.set(event.data.marketTicker, book)
    } else if (event.type === 'md.book-delta.v1') {
      const { marketTicker, side, priceBps, countDeltaCenti } = event.data
      const book = this.fresh.get(marketTicker)
      if (!book) throw new Error(`a delta of ${marketTicker}, which is not fresh`)
      const key = `${side}${priceBps}`
      const countCenti = (book.get(key) ?? 0) + countDeltaCenti
      if (countCenti < 0) throw new Error(`below zero at ${marketTicker} ${key}`)
      if (countCenti === 0) book.delete(key)
      else book.set(key, countCenti)
    }
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1
const sorted = (book: PlainBook): string => JSON.stringify([...book].sort(byName))

// Method: a venue with books of its own at the end of a line that loses, repeats and garbles. After
// every frame of the book channel, what the tape calls fresh must be the venue's book of that moment.
test('frames are conserved, and a book the tape calls fresh is the true one', () => {
  let freshSeen = 0
  fc.assert(
    fc.property(fc.array(op, { maxLength: 120, size: 'max' }), (ops) => {
      const venue = new FakeVenue()
      const reader = new TapeReader()
      let read = 0
      const readOn = (): void => {
        for (; read < venue.taken.length; read++) {
          for (const event of venue.taken[read]!.step.events) reader.read(event)
        }
      }
      venue.start()
      for (const each of ops) {
        const showsAll = play(venue, each)
        readOn()
        if (!showsAll) continue
        for (const [market, book] of reader.fresh) {
          freshSeen++
          expect(sorted(book)).toBe(sorted(venue.books.get(market)!))
        }
      }
      const { framesIn, applied, duplicate, quarantined, rejected } = venue.state.counts
      const frames = venue.taken.filter(
        ({ record }) => record.kind === 'frame' && !record.connectionId.endsWith('-host'),
      )
      expect(framesIn).toBe(applied + duplicate + quarantined + rejected)
      expect(framesIn).toBe(frames.length)
      expect(frames.every(({ step }) => step.outcome !== null)).toBe(true)

      // Left alone, the line heals: every snapshot asked for is sent, and all books are true.
      for (let i = 0; i < 20 && venue.pending.length > 0; i++)
        play(venue, { ...HEAL, kind: 'answer' })
      play(venue, { ...HEAL, kind: 'ok' })
      for (let i = 0; i < 20 && venue.pending.length > 0; i++)
        play(venue, { ...HEAL, kind: 'answer' })
      readOn()
      expect(
        [...reader.fresh].map(([market, book]) => [market, sorted(book)] as const).sort(byName),
      ).toEqual(MARKETS.map((market) => [market, sorted(venue.books.get(market)!)]))
      expect(venue.state.status).toBe('live')
    }),
    { numRuns: 300 },
  )
  expect(freshSeen).toBeGreaterThan(1_000)
})

const HEAL = { market: 0, side: 'yes', cents: 1, countCenti: 0 } as const

/** Not through the snapshot, which could forget the same thing twice. */
const plainFieldsOf = (state: object) =>
  Object.entries(state).filter(([, value]) => typeof value !== 'object')

const eventsOf = (taken: readonly Taken[]): string =>
  JSON.stringify(taken.map(({ step }) => step.events))

test('a replay of RAW from a snapshot anywhere gives the same events, to the byte', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 80, size: 'max' }), fc.nat(), (ops, cutSeed) => {
      const venue = new FakeVenue()
      venue.start()
      for (const each of ops) play(venue, each)

      const cut = cutSeed % (venue.taken.length + 1)
      const before = machine.initial(config)
      for (const { record } of venue.taken.slice(0, cut)) machine.step(before, record)
      const saved = JSON.stringify(machine.snapshot(before))
      const resumed = machine.restore(config, JSON.parse(saved) as never)
      expect(JSON.stringify(machine.snapshot(resumed))).toBe(saved)

      const after = venue.taken.slice(cut)
      const again = after.map(({ record }) => ({ record, step: machine.step(resumed, record) }))
      expect(eventsOf(again)).toBe(eventsOf(after))
      expect(machine.snapshot(resumed)).toEqual(machine.snapshot(venue.state))
      expect(plainFieldsOf(resumed)).toEqual(plainFieldsOf(venue.state))
    }),
    { numRuns: 200 },
  )
})

test('every event is what its contract says, with an id of its own that names its frame', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60, size: 'max' }), (ops) => {
      const venue = new FakeVenue()
      venue.start()
      for (const each of ops) play(venue, each)
      const ids = new Set<string>()
      for (const { record, step } of venue.taken) {
        step.events.forEach((event, index) => {
          const frameId = `${record.connectionId}-${record.frameNo}`
          expect(eventSchemas[event.type].safeParse(event).error).toBeUndefined()
          expect(event.causationId).toBe(frameId)
          expect(event.id).toBe(`kalshi-ws-${frameId}-${index}`)
          expect(event.ingestTimeUs).toBe(record.receivedTimeUs)
          expect(ids.has(event.id)).toBe(false)
          ids.add(event.id)
        })
      }
    }),
    { numRuns: 50 },
  )
})
