import type { FrameOutcome } from './answer-journal.ts'
import type { PollResult } from './feed-poller.ts'

export type ProviderStatus = 'live' | 'stale' | 'disconnected'
export type StatusChange = {
  readonly provider: string
  readonly status: ProviderStatus
  readonly reason: string
}

const READ: ReadonlySet<FrameOutcome | 'unanswered'> = new Set(['applied', 'duplicate'])
/** A station that says nothing this long is silent: routine reports come hourly. */
const SILENT_US = 90 * 60_000_000
const REASON_MAX = 200

type Watched = {
  status: ProviderStatus | undefined
  reason: string
  lastReadUs: number | undefined
  failures: number
  failure: string
  readonly heard: Map<string, number>
}

/**
 * Whether each provider can be believed: `live`; `stale` while a station it is asked for is silent;
 * `disconnected` when its answers cannot be had or read. Tells of changes only.
 */
export class ProviderWatch {
  readonly #watched = new Map<string, Watched>()
  readonly #startUs: number
  readonly #failuresMax: number

  constructor(
    providers: readonly { readonly name: string; readonly stations: readonly string[] }[],
    startUs: number,
    failuresMax = 3,
  ) {
    this.#startUs = startUs
    this.#failuresMax = failuresMax
    for (const { name, stations } of providers) {
      this.#watched.set(name, {
        ...{ status: undefined, reason: '', lastReadUs: undefined, failures: 0, failure: '' },
        heard: new Map(stations.map((station) => [station, startUs])),
      })
    }
  }

  onResult(provider: string, { outcome, detail }: PollResult, nowUs: number): void {
    const watched = this.#watched.get(provider)!
    if (READ.has(outcome)) {
      watched.lastReadUs = nowUs
      watched.failures = 0
    } else {
      watched.failures++
      watched.failure = detail
    }
  }

  /** A temperature of a station, at its own time. */
  onTemperature(provider: string, stationId: string, eventTimeUs: number): void {
    const heard = this.#watched.get(provider)?.heard
    const known = heard?.get(stationId)
    if (heard && known !== undefined && eventTimeUs > known) heard.set(stationId, eventTimeUs)
  }

  silentStations(provider: string, nowUs: number): string[] {
    const { heard } = this.#watched.get(provider)!
    return [...heard].filter(([, timeUs]) => nowUs - timeUs > SILENT_US).map(([station]) => station)
  }

  /** The providers whose status is another than when last asked. */
  changes(nowUs: number): StatusChange[] {
    const changes: StatusChange[] = []
    for (const [provider, watched] of this.#watched) {
      const { status, reason } = this.#judge(provider, watched, nowUs)
      if (status === undefined || (status === watched.status && reason === watched.reason)) continue
      watched.status = status
      watched.reason = reason
      changes.push({ provider, status, reason })
    }
    return changes
  }

  /** As last told; undefined before the first word. */
  told(provider: string): StatusChange | undefined {
    const { status, reason } = this.#watched.get(provider)!
    return status === undefined ? undefined : { provider, status, reason }
  }

  #judge(
    provider: string,
    { lastReadUs, failures, failure }: Watched,
    nowUs: number,
  ): { readonly status: ProviderStatus | undefined; readonly reason: string } {
    const isGivenTime = nowUs - this.#startUs <= SILENT_US
    if (failures >= this.#failuresMax || (lastReadUs === undefined && !isGivenTime)) {
      return { status: 'disconnected', reason: firstWords(failure) }
    }
    if (lastReadUs === undefined) return { status: undefined, reason: '' }
    const silent = this.silentStations(provider, nowUs)
    if (silent.length === 0) return { status: 'live', reason: '' }
    return { status: 'stale', reason: `silent: ${silent.join(',')}`.slice(0, REASON_MAX) }
  }
}

/** Without the numbers, which change with every try. */
const firstWords = (failure: string): string => failure.replace(/\d+/g, '#').slice(0, REASON_MAX)
