import { setMaxListeners } from 'node:events'
import type { Logger } from '@kwm/adapter-telemetry'
import type { AnyEvent } from '@kwm/contracts'
import { encodeEvent } from '@kwm/machines'
import { stationOfSeries, type Station } from '@kwm/model-weather'
import { OperatingError, type Clock, type EventLog, type SnapshotStore } from '@kwm/runtime'
import type { ArchivedHigh, ArchiveReader } from './archive-reader.ts'
import { eventsOf } from './event-day.ts'
import { auditLabels, type AuditReport } from './label-audit.ts'
import type { Label, LabelBook, LabelVerdict } from './label-book.ts'
import { LabelJournal, SERVICE, type NewLabel } from './label-journal.ts'
import type { Metrics } from './metrics.ts'
import type { VenueReader } from './venue-reader.ts'

export type SettlementPorts = {
  readonly tape: EventLog
  readonly snapshots: SnapshotStore
  readonly venue: VenueReader
  readonly archives: readonly ArchiveReader[]
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Logger
}

export type SettlementOptions = {
  readonly series: readonly string[]
  readonly venueEveryMs: number
  readonly archiveEveryMs?: number
  readonly auditEveryMs?: number
}

/** Of the signal that ends it: one a loop, one a request under way. */
const LISTENERS_MAX = 64
const DAY_MS = 86_400_000
const DAY_US = DAY_MS * 1_000
/** The venue's backstop is a week; results may be corrected within it. */
const VENUE_DAYS = 8
const ARCHIVE_DAYS = 30
const REASON_MAX = 200

/** Official labels from every source to the tape, and an alarm when two of them differ. */
export class SettlementService {
  readonly #ports: SettlementPorts
  readonly #options: SettlementOptions
  readonly #journal: LabelJournal
  readonly #stations: readonly Station[]
  readonly #alarmed = new Set<string>()
  readonly #runId: string
  #statusNo = 0
  #isAlarmed: boolean | undefined
  #readiness: true | string = 'recovering'
  readonly #counts = { framesIn: 0, applied: 0, duplicate: 0, quarantined: 0, rejected: 0 }

  constructor(ports: SettlementPorts, options: SettlementOptions) {
    this.#ports = ports
    this.#options = options
    this.#runId = ports.clock.nowUs().toString(36)
    const { log } = ports
    this.#stations = options.series.flatMap((series) => stationOfSeries(series) ?? [])
    this.#journal = new LabelJournal({
      ...ports,
      onLabel: (label, verdict, known) => this.#onLabel(label, verdict, known),
      onUnparsable: ({ seq, subject }) => log.error({ seq, subject }, 'not what its subject says'),
    })
  }

  get readiness(): true | string {
    return this.#readiness
  }

  /** Read only. */
  get book(): LabelBook {
    return this.#journal.book
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#ports
    const { venueEveryMs, archiveEveryMs = DAY_MS, auditEveryMs = DAY_MS } = this.#options
    log.info(await this.#journal.recover(signal), 'recovered')
    const stop = new AbortController()
    const all = AbortSignal.any([signal, stop.signal])
    setMaxListeners(LISTENERS_MAX, all)
    this.#readiness = 'first reading of the venue'
    const loops = [
      this.#journal.follow(all),
      this.#every(venueEveryMs, all, () => this.#readVenue(all)),
      this.#every(archiveEveryMs, all, () => this.#readArchives(all)),
      this.#every(auditEveryMs, all, () => this.#tellAudit()),
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

  /** At once, then every so often. */
  async #every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await act()
      await this.#ports.clock.sleep(ms, signal)
    }
  }

  async #readVenue(signal: AbortSignal): Promise<void> {
    const { clock, log, metrics } = this.#ports
    for (const series of this.#options.series) {
      if (signal.aborted) return
      try {
        await this.#readSeries(series, clock.nowUs() - VENUE_DAYS * DAY_US, signal)
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error
        if (signal.aborted) return
        metrics.readsFailedTotal.inc({ provider: 'kalshi' })
        log.warn({ series, reason: error.message }, 'settled markets cannot be read')
      }
    }
    this.#readiness = true
    await this.#audit()
  }

  async #readSeries(series: string, fromUs: number, signal: AbortSignal): Promise<void> {
    const { venue, metrics, log } = this.#ports
    const { labels, faults, answers, causationId, receivedTimeUs } = await venue.read(
      series,
      fromUs,
      signal,
    )
    let news = 0
    for (const { settledTimeUs: eventTimeUs, ...label } of labels) {
      const times = { eventTimeUs, ingestTimeUs: receivedTimeUs, causationId }
      const verdict = await this.#journal.publish({ ...label, ...times, source: 'kalshi' })
      if (verdict !== 'known') news++
    }
    for (const { eventTicker, reason } of faults) {
      if (!this.#raise(`venue ${eventTicker} ${reason}`)) continue
      metrics.mismatchesTotal.inc({ kind: 'venue-contradicts-itself' })
      log.error({ eventTicker, reason }, 'the venue contradicts itself')
    }
    this.#count('kalshi', news > 0 ? 'applied' : 'duplicate', answers)
  }

  async #readArchives(signal: AbortSignal): Promise<void> {
    const { metrics, log } = this.#ports
    for (const archive of this.#ports.archives) {
      const { name } = archive.provider
      const { highs, outcomes } = await archive.read(this.#stations, ARCHIVE_DAYS, signal)
      for (const outcome of outcomes) this.#count(name, outcome, 1)
      for (const high of highs) await this.#publishArchived(high)
      if (highs.length > 0 || signal.aborted) continue
      metrics.readsFailedTotal.inc({ provider: name })
      log.warn({ archive: name }, 'the archive gave nothing')
    }
  }

  async #publishArchived({ fact, receivedTimeUs, causationId }: ArchivedHigh): Promise<void> {
    const { stationId, climateDate, source, maxTempF } = fact.data
    const station = this.#stations.find(({ icao }) => icao === stationId)
    if (!station || maxTempF === null) return
    const times = { eventTimeUs: fact.eventTimeUs, ingestTimeUs: receivedTimeUs, causationId }
    for (const eventTicker of eventsOf(station, climateDate)) {
      const label = { eventTicker, stationId, climateDate, source, maxTempF }
      await this.#journal.publish({ ...label, ...times })
    }
  }

  #count(
    provider: string,
    outcome: 'applied' | 'duplicate' | 'quarantined' | 'rejected',
    answers: number,
  ): void {
    this.#ports.metrics.framesTotal.inc({ provider, outcome }, answers)
    this.#counts.framesIn += answers
    this.#counts[outcome] += answers
  }

  #onLabel(label: NewLabel, verdict: LabelVerdict, known: Label | undefined): void {
    const { metrics, log } = this.#ports
    const { eventTicker, source, maxTempF } = label
    metrics.labelsTotal.inc({ source, verdict })
    const said = { eventTicker, source, maxTempF, before: known?.maxTempF }
    if (verdict === 'new') return log.info(said, 'label')
    if (!this.#raise(`${verdict} ${eventTicker} ${source} ${maxTempF}`)) return undefined
    if (source === 'kalshi') {
      metrics.mismatchesTotal.inc({ kind: 'venue-changed-its-result' })
      return log.error(said, 'the venue changed its result')
    }
    return log.warn(said, verdict === 'late' ? 'a correction of a final report' : 'changed label')
  }

  /** False: raised before. */
  #raise(alarm: string): boolean {
    if (this.#alarmed.has(alarm)) return false
    this.#alarmed.add(alarm)
    if (this.#alarmed.size > ALARMS_MAX) this.#alarmed.delete(this.#alarmed.values().next().value!)
    return true
  }

  async #audit(): Promise<AuditReport> {
    const { metrics, clock, log } = this.#ports
    const nowUs = clock.nowUs()
    const report = auditLabels(this.book, nowUs)
    for (const verdict of ['match', 'mismatch', 'undecided'] as const) {
      metrics.auditEvents.set({ verdict }, report.counts[verdict])
    }
    metrics.overdueEvents.set(report.overdue.length)
    metrics.lastAuditTimestampSeconds.set(nowUs / 1e6)
    for (const { eventTicker, reason } of report.mismatches) {
      if (!this.#raise(`mismatch ${eventTicker} ${reason}`)) continue
      metrics.mismatchesTotal.inc({ kind: 'venue-against-report' })
      log.error({ eventTicker, reason }, 'the venue and the final climate report differ')
    }
    await this.#tellStatus(report, nowUs)
    return report
  }

  /** Once a day, in words. */
  async #tellAudit(): Promise<void> {
    const { counts, mismatches, overdue } = await this.#audit()
    const lines = [...mismatches, ...overdue].map((one) => `${one.eventTicker}: ${one.reason}`)
    this.#ports.log.info({ ...counts, overdue: overdue.length, lines }, 'audit of 30 days')
  }

  /** The alarm on the tape: stale while a difference of the last 30 days stands. */
  async #tellStatus({ mismatches }: AuditReport, nowUs: number): Promise<void> {
    const isAlarmed = mismatches.length > 0
    const reason = mismatches.map((one) => `${one.eventTicker}: ${one.reason}`).join('; ')
    const state = `${isAlarmed} ${reason}`
    if (this.#isAlarmed === isAlarmed && !this.#raise(`status ${state}`)) return
    this.#raise(`status ${state}`)
    this.#isAlarmed = isAlarmed
    const { tape } = this.#ports
    const id = `${SERVICE}-status-${this.#runId}-${this.#statusNo++}`
    const event: AnyEvent = {
      ...{ type: 'ops.feed-status.v1', id, causationId: id },
      ...{ eventTimeUs: nowUs, ingestTimeUs: nowUs },
      data: {
        ...{ feed: SERVICE, status: isAlarmed ? 'stale' : 'live' },
        ...{ reason: reason.slice(0, REASON_MAX), connectionId: this.#runId },
        ...{ ...this.#counts, isSynthetic: false },
      },
    }
    await tape.append(encodeEvent(event, tape.shard, 0))
  }
}

const ALARMS_MAX = 5_000
