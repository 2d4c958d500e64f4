import { eventSchemas, eventTypeOf, type AnyEvent, type DataOf, type EventOf } from '@kwm/contracts'
import { encodeEvent } from '@kwm/machines'
import { stationOfIcao } from '@kwm/model-weather'
import type { EventLog, SnapshotStore, TapeRecord } from '@kwm/runtime'
import { assert } from '@kwm/std'
import { eventsOf } from './event-day.ts'
import { LabelBook, type BookSnapshot, type Label, type LabelVerdict } from './label-book.ts'

export type JournalPorts = {
  readonly tape: EventLog
  readonly snapshots: SnapshotStore
  readonly onLabel: (label: NewLabel, verdict: LabelVerdict, known: Label | undefined) => void
  /** A body on the tape that is not what its subject says. */
  readonly onUnparsable: (record: TapeRecord) => void
}

export type NewLabel = DataOf<'wx.settlement.v1'> & {
  readonly range?: Label['range']
  /** When it was true, when it was known, and from what. */
  readonly eventTimeUs: number
  readonly ingestTimeUs: number
  readonly causationId: string
}

export const SERVICE = 'settlement'
const INPUT_TYPES = ['wx.climate-report.v1', 'wx.settlement.v1'] as const
const INPUTS: ReadonlySet<string> = new Set(INPUT_TYPES)
const REPORT_SOURCE = { CLI: 'cli-final', CF6: 'cf6' } as const
const SAVE_EVERY_RECORDS = 200

type StoredState = { readonly v: 1; readonly book: BookSnapshot }

/**
 * Labels on their way to the tape, one after the other. Those from climate reports are made from
 * the tape itself and carry the times of their report, so they are the same in a replay. Identities
 * are `settlement-<event>-<source>-<n>`: what was published is not published again.
 */
export class LabelJournal {
  readonly book = new LabelBook()
  readonly #ports: JournalPorts
  readonly #name: string
  #tapeSeq = 0
  #records = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(ports: JournalPorts) {
    this.#ports = ports
    this.#name = `${SERVICE}-${ports.tape.shard}`
  }

  /** What is on the tape is learnt first, then the reports that led to nothing yet are read. */
  async recover(
    signal: AbortSignal,
  ): Promise<{ readonly learned: number; readonly reports: number }> {
    const { snapshots, tape } = this.#ports
    const stored = await snapshots.load(this.#name)
    if (stored) {
      const saved: StoredState = JSON.parse(stored.state)
      assert(saved.v === 1, `snapshot version ${String(saved.v)}`)
      this.book.restore(saved.book)
      this.#tapeSeq = stored.tapeSeq
    }
    const endSeq = await tape.lastSeq()
    const reports: EventOf<'wx.climate-report.v1'>[] = []
    let learned = 0
    if (this.#tapeSeq < endSeq) {
      for await (const { records, throughSeq } of tape.read(this.#readOptions(signal))) {
        for (const event of records.map((record) => this.#parse(record))) {
          if (event?.type === 'wx.climate-report.v1') reports.push(event)
          else if (event && this.#learn(event)) learned++
        }
        this.#tapeSeq = throughSeq
        if (throughSeq >= endSeq) break
      }
    }
    for (const report of reports) await this.#takeReport(report)
    return { learned, reports: reports.length }
  }

  /** Follow the reports on the tape until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const { records, throughSeq } of this.#ports.tape.read(this.#readOptions(signal))) {
      for (const record of records) {
        const event = this.#parse(record)
        if (event?.type === 'wx.climate-report.v1') await this.#takeReport(event)
        if (++this.#records % SAVE_EVERY_RECORDS === 0) await this.save()
      }
      this.#tapeSeq = throughSeq
    }
  }

  /** Resolves when the label, if it is news, is on the tape. */
  publish(label: NewLabel): Promise<LabelVerdict> {
    return this.#inTurn(() => this.#publish(label))
  }

  save(): Promise<void> {
    return this.#inTurn(async () => {
      const stored: StoredState = { v: 1, book: this.book.snapshot() }
      const state = JSON.stringify(stored)
      await this.#ports.snapshots.save(this.#name, { v: 1, tapeSeq: this.#tapeSeq, state })
    })
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act)
    this.#last = done
    return done
  }

  async #takeReport(report: EventOf<'wx.climate-report.v1'>): Promise<void> {
    const { product, status, maxTempF, stationId, climateDate } = report.data
    const station = stationOfIcao(stationId)
    if (!station || product === 'DSM' || status === 'intermediate' || maxTempF === null) return
    for (const eventTicker of eventsOf(station, climateDate)) {
      await this.publish({
        ...{ eventTicker, stationId, climateDate, source: REPORT_SOURCE[product], maxTempF },
        ...{ eventTimeUs: report.eventTimeUs, ingestTimeUs: report.ingestTimeUs },
        causationId: report.id,
      })
    }
  }

  async #publish(label: NewLabel): Promise<LabelVerdict> {
    const { tape, onLabel } = this.#ports
    const { eventTicker, stationId, climateDate, source, maxTempF } = label
    const before = this.book.label(eventTicker, source)
    const verdict = this.book.record(label)
    if (verdict === 'new' || verdict === 'changed') {
      const { changes } = this.book.label(eventTicker, source)!
      const { causationId, eventTimeUs, ingestTimeUs } = label
      const event: AnyEvent = {
        type: 'wx.settlement.v1',
        id: `${SERVICE}-${eventTicker}-${source}-${changes}`,
        ...{ causationId, eventTimeUs, ingestTimeUs },
        data: { eventTicker, stationId, climateDate, source, maxTempF },
      }
      await tape.append(encodeEvent(event, tape.shard, 0))
    }
    if (verdict !== 'known') onLabel(label, verdict, before)
    return verdict
  }

  #learn({ id, data, ingestTimeUs }: EventOf<'wx.settlement.v1'>): boolean {
    const changes = Number(/-(\d+)$/.exec(id)?.[1] ?? NaN)
    const { eventTicker, source } = data
    if (id !== `${SERVICE}-${eventTicker}-${source}-${changes}`) return false
    this.book.learn({ ...data, ingestTimeUs }, changes)
    return true
  }

  #parse(
    record: TapeRecord,
  ): EventOf<'wx.climate-report.v1'> | EventOf<'wx.settlement.v1'> | undefined {
    const type = INPUT_TYPES.find((known) => known === eventTypeOf(record.subject))
    if (type === undefined) return undefined
    try {
      return eventSchemas[type].parse(JSON.parse(record.body))
    } catch {
      this.#ports.onUnparsable(record)
      return undefined
    }
  }

  #readOptions(signal: AbortSignal) {
    return {
      ...{ fromSeq: this.#tapeSeq + 1, eventTypes: INPUT_TYPES, signal },
      accepts: (subject: string): boolean => INPUTS.has(eventTypeOf(subject)),
    }
  }
}
