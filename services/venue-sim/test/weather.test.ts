import {
  IemProvider,
  OpenMeteoProvider,
  ProviderClient,
  VisualCrossingProvider,
  readAnswer,
  type Fact,
  type WeatherProvider,
  type WeatherStation,
} from '@kwm/adapter-weather'
import { systemClock } from '@kwm/runtime'
import { syntheticDay } from '@kwm/sim'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openVenue } from './harness.ts'
import type { Venue } from './harness.ts'

const day = syntheticDay({ seed: 'weather' })
const HOUR_US = 3_600_000_000
const { station } = day
const { icao, report, stdOffsetMinutes, latitude, longitude } = station
const asked: WeatherStation = {
  ...{ icao, report, stdOffsetMinutes, latitude, longitude },
  ghcnId: null,
}
let venue: Venue
let nowUs = 0

beforeAll(async () => {
  venue = await openVenue(day.source, { speed: 100_000 })
  await venue.post('/admin/start')
  await vi.waitUntil(() => venue.sim.player.progress > 0.3, { timeout: 30_000 })
  await venue.post('/admin/pause')
  nowUs = venue.sim.player.simTimeUs
})
afterAll(() => venue.close())

const root = (path: string): string => `http://127.0.0.1:${venue.server.port}/weather/${path}`

/** As the ingest asks: through the client, then the provider's own reader. */
async function factsOf(provider: WeatherProvider, feed: string): Promise<readonly Fact[]> {
  const client = new ProviderClient(provider, { clock: systemClock })
  const ask = { stations: [asked], fromUs: nowUs - 6 * HOUR_US, toUs: nowUs, nowUs }
  const facts: Fact[] = []
  for (const request of provider.requests(feed, ask)) {
    const outcome = await client.ask(request, new AbortController().signal)
    if (!outcome.isAnswered) throw new Error(`${feed}: ${outcome.reason} ${outcome.detail}`)
    const reading = readAnswer(provider, request, outcome.answer)
    if (!reading.isRead) throw new Error(`${feed}: ${reading.reason} ${reading.detail}`)
    expect(reading.faults).toEqual([])
    facts.push(...reading.facts)
  }
  return facts
}

test('Visual Crossing: the five-minute readings up to now, and the forecast beyond', async () => {
  const provider = new VisualCrossingProvider({ apiKey: 'any', baseUrl: root('visual-crossing') })
  const minutes = await factsOf(provider, 'minutes')
  const wanted = station.fiveMinutes(nowUs).filter(({ timeUs }) => timeUs >= nowUs - 6 * HOUR_US)
  expect(
    minutes.map(({ eventTimeUs, data }) => [eventTimeUs, 'tempF' in data && data.tempF]),
  ).toEqual(wanted.map(({ timeUs, tempF }) => [timeUs, tempF]))
  const [forecast] = await factsOf(provider, 'forecast')
  expect(forecast).toMatchObject({ type: 'wx.forecast.v1', data: { stationId: 'KSYN' } })
  const { validTimesUs } = forecast!.data as { validTimesUs: number[] }
  expect(Math.max(...validTimesUs)).toBeGreaterThanOrEqual(station.midnightUs + 24 * HOUR_US)
})

test('the mesonet: routine reports to the whole °F, and no climate report before the day is over', async () => {
  const provider = new IemProvider({ baseUrl: root('iem') })
  const reports = await factsOf(provider, 'metar')
  const points = reports.filter(({ data }) => 'kind' in data && data.kind === 'tenth-f')
  expect(points.map(({ eventTimeUs }) => eventTimeUs)).toEqual(
    station.routineReports(nowUs).map(({ timeUs }) => timeUs),
  )
  const temps = points.map(({ data }) => Math.round('tempF' in data ? data.tempF! : NaN))
  expect(temps).toEqual(station.routineReports(nowUs).map(({ wholeF }) => wholeF))
  expect(await factsOf(provider, 'afos-cli')).toEqual([])
})

test('Open-Meteo: every member of the ensemble', async () => {
  const provider = new OpenMeteoProvider({ models: ['synthetic'], baseUrl: root('open-meteo') })
  const [ensemble] = await factsOf(provider, provider.feeds[0]!.feed)
  const { membersF } = ensemble!.data as { membersF: number[][] }
  expect(membersF).toEqual(station.ensemble())
})

test('another station, and a recording without weather, are refused', async () => {
  const path = 'visual-crossing/VisualCrossingWebServices/rest/services/timeline/stn:KORD/today'
  expect((await fetch(root(path))).status).toBe(400)
  const { station: _none, ...source } = day.source
  const bare = await openVenue(source)
  expect(
    (await fetch(`http://127.0.0.1:${bare.server.port}/weather/open-meteo/v1/ensemble`)).status,
  ).toBe(404)
  await bare.close()
})
