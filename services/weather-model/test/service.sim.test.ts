import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tapeSubject, type EventType } from '@kwm/contracts'
import {
  ConfigError,
  MemoryLog,
  MemorySnapshotStore,
  parseEnvironment,
  type Outgoing,
} from '@kwm/runtime'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { settingsSchema } from '../src/config.ts'
import { createMetrics } from '../src/metrics.ts'
import { createWeatherModel } from '../src/service.ts'
import { readStationModels } from '../src/station-models.ts'

const HOUR_US = 3_600_000_000
/** Midnight of eastern standard time, 2026-10-02. */
const START_US = Date.UTC(2026, 9, 2, 5) * 1_000
const EVENT = 'KXHIGHMIA-26OCT02'

function outgoing(type: EventType, timeUs: number, data: object, key: string): Outgoing {
  const id = `${type}-${key}-${timeUs}`
  const body = { type, id, causationId: id, eventTimeUs: timeUs, ingestTimeUs: timeUs, data }
  return { subject: tapeSubject('main', type, key), id, inputSeq: 0, body: JSON.stringify(body) }
}

const tick = (timeUs: number): Outgoing =>
  outgoing('ops.tick.v1', timeUs, { second: Math.floor(timeUs / 1e6), source: 'wall' }, 'all')

const market = (ticker: string, strike: object, words: string): Outgoing =>
  outgoing(
    'md.market-listed.v1',
    START_US,
    {
      ...{ marketTicker: ticker, eventTicker: EVENT, seriesTicker: 'KXHIGHMIA', title: 'Miami' },
      ...{ floorStrike: null, capStrike: null, ...strike, openTimeUs: START_US },
      ...{ closeTimeUs: START_US + 24 * HOUR_US, status: 'active', exchangeIndex: 0 },
      priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
      ...{ feeType: 'quadratic', feeMultiplierMilli: 1_000, isTradable: true },
      ...{ untradableReason: null, isSynthetic: false },
      rulesPrimary: `If the maximum temperature recorded at Miami (CLIMIA) for Oct 2, 2026, is ${words}° fahrenheit according to The Weather Company, then the market resolves to Yes.`,
    },
    ticker,
  )

const curve = (hour: number): number => 80 + 7 * Math.cos(((hour - 14) / 24) * 2 * Math.PI)

const reading = (hour: number): Outgoing =>
  outgoing(
    'wx.observation.v1',
    START_US + Math.round(hour * 12) * (HOUR_US / 12),
    {
      ...{ stationId: 'KMIA', source: 'visual-crossing', kind: 'smooth', revision: 0 },
      tempF: Math.round(curve(hour) * 10) / 10,
      ...{ dewPointF: 70, humidityPct: 60 + (Math.round(hour * 12) % 5), windMph: 6 },
      ...{ windowStartUs: null, stationIds: ['KMIA'] },
    },
    'KMIA',
  )

/** A morning in Miami: two markets, a forecast, readings to 11:00. */
function morning(log: MemoryLog): void {
  log.appendNow(market('low', { strikeType: 'less', capStrike: 87 }, 'less than 87'))
  log.appendNow(market('high', { strikeType: 'greater', floorStrike: 86 }, 'greater than 86'))
  const hours = Array.from({ length: 37 }, (_, i) => i - 6)
  const forecast = {
    ...{ stationId: 'KMIA', source: 'visual-crossing', issueTimeUs: START_US, basisDate: null },
    validTimesUs: hours.map((hour) => START_US + hour * HOUR_US),
    tempsF: hours.map(curve),
  }
  log.appendNow(outgoing('wx.forecast.v1', START_US, forecast, 'KMIA'))
  for (let hour = 0; hour < 11; hour += 1 / 12) log.appendNow(reading(hour))
}

type Said = { type: string; data: Record<string, unknown> & { brackets: { p: number | null }[] } }
const saidOn = (log: MemoryLog): Said[] =>
  log.records
    .map(({ body }) => JSON.parse(body) as Said)
    .filter(({ type }) => type === 'pmf.weather-pmf.v1')

function host(log: MemoryLog, snapshots: MemorySnapshotStore) {
  const letters: string[] = []
  const deadLetters = {
    append: ({ reason }: { reason: string }) => Promise.resolve(void letters.push(reason)),
  }
  const clock = { nowUs: () => 1_000_000, sleep: () => Promise.resolve() }
  const settings = parseEnvironment(settingsSchema, { SNAPSHOT_EVERY_RECORDS: '50' })
  const ports = { log, snapshots, deadLetters, clock, ...createMetrics(new Registry()) }
  const stop = new AbortController()
  const service = createWeatherModel(settings, {}, ports)
  const running = service.run(stop.signal)
  const end = async (): Promise<void> => {
    stop.abort()
    await running
  }
  return { service, letters, end }
}

test('a morning on the tape becomes a PMF, and a restart goes on where it was', async () => {
  const log = new MemoryLog('main')
  morning(log)
  const snapshots = new MemorySnapshotStore()
  const first = host(log, snapshots)
  await expect.poll(() => first.service.isReady).toBe(true)
  log.appendNow(tick(START_US + 11 * HOUR_US))
  await expect.poll(() => saidOn(log).length).toBe(1)
  await first.end()
  expect(first.letters).toEqual([])
  const [said] = saidOn(log)
  expect(said!.data).toMatchObject({ stationId: 'KMIA', basis: 'nowcast', blockedReason: null })
  const sum = said!.data.brackets.reduce((total, { p }) => total + p!, 0)
  expect(sum).toBeCloseTo(1, 9)

  const second = host(log, snapshots)
  await expect.poll(() => second.service.isReady).toBe(true)
  // The station falls silent: the second process still knows when it was last heard.
  log.appendNow(tick(START_US + 11 * HOUR_US + 1_500_000_000))
  await expect.poll(() => saidOn(log).length).toBe(2)
  await second.end()
  expect(saidOn(log)[1]!.data).toMatchObject({
    blockedReason: 'no live feed: visual-crossing stale',
    ...{ hazard15min: null, hazard60min: null, pmf: null },
  })
})

test('a record that is no observation goes to the dead letters, and the service goes on', async () => {
  const log = new MemoryLog('main')
  morning(log)
  log.appendNow(outgoing('wx.observation.v1', START_US + 7, { tempF: 'warm' }, 'KMIA'))
  const hosted = host(log, new MemorySnapshotStore())
  await expect.poll(() => hosted.service.isReady).toBe(true)
  log.appendNow(tick(START_US + 11 * HOUR_US))
  await expect.poll(() => saidOn(log).length).toBe(1)
  await hosted.end()
  expect(hosted.letters).toHaveLength(1)
  expect(hosted.letters[0]).toContain('wx.observation.v1')
})

test('a wrong setting is named with the fix', () => {
  const parse = (): unknown => parseEnvironment(settingsSchema, { WEATHER_ENSEMBLE_WEIGHT: '2' })
  expect(parse).toThrow(ConfigError)
  expect(parse).toThrow('WEATHER_ENSEMBLE_WEIGHT is "2"')
})

test('models are read by station; what cannot be used stops the start, naming file and field', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kwm-station-models-'))
  try {
    const model = { version: 'KMIA-1', residual: null, excess: null, ensemble: null }
    const file = async (name: string, change: object): Promise<string> => {
      const artefact = {
        ...{ format: 'kwm-weather-model', v: 2, stationId: 'KMIA' },
        model: { ...model, calibration: { kind: 'beta', a: 1.2, b: 0.9 } },
        ...change,
      }
      await writeFile(join(dir, name), JSON.stringify(artefact))
      return join(dir, name)
    }
    const good = await file('good.json', {})
    expect(await readStationModels([good])).toEqual({
      KMIA: { ...model, calibration: { kind: 'beta', a: 1.2, b: 0.9 } },
    })
    await expect(readStationModels([good, good])).rejects.toThrow('KMIA has KMIA-1 already')
    await expect(readStationModels(['/nowhere/m.json'])).rejects.toThrow(
      'WEATHER_MODELS /nowhere/m.json: ENOENT',
    )
    const ohare = await file('ohare.json', { stationId: 'KORD' })
    await expect(readStationModels([ohare])).rejects.toThrow('stationId must be a station')
    const { WEATHER_MODELS } = parseEnvironment(settingsSchema, {
      WEATHER_MODELS: 'a.json, b.json,',
    })
    expect(WEATHER_MODELS).toEqual(['a.json', 'b.json'])
  } finally {
    await rm(dir, { recursive: true })
  }
})
