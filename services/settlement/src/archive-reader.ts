import { framesOf, ProviderClient, readAnswer } from '@kwm/adapter-weather'
import type { DailyHighFact, ProviderRequest, WeatherProvider } from '@kwm/adapter-weather'
import { rawSubject } from '@kwm/contracts'
import type { Station } from '@kwm/model-weather'
import type { Clock, DeadLetterLog, RawLog } from '@kwm/runtime'
import { dayEndUs } from './label-audit.ts'

export type ArchivePorts = {
  readonly raw: RawLog
  readonly deadLetters: DeadLetterLog
  readonly clock: Clock
  readonly fetch?: typeof fetch
}

export type ArchivedHigh = {
  readonly fact: DailyHighFact
  readonly receivedTimeUs: number
  readonly causationId: string
}

export type ArchiveOutcome = 'applied' | 'quarantined' | 'rejected'
export type ArchiveRead = {
  readonly highs: readonly ArchivedHigh[]
  /** What became of each answer. */
  readonly outcomes: readonly ArchiveOutcome[]
}

const SERVICE = 'settlement'
const DAY_US = 86_400_000_000
/** An archive may hold the afternoon's report of a day; a day later it holds the final one. */
const SETTLES_AFTER_US = DAY_US
const LETTER_CHARACTERS_MAX = 100_000
const REJECTED: ReadonlySet<string> = new Set(['http-status', 'limited', 'unauthorized'])

/** Daily maxima of an archive, each answer kept in RAW first. A dead archive gives none. */
export class ArchiveReader {
  readonly provider: WeatherProvider
  readonly #ports: ArchivePorts
  readonly #feed: string
  readonly #client: ProviderClient
  readonly #runId: string
  #answers = 0

  constructor(ports: ArchivePorts, provider: WeatherProvider, feed: string, runId: string) {
    this.#ports = ports
    this.provider = provider
    this.#feed = feed
    this.#runId = runId
    const { clock, fetch } = ports
    this.#client = new ProviderClient(provider, { clock, ...(fetch && { fetch }) })
  }

  async read(
    stations: readonly Station[],
    days: number,
    signal: AbortSignal,
  ): Promise<ArchiveRead> {
    const nowUs = this.#ports.clock.nowUs()
    const ask = { stations, nowUs, fromUs: nowUs - days * DAY_US, toUs: nowUs - DAY_US }
    const isWanted = ({ fact: { data } }: ArchivedHigh): boolean => {
      const station = stations.find(({ icao }) => icao === data.stationId)
      if (!station) return false
      const endUs = dayEndUs(data.climateDate, station.stdOffsetMinutes)
      return nowUs >= endUs + SETTLES_AFTER_US && endUs >= ask.fromUs
    }
    const highs: ArchivedHigh[] = []
    const outcomes: ArchiveOutcome[] = []
    for (const request of this.provider.requests(this.#feed, ask)) {
      if (signal.aborted) break
      const read = await this.#ask(request, signal)
      if (!read) continue
      outcomes.push(read.outcome)
      highs.push(...read.highs.filter(isWanted))
    }
    return { highs, outcomes }
  }

  async #ask(
    request: ProviderRequest,
    signal: AbortSignal,
  ): Promise<{ outcome: ArchiveOutcome; highs: ArchivedHigh[] } | undefined> {
    const { raw, deadLetters } = this.#ports
    const { name } = this.provider
    const asked = await this.#client.ask(request, signal)
    if (!asked.isAnswered) return undefined
    const { answer } = asked
    const connectionId = `${SERVICE}-${name}-${this.#runId}-${this.#answers++}`
    const subject = rawSubject(name, request.feed)
    const frames = framesOf(connectionId, name, request, answer)
    await Promise.all(frames.map((frame) => raw.append(subject, frame)))
    const reading = readAnswer(this.provider, request, answer)
    const causationId = `${connectionId}-1`
    if (reading.isRead) {
      const facts = reading.facts.filter((fact) => fact.type === 'daily-high')
      const { receivedTimeUs } = answer
      const highs = facts.map((fact) => ({ fact, receivedTimeUs, causationId }))
      return { outcome: 'applied', highs }
    }
    if (REJECTED.has(reading.reason)) return { outcome: 'rejected', highs: [] }
    const reason = `${reading.reason}: ${reading.detail}`
    const body = answer.body.slice(0, LETTER_CHARACTERS_MAX)
    await deadLetters.append({ service: SERVICE, reason, subject, id: causationId, body })
    return { outcome: 'quarantined', highs: [] }
  }
}
