import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDownloaded, migrate, openSession, weatherStatus } from '../src/index.ts'
import type { DownloadedFact, Session } from '../src/index.ts'
import { postgresOrSkip } from '../src/testing/index.ts'

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

const MINUTE_US = 60_000_000
const HOUR_US = 60 * MINUTE_US
const FROM_US = Date.parse('2026-10-30T00:00:00Z') * 1_000
const RANGE = { fromUs: FROM_US, toUs: FROM_US + 72 * HOUR_US }
const NOW_US = FROM_US + 1_000 * HOUR_US

const row = (stationId: string, timeUs: number, change: object = {}): DownloadedFact => ({
  type: 'wx.observation.v1',
  ...{ eventTimeUs: timeUs, knownTimeUs: timeUs + MINUTE_US, receivedTimeUs: NOW_US },
  data: {
    ...{ stationId, source: 'iem', kind: 'tenth-f', tempF: 50, dewPointF: 40, humidityPct: 30 },
    ...{ windMph: null, windowStartUs: null, stationIds: [stationId], revision: 0, ...change },
  },
})
const hourly = (stationId: string, from: number, to: number): DownloadedFact[] =>
  Array.from({ length: to - from }, (_, i) =>
    row(stationId, FROM_US + (from + i) * HOUR_US + 51 * MINUTE_US),
  )
const smooth = (from: number, temps: readonly number[], change: object = {}): DownloadedFact[] =>
  temps.map((tempF, i) =>
    row('KMDW', FROM_US + (from + i) * 5 * MINUTE_US, {
      ...{ source: 'visual-crossing', kind: 'smooth', tempF, ...change },
    }),
  )

describe.skipIf(!postgres)('the status of the weather', () => {
  let session: Session
  beforeAll(async () => {
    await migrate({ url: postgres!.url })
    session = await openSession({ url: postgres!.url })
    return () => session.close()
  })
  const statusOf = async (stationId: string) =>
    (await weatherStatus(session, [stationId], RANGE))[0]!

  test('counts whole hours: covered, missing in between and at both ends', async () => {
    await addDownloaded(session, [
      ...hourly('KNYC', 2, 30),
      ...hourly('KNYC', 40, 71),
      row('KNYC', FROM_US + 35 * HOUR_US, { tempF: null }),
    ])
    expect(await statusOf('KNYC')).toEqual({
      stationId: 'KNYC',
      ...{ readings: 59, coverage: 59 / 72, gaps: 3, longestGapHours: 10 },
      newestEventUs: FROM_US + 70 * HOUR_US + 51 * MINUTE_US,
      newestReceivedUs: NOW_US,
      ...{ filledFraction: null, newestForecastUs: null, newestEnsembleUs: null },
      ...{ lastLabel: null, lastReport: null },
    })
  })

  test('nothing at all is one gap, as long as the range', async () => {
    expect(await statusOf('KMIA')).toMatchObject({
      ...{ readings: 0, coverage: 0, gaps: 1, longestGapHours: 72, newestEventUs: null },
    })
  })

  test('rows are filled from the second of six equal ones on, or when they are foreign', async () => {
    await addDownloaded(session, [
      ...smooth(0, [50, 51, 52, 53, 54]),
      ...smooth(5, [60, 60, 60, 60, 60]), // Five in a row are weather.
      ...smooth(10, [70, 70, 70, 70, 70, 70, 70]), // Of seven, six are filled.
      ...smooth(17, [71, 72], { stationIds: ['KORD'] }),
      ...smooth(19, [73]),
    ])
    expect((await statusOf('KMDW')).filledFraction).toBeCloseTo((6 + 2) / 20, 12)
  })

  test('what a generator made does not count', async () => {
    await session.query(
      `SELECT ops.ensure_partitions('wx.observations', ARRAY['2026-10-31'::timestamptz])`,
    )
    await session.query(
      `INSERT INTO wx.observations (shard, tape_seq, event_id, event_time, ingest_time,
         is_synthetic, station_id, source, kind, temp_f, station_ids, revision)
       VALUES ('demo', 1, 'x', '2026-10-31T12:00Z', '2026-10-31T12:01Z', true, 'KMIA', 'made',
         'whole-c', 70, '{}', 0)`,
    )
    expect(await statusOf('KMIA')).toMatchObject({ readings: 0 })
  })

  test('the last label and the last final report are those of the latest day', async () => {
    const times = { eventTimeUs: FROM_US, knownTimeUs: FROM_US, receivedTimeUs: NOW_US }
    const label = (climateDate: string, maxTempF: number): DownloadedFact => ({
      type: 'wx.settlement.v1',
      ...times,
      data: {
        ...{ eventTicker: `E-${climateDate}`, stationId: 'KMDW', climateDate },
        ...{ source: 'kalshi', maxTempF },
      },
    })
    const report = (climateDate: string, status: 'final' | 'intermediate'): DownloadedFact => ({
      type: 'wx.climate-report.v1',
      ...times,
      data: {
        ...{ stationId: 'KMDW', product: 'CLI', climateDate, status, maxTempF: 61 },
        ...{ minTempF: null, textHash: climateDate },
      },
    })
    await addDownloaded(session, [
      ...[label('2026-10-30', 60), label('2026-10-31', 61), label('2026-10-29', 59)],
      ...[report('2026-10-31', 'intermediate'), report('2026-10-30', 'final')],
    ])
    expect(await statusOf('KMDW')).toMatchObject({
      lastLabel: { climateDate: '2026-10-31', maxTempF: 61 },
      lastReport: { climateDate: '2026-10-30', maxTempF: 61 },
    })
  })
})
