import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { asKnownAt, openSession, type Session } from '@kwm/adapter-pg'
import { freshDatabase, postgresOrSkip, type TestPostgres } from '@kwm/adapter-pg/testing'
import { climateDayQuery, stationOfIcao } from '@kwm/model-weather'
import { Prng } from '@kwm/std'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { highOf, REPORT_MINUTE, tenthsC, WeatherArchive } from './weather-archive.ts'

const MAIN = join(import.meta.dirname, '../dist/main.js')
const END = '2026-10-14'
const DAYS = 8
const FROM_MS = Date.parse(`${END}T00:00:00Z`) - (DAYS - 1) * 86_400_000
const NYC = stationOfIcao('KNYC')!
const KILLS = 4

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
const us = (iso: string): number => Date.parse(iso) * 1_000

describe.skipIf(!postgres)('a backfill of the weather', () => {
  let archive: WeatherArchive
  let url = ''
  let out = ''
  let database: TestPostgres
  let session: Session
  beforeEach(async () => {
    archive = new WeatherArchive()
    url = await archive.listen()
    out = await mkdtemp(join(tmpdir(), 'kwm-weather-'))
    database = await freshDatabase(postgres!.url)
    session = await openSession({ url: database.url })
  })
  afterEach(async () => {
    archive.close()
    await session.close()
    await database.stop()
    await rm(out, { recursive: true, force: true })
  })

  /** `killAfter`: the process dies so many milliseconds after its so many-th line of progress. */
  function run(args: readonly string[], killAfter?: readonly [number, number]): Promise<Run> {
    const child = spawn(
      process.execPath,
      [MAIN, ...args, '--database-url', database.url, '--json'],
      {
        env: { VISUAL_CROSSING_API_KEY: 'secret-key' },
      },
    )
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
      if (!killAfter || stderr.split(' %').length <= killAfter[0]) return
      void delay(killAfter[1]).then(() => child.kill('SIGKILL'))
    })
    return new Promise((resolve) => child.once('exit', (code) => resolve({ code, stdout, stderr })))
  }

  const backfill = (
    kind: string,
    args: readonly string[] = [],
    killAfter?: readonly [number, number],
  ) =>
    run(
      [
        ...['backfill', kind, '--to', END, '--days', String(DAYS), '--out', out],
        ...['--iem-url', url, '--visual-crossing-url', url, '--rest-url', `${url}/trade-api/v2`],
        ...['--min-interval-ms', '5', ...args],
      ],
      killAfter,
    )

  async function rows(table: string, columns: string): Promise<string[]> {
    const { rows: found } = await session.query<{ line: string }>(
      `SELECT concat_ws(' ', ${columns}) AS line FROM ${table}`,
    )
    return found.map(({ line }) => line).toSorted()
  }
  const METARS = [
    'wx.observations',
    `station_id, kind, (extract(epoch FROM event_time) * 1000)::bigint, round(temp_f::numeric, 1)`,
  ] as const

  /** What the archive has: an answer computed without any of our parsers. */
  function metars(stations: readonly string[]): string[] {
    const lines: string[] = []
    for (const icao of stations) {
      for (let hour = 0; hour < DAYS * 24; hour++) {
        const at = FROM_MS + hour * 3_600_000 + REPORT_MINUTE * 60_000
        lines.push(`${icao} tenth-f ${at} ${((tenthsC(icao, at) / 10) * 1.8 + 32).toFixed(1)}`)
      }
    }
    return lines.toSorted()
  }

  test('METARs are what the archive has, known minutes after they were taken', async () => {
    const first = await backfill('weather', ['--station', 'KNYC'])
    expect(first.code, first.stderr).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({ rows: DAYS * 24, failed: [], faults: 0 })
    expect(await rows(...METARS)).toEqual(metars(['KNYC']))
    const at = (iso: string) => asKnownAt(session, climateDayQuery(NYC, '2026-10-10', us(iso)))
    const newest = async (iso: string) => (await at(iso)).observations.at(-1)?.eventTimeUs
    expect(await newest('2026-10-10T15:00:59Z')).toBe(us('2026-10-10T14:51:00Z') - 3_600_000_000)
    expect(await newest('2026-10-10T15:01:00Z')).toBe(us('2026-10-10T14:51:00Z'))

    const before = archive.requests
    const again = await backfill('weather', ['--station', 'KNYC'])
    expect(JSON.parse(again.stdout)).toMatchObject({ items: 0, rows: 0, skipped: DAYS })
    expect(archive.requests).toBe(before)
    const refreshed = await backfill('weather', ['--station', 'KNYC', '--refresh'])
    expect(JSON.parse(refreshed.stdout)).toMatchObject({ items: DAYS, rows: 0, facts: DAYS * 24 })
  })

  test(`killed ${KILLS} times it has every row once`, async () => {
    const prng = new Prng(11)
    const args = ['--series', 'KXHIGHNY,KXHIGHCHI']
    for (let kill = 0; kill < KILLS; kill++) {
      const { code } = await backfill('weather', args, [1 + (kill % 3), prng.nextInt(25)])
      expect(code, 'killed').toBeNull()
    }
    const { code, stderr, stdout } = await backfill('weather', args)
    expect(code, stderr + stdout).toBe(0)
    const found = await rows(...METARS)
    expect(found.filter((line) => line.includes('tenth-f'))).toEqual(metars(['KMDW', 'KNYC']))
    // Five-minute rows of Midway alone: Central Park's are filled forward.
    const smooth = found.filter((line) => line.includes('smooth'))
    expect(smooth).toHaveLength(DAYS * 288)
    expect(new Set(smooth).size).toBe(DAYS * 288)
    expect(smooth.every((line) => line.startsWith('KMDW'))).toBe(true)
    expect(archive.seen.filter((address) => address.includes('secret-key')).length).toBeGreaterThan(
      0,
    )
  }, 60_000)

  test('a page of HTML is one item that failed, named, and done by the next run', async () => {
    archive.trouble = { match: /2026-10-10/, status: 200, body: '<html>maintenance</html>' }
    const { code, stdout } = await backfill('weather', ['--station', 'KNYC'])
    expect(code).toBe(1)
    const { failed } = JSON.parse(stdout) as { failed: { key: string; reason: string }[] }
    // The day before ends where that day begins: its address names both.
    expect(failed.map(({ key }) => key).toSorted()).toEqual([
      'weather/metar/2026-10-09/KNYC',
      'weather/metar/2026-10-10/KNYC',
    ])
    expect(failed[0]!.reason).toContain('html')
    expect(await readFile(join(out, 'failed.ndjson'), 'utf8')).toContain('2026-10-10')
    expect(await rows(...METARS)).toHaveLength((DAYS - 2) * 24)
    archive.trouble = undefined
    const again = await backfill('weather', ['--station', 'KNYC'])
    expect(JSON.parse(again.stdout)).toMatchObject({ items: 2, rows: 48, failed: [] })
    expect(await rows(...METARS)).toEqual(metars(['KNYC']))
  })

  test('a forecast of a basis date is known from the midnight after it, in standard time', async () => {
    const { code, stderr } = await backfill('forecasts', ['--station', 'KNYC'])
    expect(code, stderr).toBe(0)
    const basisKnown = async (iso: string) => {
      const query = climateDayQuery(NYC, '2026-10-10', us(iso))
      return (await asKnownAt(session, query)).forecasts.map(({ data }) => data.basisDate)
    }
    // The market of the 10th opens on the 9th at 14:00Z: the run of the 9th is not known then.
    expect(await basisKnown('2026-10-09T14:00:00Z')).toEqual(['2026-10-08'])
    expect(await basisKnown('2026-10-10T04:59:59Z')).toEqual(['2026-10-08'])
    expect(await basisKnown('2026-10-10T05:00:00Z')).toEqual(['2026-10-09'])
  })

  test('labels and texts are known since they were out', async () => {
    const { code, stderr, stdout } = await backfill('settlements', ['--series', 'KXHIGHNY'])
    expect(code, stderr + stdout).toBe(0)
    const known = (iso: string) => asKnownAt(session, climateDayQuery(NYC, '2026-10-10', us(iso)))
    const high = highOf('KNYC', '2026-10-10')
    const night = await known('2026-10-11T07:49:00Z')
    expect([night.reports, night.settlements]).toEqual([[], []])
    const morning = await known('2026-10-11T07:50:00Z')
    expect(morning.reports.map(({ data }) => [data.product, data.status, data.maxTempF])).toEqual(
      expect.arrayContaining([
        ['CLI', 'final', high],
        ['DSM', 'final', high],
      ]),
    )
    expect((await known('2026-10-11T11:59:59Z')).settlements).toEqual([])
    expect((await known('2026-10-11T12:00:00Z')).settlements).toMatchObject([
      { data: { eventTicker: 'KXHIGHNY-26OCT10', source: 'kalshi', maxTempF: high } },
    ])
    // The heading of a daily summary has the day of the month alone.
    const { reports } = await asKnownAt(
      session,
      climateDayQuery(NYC, '2026-10-08', us('2026-11-20')),
    )
    const summary = reports.find(({ data }) => data.product === 'DSM')
    expect(summary?.eventTimeUs).toBe(us('2026-10-09T07:40:00Z'))
  })

  test('what an archive says of a time that is not yet is a fault, and not stored', async () => {
    archive.clockAheadMs = 400 * 86_400_000
    const { stdout } = await backfill('weather', ['--station', 'KNYC', '--days', '1'])
    expect(JSON.parse(stdout)).toMatchObject({ rows: 0, facts: 0, faults: 24 })
    expect(await readFile(join(out, 'faults.ndjson'), 'utf8')).toContain('which is not yet')
  })

  const status = async () => {
    const { code, stdout } = await run([
      'data',
      'status',
      '--station',
      'KNYC,KMDW',
      '--days',
      '4000',
    ])
    return {
      code,
      ...(JSON.parse(stdout) as { store: string; reason?: string; cities?: object[] }),
    }
  }

  test('data status says what is there, what is not, and when there is nothing to ask', async () => {
    expect(await status()).toMatchObject({ code: 1, store: 'missing' })
    archive.trouble = { match: /./, status: 200, body: '<html>' }
    await backfill('weather', ['--station', 'KNYC', '--days', '1'])
    expect(await status()).toMatchObject({ code: 1, store: 'empty', reason: /backfill weather/ })
    archive.trouble = undefined
    await backfill('weather', ['--station', 'KMDW'])
    await backfill('settlements', ['--series', 'KXHIGHCHI'])
    const { code, store, cities } = await status()
    expect([code, store]).toEqual([0, 'ok'])
    expect(cities).toMatchObject([
      { stationId: 'KNYC', readings: 0, coverage: 0, newestEventUs: null, lastLabel: null },
      {
        ...{ stationId: 'KMDW', readings: DAYS * 24 + DAYS * 288, filledFraction: 0 },
        newestEventUs: us('2026-10-14T23:55:00Z'),
        gaps: 2,
        lastLabel: { climateDate: '2026-10-13', maxTempF: highOf('KMDW', '2026-10-13') },
      },
    ])
    await database.stop()
    const down = await run(['data', 'status'])
    expect(down.code).toBe(2)
    expect(JSON.parse(down.stdout)).toMatchObject({ store: 'unavailable' })
  })
})
