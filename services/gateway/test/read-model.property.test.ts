import fc from 'fast-check'
import { decodeRecord } from '@kwm/machines'
import { expect, test } from 'vitest'
import { isReadModelEvent, ReadModel, type ReadModelEvent } from '../src/read-model/read-model.ts'
import type { Update } from '../src/read-model/view.ts'
import { Day } from './day.ts'

const options = { seed: 11, hours: 6, stepSeconds: 60, isFinished: true, isSynthetic: true }
/** Decoded once, for every reading of the tape: a model takes events as they are. */
const records: readonly Entry[] = new Day(options).tape.log.records.map((record) => {
  const event = decodeRecord(record)
  return { seq: record.seq, event: isReadModelEvent(event) ? event : undefined }
})
type Entry = { readonly seq: number; readonly event: ReadModelEvent | undefined }

function applyAll(model: ReadModel, tape: readonly Entry[]): ReadModel {
  for (const { event, seq } of tape) {
    if (event) model.apply(event, seq)
    else model.skipTo(seq)
  }
  return model
}

const whole = applyAll(new ReadModel(), records).since(0)

test('reading again from any place changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: records.length }), { maxLength: 3 }), (places) => {
      const model = applyAll(new ReadModel(), records)
      for (const place of places) applyAll(model, records.slice(place))
      expect(model.since(0)).toEqual(whole)
    }),
    { numRuns: 8 },
  )
})

test('stopping anywhere and reading from the beginning again gives the same view', () => {
  fc.assert(
    fc.property(fc.nat({ max: records.length }), (cut) => {
      const model = applyAll(new ReadModel(), records.slice(0, cut))
      expect(applyAll(model, records).since(0)).toEqual(whole)
    }),
    { numRuns: 8 },
  )
})

// Goal: a page may miss any updates and still ends right. Method: follow with a page that takes an
// update at arbitrary places, hold it against the full state.
test('updates taken at any places add up to the full state', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: records.length }), { maxLength: 12 }), (places) => {
      const model = new ReadModel()
      const page = new Map<string, Map<string, unknown>>()
      let at = 0
      let seen = 0
      for (const place of [...places, records.length].sort((a, b) => a - b)) {
        applyAll(model, records.slice(at, place))
        at = place
        put(page, model.since(seen))
        seen = model.tapeSeq
      }
      const expected = new Map<string, Map<string, unknown>>()
      put(expected, whole)
      for (const [part, items] of expected) {
        for (const [key, item] of items) expect(page.get(part)?.get(key)).toEqual(item)
      }
    }),
    { numRuns: 12 },
  )
})

const KEYS = {
  events: 'eventTicker',
  stations: 'stationId',
  orders: 'key',
  reasons: 'reason',
  positions: 'marketTicker',
  feeds: 'feed',
  startedServices: 'service',
  opportunities: 'id',
} as const

function put(page: Map<string, Map<string, unknown>>, update: Update): void {
  for (const [part, key] of Object.entries(KEYS)) {
    const items = page.get(part) ?? new Map<string, unknown>()
    const changed = update[part as keyof typeof KEYS] as readonly Record<string, unknown>[]
    for (const item of changed) items.set(item[key] as string, item)
    page.set(part, items)
  }
  const points = page.get('points') ?? new Map<string, unknown>()
  for (const line of update.points) {
    for (const point of line.points) points.set(`${line.eventTicker} ${point[0]}`, point)
  }
  for (const { stationId, exact, smooth } of update.stationPoints) {
    for (const point of exact) points.set(`${stationId} exact ${point[0]}`, point)
    for (const point of smooth) points.set(`${stationId} smooth ${point[0]}`, point)
  }
  page.set('points', points)
}
