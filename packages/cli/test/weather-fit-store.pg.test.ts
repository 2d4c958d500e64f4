import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  addDownloaded,
  migrate,
  openSession,
  type DownloadedFact,
  type Session,
} from '@kwm/adapter-pg'
import { freshDatabase, postgresOrSkip, type TestPostgres } from '@kwm/adapter-pg/testing'
import {
  climateDateOf,
  climateDay,
  DAY_US,
  dressingAt,
  HOUR_US,
  MINUTE_US,
  stationModelOf,
  stationOfIcao,
} from '@kwm/model-weather'
import { Prng } from '@kwm/std'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ModelArtefact } from '../src/weather/model-artefact.ts'
import { readStoreInputs } from '../src/weather/store-inputs.ts'

const MAIN = join(import.meta.dirname, '../dist/main.js')
const MIDWAY = stationOfIcao('KMDW')!
const OFFSET = MIDWAY.stdOffsetMinutes
const NOW_US = Date.now() * 1_000
const END_US = climateDay(climateDateOf(NOW_US, OFFSET), OFFSET).startUs
const dateOf = (timeUs: number): string => climateDateOf(timeUs, OFFSET)

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

const forecastF = (timeUs: number): number =>
  60 + 12 * Math.sin(((timeUs - END_US) / DAY_US - 0.35) * 2 * Math.PI)

const observation = (timeUs: number, tempF: number, change: object = {}): DownloadedFact => ({
  type: 'wx.observation.v1',
  ...{ eventTimeUs: timeUs, knownTimeUs: timeUs + 10 * MINUTE_US, receivedTimeUs: NOW_US },
  data: {
    ...{ stationId: 'KMDW', source: 'iem', kind: 'tenth-f', tempF, dewPointF: 40 },
    ...{ humidityPct: 50, windMph: 5, windowStartUs: null, stationIds: ['KMDW'], revision: 0 },
    ...change,
  },
})
const hours = (issueTimeUs: number): number[] =>
  Array.from({ length: 31 }, (_, k) => issueTimeUs + k * HOUR_US)
const forecast = (issueTimeUs: number): DownloadedFact => ({
  type: 'wx.forecast.v1',
  ...{ eventTimeUs: issueTimeUs, knownTimeUs: issueTimeUs + HOUR_US, receivedTimeUs: NOW_US },
  data: {
    ...{ stationId: 'KMDW', source: 'nws-grid', issueTimeUs, basisDate: null },
    ...{ validTimesUs: hours(issueTimeUs), tempsF: hours(issueTimeUs).map(forecastF) },
    valueKind: 'hourly',
  },
})
const settlement = (date: string, source: 'kalshi' | 'ncei', maxTempF: number): DownloadedFact => {
  const knownTimeUs = Math.min(NOW_US, climateDay(date, OFFSET).endUs + 10 * HOUR_US)
  return {
    type: 'wx.settlement.v1',
    ...{ eventTimeUs: knownTimeUs, knownTimeUs, receivedTimeUs: NOW_US },
    data: {
      eventTicker: `KXHIGHCHI-${date}`,
      stationId: 'KMDW',
      climateDate: date,
      source,
      maxTempF,
    },
  }
}

/** Hourly readings two degrees above every forecast, and members two below the truth. */
function madeFacts(days: number): DownloadedFact[] {
  const prng = new Prng('store')
  const facts: DownloadedFact[] = []
  let u = 0
  for (let startUs = END_US - days * DAY_US; startUs < END_US; startUs += DAY_US) {
    const temps = Array.from({ length: 24 }, (_, hour) => {
      u = 0.8 * u + 0.6 * prng.nextNormal()
      return Math.round(forecastF(startUs + hour * HOUR_US + 51 * MINUTE_US) + 2 + 1.2 * u)
    })
    for (const [hour, tempF] of temps.entries()) {
      facts.push(observation(startUs + hour * HOUR_US + 51 * MINUTE_US, tempF))
      if (hour % 6 === 0) facts.push(forecast(startUs + hour * HOUR_US))
    }
    const highF = Math.max(...temps)
    // The archive is three degrees off; the venue settled on the truth.
    facts.push(
      settlement(dateOf(startUs), 'ncei', highF + 3),
      settlement(dateOf(startUs), 'kalshi', highF),
    )
    const issueTimeUs = startUs - 6 * HOUR_US
    const members = Array.from({ length: 8 }, () => prng.nextNormal())
    facts.push({
      type: 'wx.ensemble.v1',
      ...{ eventTimeUs: issueTimeUs, knownTimeUs: issueTimeUs + HOUR_US, receivedTimeUs: NOW_US },
      data: {
        ...{
          stationId: 'KMDW',
          source: 'open-meteo',
          issueTimeUs,
          validTimesUs: hours(issueTimeUs),
        },
        membersF: members.map((off) =>
          hours(issueTimeUs).map((timeUs) => forecastF(timeUs) - 10 + (highF + 8 - 72) + off),
        ),
      },
    })
  }
  return facts
}

describe.skipIf(!postgres)('a fit from the weather store', () => {
  let database: TestPostgres
  let session: Session
  let out = ''
  beforeEach(async () => {
    database = await freshDatabase(postgres!.url)
    await migrate({ url: database.url })
    session = await openSession({ url: database.url })
    out = await mkdtemp(join(tmpdir(), 'kwm-fit-store-'))
  })
  afterEach(async () => {
    await session.close()
    await database.stop()
    await rm(out, { recursive: true, force: true })
  })

  function fit(...args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
    const common = ['weather', 'fit', '--station', 'KMDW', '--out', out]
    const from = ['--database-url', database.url, ...args]
    const child = spawn(process.execPath, [MAIN, ...common, ...from], { env: {} })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdout.resume()
    return new Promise((resolve) => child.once('exit', (code) => resolve({ code, stderr })))
  }

  test('learns bias, excess and ensemble; the service reads it; the same rows give the same bytes', async () => {
    await addDownloaded(session, madeFacts(66))
    const first = await fit('--days', '70')
    expect(first).toMatchObject({ code: 0 })
    const name = (await readdir(out)).find((file) => file.endsWith('.json'))!
    const bytes = await readFile(join(out, name), 'utf8')
    const artefact = JSON.parse(bytes) as ModelArtefact
    expect(artefact).toMatchObject({
      feed: { kind: 'tenth-f', rowsPerReading: 12 },
      ...{ forecastSource: 'nws-grid', ensembleSource: 'open-meteo', span: { days: 66 } },
      fit: {
        residual: { provenance: 'fitted', days: 66 },
        excess: { provenance: 'fitted', days: 66 },
        dressing: { provenance: 'fitted' },
      },
    })
    const { icao, model } = stationModelOf(artefact)
    expect({ icao, version: model.version }).toEqual({ icao: 'KMDW', version: artefact.version })
    const { biasF } = model.residual!.model
    const learnt = biasF.flat().filter((_, at) => artefact.fit.residual.counts.flat()[at]! > 100)
    for (const bias of learnt) expect(Math.abs(bias - 2)).toBeLessThan(0.8)
    expect(learnt.length).toBeGreaterThan(8)
    // What the venue settled on, not the archive's three degrees more.
    expect(model.excess!.pmf[2]!).toBeGreaterThan(0.7)
    expect(dressingAt(model.ensemble!.dressing, 24).biasF).toBeGreaterThan(1)
    expect(await fit('--days', '70')).toMatchObject({ code: 0 })
    expect(await readFile(join(out, name), 'utf8')).toBe(bytes)
    const page = await readFile(join(out, name.replace('json', 'html')), 'utf8')
    expect(page).toContain('store: observations iem tenth-f, 1584 rows')
  })

  test('a revision is what counts, a fact known later is not there yet, and windows are no readings', async () => {
    const at = END_US - 2 * DAY_US + 51 * MINUTE_US
    const windowStartUs = at - 6 * HOUR_US
    await addDownloaded(session, [
      observation(at, 60),
      observation(at + HOUR_US, 61),
      { ...observation(at + 2 * HOUR_US, 62), knownTimeUs: NOW_US },
      observation(at, 90, { windowStartUs, kind: 'max-6h' }),
      observation(at + 3 * HOUR_US, 95, { stationIds: ['KORD'] }),
    ])
    // A second download says otherwise: known since then.
    await addDownloaded(session, [observation(at, 71)])
    const tempsAt = async (knownAtUs: number): Promise<number[]> => {
      const range = { fromUs: END_US - 3 * DAY_US, toUs: END_US, knownAtUs }
      const { days } = await readStoreInputs(session, MIDWAY, range, {})
      return days.flatMap(({ points }) => points.map(({ tempF }) => tempF))
    }
    expect(await tempsAt(at + HOUR_US)).toEqual([60])
    expect(await tempsAt(NOW_US - HOUR_US)).toEqual([60, 61])
    expect(await tempsAt(NOW_US)).toEqual([71, 61, 62])
  })

  test('too little writes nothing and says what is missing; nothing at all says how to get it', async () => {
    const none = await fit()
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('no exact readings of KMDW')
    await addDownloaded(session, madeFacts(3))
    const few = await fit()
    expect(few.code).toBe(1)
    expect(few.stderr).toContain('3 days with ensembles and an official high, 40 are needed')
    expect(await readdir(out)).toEqual([])
    const odd = await fit('--days', 'many')
    expect(odd.code).toBe(2)
    expect(odd.stderr).toContain('--days: many is not a number of days')
  })
})
