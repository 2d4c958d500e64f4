import { NatsEventLog, NatsRawLog, openNats } from '@kwm/adapter-nats'
import type { AnyEvent } from '@kwm/contracts'
import { freePort, systemClock as clock } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { RAW_SUBJECT } from '../../src/journal.ts'
import { ServiceProcess, keySettings, startVenue, venueSettings } from '../processes.ts'
import type { Closing } from '../processes.ts'
import { TapeBooks, restBook, textOf } from '../tape-books.ts'
import { SequenceOracle } from './sequence-oracle.ts'

export type LegOptions = {
  readonly leg: number
  readonly seconds: number
  readonly natsUrl: string
  readonly key: string
  readonly onClose: Closing
}

export type LegReport = {
  readonly seconds: number
  readonly frames: number
  readonly faults: Readonly<Record<string, number>>
  readonly outcomes: Readonly<Record<string, number>>
  readonly staleReasons: Readonly<Record<string, number>>
  readonly checkpoints: number
  readonly booksCompared: number
  readonly reconnectsMs: readonly number[]
  /** Reads of the market list over REST. */
  readonly discoveries: number
  readonly gaps: number
  /** Empty: all held. */
  readonly broken: readonly string[]
}

/** Twelve hours of the synthetic day, some 38,000 frames, in 54 s of play: 700 a second and pauses. */
const SPEED = 800
const CHECK_EVERY_MS = 12_000
/** Frames that follow a lost one show the gap: before a comparison the faults rest this long. */
const FAULTS_REST_MS = 2_500
const DRAIN_MS = 1_200
const SETTLED_WITHIN_MS = 30_000
const BROKEN_MAX = 20
const FAULTS = ['gap', 'duplicate', 'garbage', 'unknown-type', 'negative-level', 'off-grid']

/** One simulated day under faults, through a kalshi-ws and a broker of their own shard. */
export class SoakLeg {
  readonly #options: LegOptions
  readonly #prng: Prng
  readonly #tape = new TapeBooks()
  readonly #oracle = new SequenceOracle()
  readonly #faults: Record<string, number> = {}
  readonly #broken: string[] = []
  #compared = 0
  #checkpoints = 0
  #discoveries = 0

  constructor(options: LegOptions) {
    this.#options = options
    this.#prng = new Prng(20_261_121 + options.leg)
  }

  async run(): Promise<LegReport> {
    const { leg, seconds, natsUrl, key, onClose } = this.#options
    const shard = `soak${leg}`
    const port = await freePort()
    const seed = String(leg + 1)
    const venue = await startVenue(
      { port, key, seed, speed: SPEED, start: 'on-subscribe' },
      onClose,
    )
    const feed = await this.#startFeed(shard, venue.port)
    const nats = await openNats({ url: natsUrl, name: 'soak' })
    onClose(() => nats.close().catch(() => undefined))
    const stop = new AbortController()
    const reading = this.#read(new NatsEventLog(nats, { shard }), stop.signal)

    const startedMs = performance.now()
    const endsMs = startedMs + seconds * 1_000
    while (performance.now() < endsMs) {
      await this.#disturb(venue, Math.min(endsMs, performance.now() + CHECK_EVERY_MS))
      await clock.sleep(FAULTS_REST_MS)
      await venue.post('/admin/pause')
      const isLast = performance.now() >= endsMs
      await this.#compare(venue, isLast)
      if (!isLast) await venue.post('/admin/start')
    }
    const playedMs = performance.now() - startedMs
    await this.#checkRaw(new NatsRawLog(nats), shard)
    const metrics = await (await feed.get('/metrics')).text()
    const discoveries = [...metrics.matchAll(/^kalshi_ws_discoveries_total\S* (\d+)/gm)]
    this.#discoveries = discoveries.reduce((sum, [, n]) => sum + Number(n), 0)
    const code = await feed.stop()
    if (code !== 0) this.#broken.push(`kalshi-ws ended with ${String(code)}: ${feed.output}`)
    stop.abort()
    await reading
    await venue.stop()
    return this.#report(playedMs / 1_000)
  }

  async #startFeed(shard: string, venuePort: string): Promise<ServiceProcess> {
    const { natsUrl, key, onClose } = this.#options
    const env = {
      NATS_URL: natsUrl,
      SHARD: shard,
      ...venueSettings(venuePort),
      ...keySettings(key),
      KALSHI_SERIES: await seriesOf(venuePort),
      HTTP_PORT: String(await freePort()),
      LOG_LEVEL: 'error',
    }
    const feed = new ServiceProcess('kalshi-ws', env, onClose)
    await feed.ready('/readyz')
    return feed
  }

  async #read(log: NatsEventLog, signal: AbortSignal): Promise<void> {
    for await (const { records } of log.read({ fromSeq: 1, accepts: () => true, signal })) {
      for (const { body } of records) {
        const event = JSON.parse(body) as AnyEvent
        this.#tape.take(event)
        this.#oracle.onEvent(event)
      }
    }
  }

  /** Faults at random until then. */
  async #disturb(venue: ServiceProcess, untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      await clock.sleep(100 + this.#prng.nextInt(900))
      const dice = this.#prng.nextInt(12)
      const kind =
        dice === 0 ? 'disconnect' : dice === 1 ? 'stall' : FAULTS[(dice - 2) % FAULTS.length]!
      const body = {
        kind,
        count: 1 + this.#prng.nextInt(3),
        durationMs: 200 + this.#prng.nextInt(2_000),
      }
      const status = await venue.post('/admin/fault', body)
      if (status === 200) this.#faults[kind] = (this.#faults[kind] ?? 0) + 1
    }
  }

  /** The venue stands still: every book that is believed must be its book, at the end all of them. */
  async #compare(venue: ServiceProcess, isLast: boolean): Promise<void> {
    await clock.sleep(DRAIN_MS)
    if (isLast) await this.#untilLive()
    this.#checkpoints++
    for (const ticker of this.#tape.tickers) {
      const believed = this.#tape.books.get(ticker)
      if (!believed) {
        if (isLast) this.#broken.push(`${ticker} has no book at the end`)
        continue
      }
      this.#compared++
      const truth = restBook(await venue.json(`/trade-api/v2/markets/${ticker}/orderbook`))
      if (textOf(truth) === textOf(believed)) continue
      // It may have been found out while we asked.
      if (this.#tape.books.get(ticker) !== believed) continue
      this.#broken.push(`${ticker} is believed to be ${textOf(believed)}, is ${textOf(truth)}`)
    }
  }

  async #untilLive(): Promise<void> {
    const deadline = performance.now() + SETTLED_WITHIN_MS
    while (this.#tape.status?.status !== 'live' && performance.now() < deadline) {
      await clock.sleep(200)
    }
  }

  /**
   * Frames kept = frames counted = applied + duplicate + quarantined + rejected; and nothing was
   * believed that the sequence numbers forbid.
   */
  async #checkRaw(raw: NatsRawLog, shard: string): Promise<void> {
    await clock.sleep(DRAIN_MS + 1_000)
    let kept = 0
    for await (const record of raw.replay({ subject: RAW_SUBJECT, fromSeq: 1 })) {
      const { kind, connectionId, bytes } = record
      if (!connectionId.startsWith(`${shard}-`)) continue
      const isHost = connectionId.endsWith('-host')
      // A late trade is read over REST and counted like a frame; other records of the host are not.
      if (isHost ? Buffer.from(bytes).includes('"late-trade"') : kind === 'frame') kept++
      if (isHost) continue
      this.#oracle.onRecord(record)
    }
    const {
      framesIn = -1,
      applied = 0,
      duplicate = 0,
      quarantined = 0,
      rejected = 0,
    } = this.#tape.status ?? {}
    const sum = applied + duplicate + quarantined + rejected
    if (framesIn !== sum) this.#broken.push(`${framesIn} frames in, ${sum} accounted for`)
    if (framesIn !== kept) this.#broken.push(`${framesIn} frames in, ${kept} in RAW`)
  }

  #report(seconds: number): LegReport {
    const { status, faults, staleReasons, reconnectsMs } = this.#tape
    const { framesIn = 0, applied = 0, duplicate = 0, quarantined = 0, rejected = 0 } = status ?? {}
    return {
      seconds,
      frames: framesIn,
      faults: this.#faults,
      outcomes: { applied, duplicate, quarantined, rejected },
      staleReasons: Object.fromEntries(staleReasons),
      checkpoints: this.#checkpoints,
      booksCompared: this.#compared,
      reconnectsMs,
      discoveries: this.#discoveries,
      gaps: this.#oracle.gaps,
      broken: [...this.#broken, ...faults, ...this.#oracle.faults].slice(0, BROKEN_MAX),
    }
  }
}

async function seriesOf(venuePort: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${venuePort}/trade-api/v2/events`)
  const { events } = (await answer.json()) as { events: { series_ticker: string }[] }
  return events[0]!.series_ticker
}
