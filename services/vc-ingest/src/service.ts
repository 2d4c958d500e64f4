import { setMaxListeners } from 'node:events'
import { ProviderClient } from '@kwm/adapter-weather'
import type { Logger } from '@kwm/adapter-telemetry'
import type { AnyEvent } from '@kwm/contracts'
import { encodeEvent } from '@kwm/machines'
import { SYNTHETIC_STATION, type Station } from '@kwm/model-weather'
import type { Clock } from '@kwm/runtime'
import { AnswerJournal, SERVICE, type JournalPorts } from './answer-journal.ts'
import { FeedPoller, type PollResult } from './feed-poller.ts'
import { ProviderWatch, type StatusChange } from './provider-watch.ts'
import type { Source } from './providers.ts'

export type IngestPorts = JournalPorts & {
  readonly clock: Clock
  readonly log: Logger
  readonly fetch?: typeof fetch
  readonly random?: () => number
}

export type IngestOptions = {
  readonly sources: readonly Source[]
  /** Another at each start: part of the identity of every answer. */
  readonly runId: string
  readonly snapshotEveryMs?: number
  readonly watchEveryMs?: number
}

/** Of the signal that ends it: one a loop, one a request under way. */
const LISTENERS_MAX = 64
const SNAPSHOT_EVERY_MS = 600_000
const WATCH_EVERY_MS = 15_000
/** A status that stays is told again this often while answers come: its counts go on. */
const COUNTS_EVERY_US = 300_000_000
/** Feeds whose facts are temperatures of the station now: the others do not tell that it is silent. */
const OBSERVING: ReadonlySet<string> = new Set(['visual-crossing', 'nws', 'iem'])

const isSynthetic = ({ icao }: Station): boolean => icao === SYNTHETIC_STATION.icao

/** Weather facts to RAW and the tape, each provider on its own: one that is dead stops no other. */
export class WeatherIngest {
  readonly #ports: IngestPorts
  readonly #options: IngestOptions
  readonly #journal: AnswerJournal
  readonly #watch: ProviderWatch
  readonly #pollers: FeedPoller[] = []
  readonly #awaited = new Set<string>()
  readonly #runId: string
  readonly #isSynthetic: boolean
  /** By provider: when its counts were last told, and how many answers there were. */
  readonly #counted = new Map<string, { readonly timeUs: number; readonly framesIn: number }>()
  #statusNo = 0
  #readiness: true | string = 'recovering'

  constructor(ports: IngestPorts, options: IngestOptions) {
    this.#ports = ports
    this.#options = options
    const { sources } = options
    this.#isSynthetic = sources.every(({ stations }) => stations.every(isSynthetic))
    const startUs = ports.clock.nowUs()
    this.#runId = options.runId
    this.#journal = new AnswerJournal(
      {
        ...ports,
        onObservation: (provider, fact) => {
          const { stationId, tempF } = fact.data
          if (tempF !== null) this.#watch.onTemperature(provider, stationId, fact.eventTimeUs)
        },
      },
      sources,
      this.#runId,
    )
    const watched = sources.map(({ provider: { name }, stations }) => ({
      name,
      stations: OBSERVING.has(name) ? stations.map(({ icao }) => icao) : [],
    }))
    this.#watch = new ProviderWatch(watched, startUs)
    for (const source of sources) this.#addPollers(source)
  }

  /** Or what is missing: recovery, then a first round of every feed, whatever came of it. */
  get readiness(): true | string {
    return this.#readiness
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#ports
    const recovered = await this.#journal.recover(signal)
    if (signal.aborted) return
    log.info(recovered, 'recovered')
    this.#readiness = `first round of ${[...this.#awaited].join(', ')}`
    const stop = new AbortController()
    const all = AbortSignal.any([signal, stop.signal])
    setMaxListeners(LISTENERS_MAX, all)
    const loops = [
      ...this.#pollers.map((poller) => poller.run(all)),
      this.#every(this.#options.watchEveryMs ?? WATCH_EVERY_MS, all, () => this.#report()),
      this.#every(this.#options.snapshotEveryMs ?? SNAPSHOT_EVERY_MS, all, () =>
        this.#journal.save(),
      ),
    ]
    // The first that fails stops the others, and the process: an append was refused.
    const guarded = loops.map((loop) =>
      loop.catch((error: unknown) => {
        stop.abort()
        throw error
      }),
    )
    await Promise.allSettled(guarded)
    await Promise.all(guarded)
    await this.#journal.save()
  }

  #addPollers(source: Source): void {
    const { clock, metrics, fetch, random } = this.#ports
    const { provider } = source
    const client = new ProviderClient(provider, {
      clock,
      ...(fetch && { fetch }),
      ...(random && { random }),
      observer: {
        tried: (name, feed, outcome, seconds) => {
          metrics.triesTotal.inc({ provider: name, feed, outcome })
          metrics.trySeconds.observe({ provider: name }, seconds)
        },
      },
    })
    for (const plan of provider.feeds) {
      this.#awaited.add(`${provider.name} ${plan.feed}`)
      const ports = {
        ...{ client, journal: this.#journal, clock, metrics },
        onResult: (name: string, feed: string, result: PollResult) =>
          this.#onResult(name, feed, result),
        onRound: (name: string, feed: string) => this.#onRound(name, feed),
      }
      this.#pollers.push(new FeedPoller(ports, source, plan))
    }
  }

  #onResult(provider: string, feed: string, result: PollResult): void {
    const { clock, log } = this.#ports
    this.#watch.onResult(provider, result, clock.nowUs())
    const { outcome, detail } = result
    if (outcome === 'quarantined') log.warn({ provider, feed, detail }, 'answer quarantined')
    else if (detail !== '') log.debug({ provider, feed, outcome, detail }, 'answer with faults')
  }

  #onRound(provider: string, feed: string): void {
    this.#awaited.delete(`${provider} ${feed}`)
    this.#readiness =
      this.#awaited.size === 0 ? true : `first round of ${[...this.#awaited].join(', ')}`
  }

  async #every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await this.#ports.clock.sleep(ms, signal)
      if (!signal.aborted) await act()
    }
  }

  async #report(): Promise<void> {
    const { clock, metrics, log } = this.#ports
    const nowUs = clock.nowUs()
    for (const { provider } of this.#options.sources) {
      const silent = this.#watch.silentStations(provider.name, nowUs).length
      metrics.silentStations.set({ provider: provider.name }, silent)
    }
    for (const change of this.#watch.changes(nowUs)) {
      const { provider, status, reason } = change
      metrics.providerUp.set({ provider }, status === 'disconnected' ? 0 : 1)
      if (status === 'live') log.info({ provider }, 'provider is live')
      else log.warn({ provider, status, reason }, 'provider is not live')
      await this.#appendStatus(change, nowUs)
    }
    for (const [provider, { framesIn }] of this.#journal.counts) {
      const counted = this.#counted.get(provider)
      if (!counted || counted.framesIn === framesIn) continue
      const status = this.#watch.told(provider)
      if (status && nowUs - counted.timeUs >= COUNTS_EVERY_US) {
        await this.#appendStatus(status, nowUs)
      }
    }
  }

  async #appendStatus({ provider, status, reason }: StatusChange, nowUs: number): Promise<void> {
    const { tape } = this.#ports
    const counts = this.#journal.counts.get(provider)!
    this.#counted.set(provider, { timeUs: nowUs, framesIn: counts.framesIn })
    const id = `${SERVICE}-status-${this.#runId}-${this.#statusNo++}`
    const event: AnyEvent = {
      ...{ type: 'ops.feed-status.v1', id, causationId: id },
      ...{ eventTimeUs: nowUs, ingestTimeUs: nowUs },
      data: {
        ...{ feed: `${SERVICE}.${provider}`, status, reason, connectionId: this.#runId },
        ...counts,
        isSynthetic: this.#isSynthetic,
      },
    }
    await tape.append(encodeEvent(event, tape.shard, 0))
  }
}
