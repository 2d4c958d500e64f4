import { Platform } from '@kwm/backtest'
import { encodeHostRecord, kalshiWire, mapMarket } from '@kwm/adapter-kalshi'
import type { AnyEvent, RawFrame } from '@kwm/contracts'
import {
  createFeedMachine,
  defaultMachineConfigs,
  decodeRecord,
  secondToTick,
  tapeTick,
  timeBearingTypes,
} from '@kwm/machines'
import {
  feedFrames,
  marketJson,
  eventJson,
  seriesJson,
  VenueState,
  type VenueSource,
} from '@kwm/sim'
import { InProcessWeather } from './in-process-weather.ts'

export type InProcessOptions = {
  readonly source: VenueSource
  readonly shard: string
  readonly onProgress: (fraction: number) => void
}

/**
 * The same machines as the services, in this process, over the tape in memory: no server, no
 * network, no waiting. Frames go through the same decoder and market feed as live ones.
 */
export async function runInProcess({
  source,
  shard,
  onProgress,
}: InProcessOptions): Promise<Platform> {
  const platform = new Platform(shard, defaultMachineConfigs)
  const feed = new InProcessFeed(platform, source)
  feed.list(source)
  const spanUs = Math.max(1, source.endTimeUs - source.startTimeUs)
  let sinceBreak = 0
  const weather = source.station && new InProcessWeather(source.station)
  for (const { timeUs, frame } of feedFrames(source)) {
    for (const event of weather?.due(timeUs) ?? []) feed.push(event)
    feed.take(frame, timeUs)
    if (++sinceBreak < FRAMES_BETWEEN_BREAKS) continue
    sinceBreak = 0
    onProgress(Math.min(1, (timeUs - source.startTimeUs) / spanUs))
    await new Promise((resolve) => setImmediate(resolve))
  }
  feed.end(source.endTimeUs)
  onProgress(1)
  return platform
}

const FRAMES_BETWEEN_BREAKS = 500
const CONNECTION = 'in-process'
const HOST_CONNECTION = 'in-process-host'
const encoder = new TextEncoder()
const TIME_BEARING = new Set(timeBearingTypes)

class InProcessFeed {
  readonly #platform: Platform
  readonly #machine = createFeedMachine(kalshiWire)
  readonly #state
  #frameNo = 0
  #hostNo = 0
  #second = 0
  #statusUs = 0

  constructor(platform: Platform, source: VenueSource) {
    this.#platform = platform
    this.#statusUs = source.startTimeUs
    const watch = { series: [source.series.ticker], events: [], markets: [] }
    this.#state = this.#machine.initial({ feed: 'kalshi-ws', watch })
  }

  /** What discovery does over REST, then the opening of the connection. */
  list(source: VenueSource): void {
    const venue = new VenueState(source.markets, source.startTimeUs)
    const eventTimeUs = source.startTimeUs
    const series = seriesJson(source.series, source.isSynthetic)
    const events = new Map(
      source.events.map((e) => [e.eventTicker, eventJson(e, source.isSynthetic)]),
    )
    for (const state of venue.markets) {
      const event = events.get(state.market.eventTicker) ?? {}
      const found = [marketJson(state), event, series] as unknown as Parameters<typeof mapMarket>
      const listing = mapMarket(...found)
      this.#host({
        kind: 'market-listed',
        eventTimeUs,
        data: { ...listing, isSynthetic: source.isSynthetic },
      })
    }
    this.#step({
      kind: 'open',
      connectionId: CONNECTION,
      frameNo: this.#frameNo++,
      receivedTimeUs: eventTimeUs,
      bytes: encoder.encode('in-process'),
    })
  }

  take(frame: string, timeUs: number): void {
    this.#step({
      kind: 'frame',
      connectionId: CONNECTION,
      frameNo: this.#frameNo++,
      receivedTimeUs: timeUs,
      bytes: encoder.encode(frame),
    })
    if (timeUs - this.#statusUs < STATUS_INTERVAL_US) return
    this.#statusUs = timeUs
    this.#host({ kind: 'second' })
  }

  /** A last word on the feed's counts. */
  end(timeUs: number): void {
    this.#host({ kind: 'second' })
    this.#step({
      kind: 'close',
      connectionId: CONNECTION,
      frameNo: this.#frameNo++,
      receivedTimeUs: timeUs,
      bytes: encoder.encode('over'),
    })
  }

  #host(record: Parameters<typeof encodeHostRecord>[0]): void {
    this.#step({
      kind: 'frame',
      connectionId: HOST_CONNECTION,
      frameNo: this.#hostNo++,
      receivedTimeUs: this.#statusUs,
      bytes: encodeHostRecord(record),
    })
  }

  #step(record: RawFrame): void {
    for (const event of this.#machine.step(this.#state, record).events) this.push(event)
  }

  push(event: AnyEvent): void {
    this.#platform.push(event)
    if (!TIME_BEARING.has(event.type)) return
    const second = secondToTick(this.#second, event.eventTimeUs)
    if (second === undefined) return
    this.#second = second
    const { tape } = this.#platform
    const cause = tape.records.findLast((record) => record.id === event.id)
    if (!cause) return
    const tick = tapeTick(tape.shard, second, cause)
    this.#platform.push(decodeRecord({ ...tick, seq: 0, storedTimeUs: 0 }))
  }
}

const STATUS_INTERVAL_US = 60_000_000
