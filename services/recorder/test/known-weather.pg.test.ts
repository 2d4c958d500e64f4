import { asKnownAt, migrate, openSession } from '@kwm/adapter-pg'
import { postgresOrSkip } from '@kwm/adapter-pg/testing'
import type { AnyEvent } from '@kwm/contracts'
import { climateDayQuery, factOf, KnownFacts } from '@kwm/model-weather'
import { Prng } from '@kwm/std'
import { afterAll, describe, expect, test } from 'vitest'
import { makeRig, memoryTape, recordAll } from './recorder-rig.ts'
import { eventOf, outgoing, sampleData, START_US } from './sample-tape.ts'

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

const HOUR_US = 3_600_000_000
const STATION = { icao: 'KNYC', stdOffsetMinutes: -300 }
const DATES = ['2026-11-19', '2026-11-20', '2026-11-21']

/** Weather of a few days around the sample's: few values of everything, revised and repeated often. */
function weatherEvents(seed: number, count: number): AnyEvent[] {
  const prng = new Prng(seed)
  const pick = <T>(values: readonly T[]): T => values[prng.nextInt(values.length)]!
  const instant = (): number => START_US + (prng.nextInt(96) - 48) * HOUR_US
  return Array.from({ length: count }, (_, i) => {
    const eventTimeUs = instant()
    const ingestTimeUs = eventTimeUs + prng.nextInt(20) * HOUR_US + i
    const data = sampleData(prng)
    const validTimesUs = [instant(), instant()]
    const issueTimeUs = eventTimeUs - 6 * HOUR_US
    const tempF = 40 + prng.nextInt(4)
    const id = `weather-${seed}-${i}`
    const of = <T extends AnyEvent['type']>(type: T, change: Partial<(typeof data)[T]>): AnyEvent =>
      eventOf(type, { ...data[type], ...change }, { id, eventTimeUs, ingestTimeUs })
    return pick([
      () => of('wx.observation.v1', { tempF, revision: prng.nextInt(3) }),
      () => of('wx.observation.v1', { tempF, revision: prng.nextInt(3), source: 'metar' }),
      () => of('wx.forecast.v1', { issueTimeUs, validTimesUs, tempsF: [tempF, tempF] }),
      () => of('wx.ensemble.v1', { issueTimeUs, validTimesUs, membersF: [[tempF, tempF]] }),
      () => of('wx.climate-report.v1', { climateDate: pick(DATES), textHash: pick(['a', 'b']) }),
      () => of('wx.settlement.v1', { climateDate: pick(DATES), maxTempF: tempF }),
    ])()
  })
}

describe.skipIf(!postgres)('what was known at t of what the recorder wrote', () => {
  const url = postgres?.url ?? ''

  // The oracle is the tape itself, in memory: what a backtest over it would know.
  test.each([1, 2, 3])('is what the tape in memory knew (seed %i)', async (seed) => {
    await migrate({ url })
    const shard = `weather${seed}`
    const events = weatherEvents(seed, 400)
    const tape = memoryTape(
      shard,
      events.map((event) => outgoing(shard, event)),
    )
    const { service } = makeRig({ tape, connect: () => openSession({ url }) })
    await recordAll(service, tape)

    const facts = new KnownFacts(events.flatMap((event) => factOf(event) ?? []))
    const session = await openSession({ url })
    let known = 0
    for (let hour = -60; hour < 70; hour += 5) {
      for (const date of DATES) {
        const query = climateDayQuery(STATION, date, START_US + hour * HOUR_US)
        const answer = await asKnownAt(session, query, { shard })
        expect(answer).toEqual(facts.asKnownAt(query))
        known += Object.values(answer).flat().length
      }
    }
    await session.close()
    expect(known).toBeGreaterThan(500)
  })
})
