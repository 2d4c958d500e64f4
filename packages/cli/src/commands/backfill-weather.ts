import { join, resolve } from 'node:path'
import { migrate, openSession } from '@kwm/adapter-pg'
import { IemProvider, VisualCrossingProvider } from '@kwm/adapter-weather'
import type { WeatherProvider } from '@kwm/adapter-weather'
import { seriesOfStation, stationOfIcao, stationOfSeries, type Station } from '@kwm/model-weather'
import { systemClock } from '@kwm/runtime'
import {
  BackfillOptionError,
  listOf,
  openVenue,
  rangeOf,
  type BackfillFlags,
  type KeyEnvironment,
} from '../backfill/flags.ts'
import { progressNote } from '../backfill/progress-note.ts'
import {
  forecastItems,
  metarItems,
  minuteItems,
  reportItems,
  type WeatherItem,
} from '../backfill/weather/items.ts'
import { labelItems } from '../backfill/weather/kalshi-labels.ts'
import { paced, ProviderSource } from '../backfill/weather/provider-source.ts'
import {
  weatherBackfill,
  type WeatherBackfillResult,
} from '../backfill/weather/weather-backfill.ts'
import { startProgress } from '../demo/progress.ts'
import { findStack, stateDir } from '../stack/run-dir.ts'
import { interruption, say } from '../terminal.ts'

export type WeatherKind = 'weather' | 'forecasts' | 'settlements'
export const WEATHER_KINDS: readonly WeatherKind[] = ['weather', 'forecasts', 'settlements']

export async function runWeatherBackfill(
  kind: WeatherKind,
  flags: BackfillFlags,
  key: KeyEnvironment,
): Promise<void> {
  const signal = interruption()
  const stations = stationsOf(flags)
  const range = rangeOf(flags)
  const outDir = resolve(flags.out ?? join(stateDir(), 'history'))
  const progress = startProgress()
  const startedMs = performance.now()
  const elapsed = (): number => (performance.now() - startedMs) / 1_000
  let requests = 0
  let waiting = ''
  const onRequest = (): void => {
    requests++
    waiting = ''
  }
  const sourceOf = (provider: WeatherProvider): ProviderSource =>
    new ProviderSource(paced(provider, intervalOf(flags)), {
      ...{ clock: systemClock, rawDir: join(outDir, 'raw'), onRequest },
      onWait: (name, seconds) => (waiting = `, ${name} wants ${seconds} s of peace`),
    })
  const plan = { stations, range, nowUs: systemClock.nowUs() }
  const items = await itemsOf(kind, { flags, key, plan, sourceOf, onRequest })
  const url = flags.databaseUrl ?? (await findStack())?.databaseUrl ?? undefined
  if (url === undefined) {
    throw new BackfillOptionError(
      `${kind} is stored in PostgreSQL: name one with --database-url, or start a stack (./kwm up)`,
    )
  }
  await migrate({ url })
  const database = await openSession({ url })
  try {
    const result = await weatherBackfill(items, {
      ...{ outDir, database, signal, clock: systemClock, isRefresh: flags.refresh === true },
      onProgress: (at) => {
        const note = progressNote({ ...at, requests, seconds: elapsed() })
        progress.update(at.items === 0 ? 1 : at.done / at.items, note + waiting)
      },
    })
    progress.stop()
    tell(result, { kind, seconds: elapsed(), requests }, flags)
  } finally {
    await database.close()
  }
}

type Planning = {
  readonly flags: BackfillFlags
  readonly key: KeyEnvironment
  readonly plan: Parameters<typeof metarItems>[1]
  readonly sourceOf: (provider: WeatherProvider) => ProviderSource
  readonly onRequest: () => void
}

async function itemsOf(kind: WeatherKind, planning: Planning): Promise<readonly WeatherItem[]> {
  const { flags, key, plan, sourceOf, onRequest } = planning
  const iem = () => sourceOf(new IemProvider(flags.iemUrl ? { baseUrl: flags.iemUrl } : {}))
  const visualCrossing = visualCrossingOf(flags, key)
  switch (kind) {
    case 'weather': {
      const minutes = visualCrossing ? minuteItems(sourceOf(visualCrossing), plan) : []
      if (!visualCrossing) say('METARs only: five-minute rows need VISUAL_CROSSING_API_KEY')
      return interleaved(metarItems(iem(), plan), minutes)
    }
    case 'forecasts':
      if (!visualCrossing) {
        throw new BackfillOptionError('forecasts: set VISUAL_CROSSING_API_KEY in the environment')
      }
      return forecastItems(sourceOf(visualCrossing), visualCrossing, plan)
    case 'settlements': {
      const venue = await openVenue(flags, key, onRequest)
      const named = listOf(flags.series)
      const series = named.length > 0 ? named : plan.stations.flatMap(seriesOfStation)
      return interleaved(labelItems(venue, series, plan.range), reportItems(iem(), plan))
    }
  }
}

function visualCrossingOf(
  flags: BackfillFlags,
  { VISUAL_CROSSING_API_KEY: apiKey }: KeyEnvironment,
): VisualCrossingProvider | undefined {
  if (!apiKey) return undefined
  const { visualCrossingUrl: baseUrl } = flags
  return new VisualCrossingProvider({ apiKey, ...(baseUrl !== undefined && { baseUrl }) })
}

/** Those of `--station` and those that the `--series` settle on. */
function stationsOf({ station, series }: BackfillFlags): readonly Station[] {
  const found = new Set<Station>()
  for (const icao of listOf(station)) {
    const one = stationOfIcao(icao)
    if (!one) throw new BackfillOptionError(`--station: no daily high settles on ${icao}`)
    found.add(one)
  }
  for (const ticker of listOf(series)) {
    const one = stationOfSeries(ticker)
    if (!one) throw new BackfillOptionError(`--series: no station is registered for ${ticker}`)
    found.add(one)
  }
  if (found.size > 0) return [...found]
  throw new BackfillOptionError('name stations with --station KNYC,KMDW or --series KXHIGHNY')
}

function intervalOf({ minIntervalMs }: BackfillFlags): number | undefined {
  if (minIntervalMs === undefined) return undefined
  const interval = Number(minIntervalMs)
  if (Number.isInteger(interval) && interval >= 0 && interval <= 3_600_000) return interval
  throw new BackfillOptionError(`--min-interval-ms: ${minIntervalMs} is not from 0 to 3600000`)
}

/** One of each in turn, so that no provider waits for another. */
function interleaved<T>(...lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat()
}

type Facts = { readonly kind: WeatherKind; readonly seconds: number; readonly requests: number }

function tell(result: WeatherBackfillResult, facts: Facts, { json }: BackfillFlags): void {
  const { items, rows, skipped, failed, faults } = result
  if (json) process.stdout.write(`${JSON.stringify({ ...facts, ...result })}\n`)
  else {
    const count = (n: number): string => n.toLocaleString('en-US')
    say(
      `\n  ${facts.kind}  ${count(rows)} new rows of ${count(result.facts)} facts, ${items} items`,
    )
    say(`  unchanged   ${skipped} items are final and were not asked for (--refresh does)`)
    say(`  requests    ${facts.requests} in ${facts.seconds.toFixed(1)} s`)
    say(`  unreadable  ${faults} parts of answers (faults.ndjson; the answers are kept in raw/)`)
    for (const { key, reason } of failed.slice(0, 5)) say(`  failed      ${key}: ${reason}`)
  }
  if (failed.length === 0) return
  say(`  ${failed.length} items failed (failed.ndjson): run the same command again for them`)
  process.exitCode = 1
}
