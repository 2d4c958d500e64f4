import type { KnownWeather, WeatherFact } from '@kwm/contracts'
import { knownWeather } from '@kwm/model-weather'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addDownloaded,
  asKnownAt,
  factsUntil,
  finalDownloads,
  migrate,
  openSession,
} from '../src/index.ts'
import type { DownloadedFact, Session } from '../src/index.ts'
import { postgresOrSkip } from '../src/testing/index.ts'
import {
  DATES,
  HOUR_US,
  MIDNIGHT_US,
  dayQuery,
  randomFacts,
  randomKnownAt,
} from './random-weather.ts'

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

const FOREVER_US = MIDNIGHT_US + 10_000 * HOUR_US
const station = (icao: string) => ({ icao, stdOffsetMinutes: -300 })

describe.skipIf(!postgres)('the weather store', () => {
  const url = postgres?.url ?? ''
  let session: Session
  let stations = 0
  beforeAll(async () => {
    await migrate({ url })
    session = await openSession({ url })
    return () => session.close()
  })

  // Goal: the store answers as of any moment. Method: batches of random facts in any order of their
  // times; a plain list in memory is the oracle of what is written, the twin of what is answered.
  test('answers as the facts in memory do, at every moment, however they came in', async () => {
    const run = fc.tuple(
      fc.array(randomFacts('KXXX'), { minLength: 1, maxLength: 3 }),
      fc.array(randomKnownAt, { minLength: 8, maxLength: 8 }),
    )
    await fc.assert(
      fc.asyncProperty(run, async ([batches, moments]) => {
        const own = station(`K${stations++}`.padEnd(4, '_'))
        const oracle: WeatherFact[] = []
        for (const batch of batches) {
          const facts = batch.map((fact) => inStation(fact, own.icao))
          const before = oracle.length
          addToList(oracle, facts)
          expect(await addDownloaded(session, facts)).toBe(oracle.length - before)
        }
        for (const knownAtUs of moments) {
          const query = dayQuery(own, knownAtUs)
          const answer = await asKnownAt(session, query)
          expect(nameless(answer)).toEqual(nameless(knownWeather(oracle, query)))
          const taken = await factsUntil(session, query)
          expect(knownWeather(taken, query)).toEqual(answer)
        }
      }),
      { numRuns: 24, seed: 8 },
    )
  })

  // Goal: the causality rule on the query itself, with the database doing the forgetting.
  test('what becomes known after t changes no answer at or before t', async () => {
    const run = fc.tuple(
      randomFacts('KXXX'),
      fc.array(randomKnownAt, { minLength: 4, maxLength: 4 }),
    )
    await fc.assert(
      fc.asyncProperty(run, async ([facts, moments]) => {
        const own = station(`L${stations++}`.padEnd(4, '_'))
        const cutUs = Math.max(...moments)
        const mine = facts.map((fact) => inStation(fact, own.icao))
        await addDownloaded(
          session,
          mine.filter((fact) => fact.receivedTimeUs <= cutUs),
        )
        const answers = async (): Promise<KnownWeather[]> => {
          const all: KnownWeather[] = []
          for (const knownAtUs of moments)
            all.push(await asKnownAt(session, dayQuery(own, knownAtUs)))
          return all
        }
        const before = await answers()
        await addDownloaded(
          session,
          mine.filter((fact) => fact.knownTimeUs > cutUs),
        )
        expect(await answers()).toEqual(before)
      }),
      { numRuns: 24, seed: 9 },
    )
  })

  const reading = (stationId: string, tempF: number, receivedTimeUs: number): DownloadedFact => ({
    type: 'wx.observation.v1',
    ...{ eventTimeUs: MIDNIGHT_US, knownTimeUs: MIDNIGHT_US + HOUR_US / 6, receivedTimeUs },
    data: {
      ...{ stationId, source: 'metar', kind: 'tenth-f', tempF, dewPointF: null },
      ...{ humidityPct: null, windMph: null, windowStartUs: null, stationIds: [stationId] },
      revision: 0,
    },
  })

  test('the same download twice adds nothing, two at once add each thing once', async () => {
    const facts = [81, 82, 83].map((tempF, i) => ({
      ...reading('KTWO', tempF, FOREVER_US),
      eventTimeUs: MIDNIGHT_US + i * HOUR_US,
    }))
    const other = await openSession({ url })
    const added = await Promise.all([addDownloaded(session, facts), addDownloaded(other, facts)])
    await other.close()
    expect(added.toSorted((a, b) => a - b)).toEqual([0, 3])
    expect(await addDownloaded(session, facts)).toBe(0)
  })

  test('a value that changes is a revision that we know only since we received it', async () => {
    const own = station('KREV')
    const [firstUs, secondUs] = [MIDNIGHT_US + 10 * HOUR_US, MIDNIGHT_US + 50 * HOUR_US]
    await addDownloaded(session, [reading('KREV', 81, firstUs)])
    await addDownloaded(session, [reading('KREV', 85, secondUs)])
    await addDownloaded(session, [reading('KREV', 81, secondUs + HOUR_US)])
    const at = async (knownAtUs: number) => {
      const { observations } = await asKnownAt(session, dayQuery(own, knownAtUs))
      return observations.map(({ data }) => [data.tempF, data.revision])
    }
    expect(await at(MIDNIGHT_US + HOUR_US / 6 - 1)).toEqual([])
    expect(await at(MIDNIGHT_US + HOUR_US / 6)).toEqual([[81, 0]])
    expect(await at(secondUs - 1)).toEqual([[81, 0]])
    expect(await at(secondUs)).toEqual([[85, 1]])
    expect(await at(FOREVER_US)).toEqual([[81, 2]])
  })

  test('of a thing said twice in one answer the last counts, however often it is read', async () => {
    const answer = [reading('KCOR', 81, FOREVER_US), reading('KCOR', 85, FOREVER_US)]
    expect(await addDownloaded(session, answer)).toBe(1)
    const later = answer.map((fact) => ({ ...fact, receivedTimeUs: FOREVER_US + HOUR_US }))
    expect(await addDownloaded(session, later)).toBe(0)
    const { observations } = await asKnownAt(session, dayQuery(station('KCOR'), FOREVER_US))
    expect(observations.map(({ data }) => data.tempF)).toEqual([85])
  })

  test('a text issued anew with the same words is known since the first time', async () => {
    const report = (hours: number): DownloadedFact => ({
      type: 'wx.climate-report.v1',
      eventTimeUs: MIDNIGHT_US + hours * HOUR_US,
      knownTimeUs: MIDNIGHT_US + hours * HOUR_US,
      receivedTimeUs: FOREVER_US,
      data: {
        ...{ stationId: 'KCFS', product: 'CF6', climateDate: DATES[1]!, status: 'final' },
        ...{ maxTempF: 88, minTempF: 70, textHash: 'same' },
      },
    })
    expect(await addDownloaded(session, [report(60), report(36), report(48)])).toBe(1)
    const known = (hours: number) =>
      asKnownAt(session, dayQuery(station('KCFS'), MIDNIGHT_US + hours * HOUR_US))
    expect((await known(35)).reports).toEqual([])
    expect((await known(36)).reports).toMatchObject([{ data: { maxTempF: 88 } }])
  })

  test('a download is remembered with its rows, or neither is', async () => {
    const download = { key: 'metar/x', faults: 2, isFinal: true, doneTimeUs: FOREVER_US }
    const bad = { ...reading('KDLD', 80, FOREVER_US), knownTimeUs: FOREVER_US + 1 }
    await expect(addDownloaded(session, [bad], download)).rejects.toThrow(/receivedTimeUs/)
    expect(await finalDownloads(session)).not.toContain('metar/x')
    await addDownloaded(session, [reading('KDLD', 80, FOREVER_US)], download)
    expect(await finalDownloads(session)).toContain('metar/x')
    await addDownloaded(session, [], { ...download, isFinal: false })
    expect(await finalDownloads(session)).not.toContain('metar/x')
  })

  test('what a generator made is only in the answer about its own shard', async () => {
    const own = station('KSYN')
    await session.query(
      `SELECT ops.ensure_partitions('wx.observations', ARRAY['2026-07-04'::timestamptz])`,
    )
    for (const [shard, isSynthetic, source] of [
      ['demo', true, 'made'],
      ['main', false, 'metar'],
      ['young', null, 'undeclared'],
    ]) {
      await session.query(
        `INSERT INTO wx.observations (shard, tape_seq, event_id, event_time, ingest_time,
           is_synthetic, station_id, source, kind, station_ids, revision)
         VALUES ($1, 1, $1, '2026-07-04T12:00Z', '2026-07-04T12:01Z', $2, 'KSYN', $3, 'whole-c', '{}', 0)`,
        [shard, isSynthetic, source],
      )
    }
    const sources = async (options: { shard?: string } = {}) => {
      const { observations } = await asKnownAt(session, dayQuery(own, FOREVER_US), options)
      return observations.map(({ data }) => data.source)
    }
    expect(await sources()).toEqual(['metar'])
    expect(await sources({ shard: 'demo' })).toEqual(['made'])
    expect(await sources({ shard: 'young' })).toEqual(['undeclared'])
  })

  test.each([
    [
      'known after received',
      { knownTimeUs: FOREVER_US + 1 },
      /knownTimeUs .* is after receivedTimeUs/,
    ],
    [
      'a text with U+0000',
      { data: { ...reading('KBAD', 80, 0).data, source: 'a\u0000' } },
      /22021/,
    ],
  ])('refuses %s, and of the rest of the batch nothing stays', async (_, change, reason) => {
    const good = reading('KBAD', 80, FOREVER_US)
    const bad = { ...good, eventTimeUs: MIDNIGHT_US + 5, ...change } as DownloadedFact
    await expect(addDownloaded(session, [good, bad])).rejects.toThrow(reason)
    const { observations } = await asKnownAt(session, dayQuery(station('KBAD'), FOREVER_US))
    expect(observations).toEqual([])
  })
})

const inStation = (fact: DownloadedFact, stationId: string): DownloadedFact =>
  ({ ...fact, data: { ...fact.data, stationId } }) as DownloadedFact

const nameless = (known: KnownWeather) =>
  Object.fromEntries(
    Object.entries(known).map(([kind, facts]) => [
      kind,
      (facts as readonly WeatherFact[]).map((fact) => ({ ...fact, id: '' })),
    ]),
  )

/** What the writer promises, one fact after another in a list. */
function addToList(list: WeatherFact[], batch: readonly DownloadedFact[]): void {
  for (const fact of batch.toSorted((a, b) => a.knownTimeUs - b.knownTimeUs)) {
    const [thing, contents] = splitOf(fact)
    const before = list.filter((other) => splitOf(other)[0] === thing).toSorted(older)
    const newest = before.at(-1)
    if (newest && splitOf(newest)[1] === contents) continue
    const added = { ...fact, id: `fact-${list.length}` } as WeatherFact
    if (newest) Object.assign(added, { knownTimeUs: fact.receivedTimeUs })
    if (newest?.type === 'wx.observation.v1' && fact.type === 'wx.observation.v1') {
      const revision = Math.max(fact.data.revision, newest.data.revision + 1)
      Object.assign(added, { data: { ...fact.data, revision } })
    }
    list.push(added)
  }
}

const older = (a: WeatherFact, b: WeatherFact): number => {
  const revisions = [a, b].map(({ data }) => ('revision' in data ? data.revision : 0))
  return (
    revisions[0]! - revisions[1]! ||
    a.knownTimeUs - b.knownTimeUs ||
    a.receivedTimeUs - b.receivedTimeUs
  )
}

/** What a fact is about, and what it says. */
function splitOf({ type, eventTimeUs, data }: DownloadedFact): [string, string] {
  const about: string[] = [type]
  const said: string[] = []
  for (const [name, value] of Object.entries(data)) {
    if (name === 'revision') continue
    const isSaid =
      /^(tempF|dewPointF|stationIds|humidityPct|windMph|validTimesUs|tempsF|membersF|maxTempF|minTempF)$/
    const isDateOfSettlement = type === 'wx.settlement.v1' && name === 'climateDate'
    ;(isSaid.test(name) || isDateOfSettlement ? said : about).push(
      `${name} ${JSON.stringify(value)}`,
    )
  }
  if (type === 'wx.observation.v1') about.push(String(eventTimeUs))
  return [about.toSorted().join(), said.toSorted().join()]
}
