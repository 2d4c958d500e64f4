import type { VenueFrame } from '@kwm/contracts'
import { beforeEach, expect, test } from 'vitest'
import { FakeVenue } from './fake-venue.ts'

let venue: FakeVenue
beforeEach(() => {
  venue = new FakeVenue()
  venue.start()
})

const INDEX_SID = 9
const value = (seq: number, valueMicros: number): VenueFrame => ({
  kind: 'index-value',
  sid: INDEX_SID,
  seq,
  venueTimeUs: 1_795_207_441_000_000 + seq * 1_000_000,
  index: 'BRTI',
  valueMicros,
  average60sMicros: valueMicros - 1,
  settlementAverageMicros: null,
  settlementAverageCount: null,
})

test('a second of an index is an event of its own time; a gap is counted and loses nothing else', () => {
  const step = venue.deliver(value(1, 68_000_120_000))
  expect(step.outcome).toBe('applied')
  expect(step.events).toMatchObject([
    {
      type: 'spot.index.v1',
      eventTimeUs: 1_795_207_442_000_000,
      data: {
        index: 'BRTI',
        source: 'kalshi',
        valueMicros: 68_000_120_000,
        average60sMicros: 68_000_119_999,
      },
    },
  ])
  const late = venue.deliver(value(4, 68_000_130_000))
  expect(late.events.map(({ type }) => type)).toEqual(['spot.index.v1'])
  expect(venue.state.gaps).toBe(1)
  expect(venue.deliver(value(4, 68_000_130_000)).outcome).toBe('duplicate')
})

test('frames of the account are counted and make no event: the service that trades writes those', () => {
  const { framesIn, applied } = venue.state.counts
  const position: VenueFrame = {
    kind: 'position',
    sid: 14,
    seq: null,
    marketTicker: 'KXHIGHNY-26NOV20-A',
    positionCenti: 100,
    costMicros: 1,
    realizedPnlMicros: 0,
    feesPaidMicros: 0,
  }
  expect(venue.deliver(position)).toMatchObject({ outcome: 'applied', events: [], effects: [] })
  expect(venue.state.counts).toMatchObject({ framesIn: framesIn + 1, applied: applied + 1 })
})
