import { readAnswer } from '@kwm/adapter-weather'
import type {
  Fact,
  ObservationFact,
  ProviderAnswer,
  ProviderRequest,
  Reading,
  WeatherProvider,
} from '@kwm/adapter-weather'
import { eventSchemas, eventTypeOf, isEventType, rawSubject, type AnyEvent } from '@kwm/contracts'
import { encodeEvent } from '@kwm/machines'
import type { DeadLetterLog, EventLog, RawLog, SnapshotStore, TapeRecord } from '@kwm/runtime'
import { assert } from '@kwm/std'
import { FactLedger, type LedgerSnapshot } from './fact-ledger.ts'
import type { Metrics } from './metrics.ts'
import type { Source } from './providers.ts'
import { AnswerAssembler, framesOf, requestOf, type AnswerHead } from './raw-answer.ts'

export type JournalPorts = {
  readonly raw: RawLog
  readonly tape: EventLog
  readonly deadLetters: DeadLetterLog
  readonly snapshots: SnapshotStore
  readonly metrics: Metrics
  /** Every observation read, also one that is known. */
  readonly onObservation?: (provider: string, fact: ObservationFact) => void
}

export type FrameOutcome = 'applied' | 'duplicate' | 'quarantined' | 'rejected'
export type FrameCounts = Record<FrameOutcome, number> & { framesIn: number }

export type Taken = { readonly outcome: FrameOutcome; readonly reading: Reading }
export type RecoveryReport = {
  readonly learned: number
  readonly replayed: number
  readonly published: number
}

export const SERVICE = 'vc-ingest'
const FACT_TYPES = [
  'wx.observation.v1',
  'wx.forecast.v1',
  'wx.ensemble.v1',
  'wx.climate-report.v1',
] as const
const FACT_TYPE_SET: ReadonlySet<string> = new Set(FACT_TYPES)
/** The provider's own word that there is nothing to read. All else refused is an answer we cannot read. */
const REJECTED: ReadonlySet<string> = new Set(['http-status', 'limited', 'unauthorized'])

/** A letter says what is wrong; the whole body is in RAW. */
const LETTER_CHARACTERS_MAX = 100_000

type StoredState = { readonly v: 1; readonly rawSeq: number; readonly ledger: LedgerSnapshot }

/**
 * Answers on their way: to RAW as they came, then read, then what changed to the tape. One after the
 * other; an append that fails fails the process. After a crash the tape says what was published and
 * RAW what was received: answers that RAW has beyond the snapshot are read again, and what the
 * tape lacks of them is published.
 */
export class AnswerJournal {
  readonly counts = new Map<string, FrameCounts>()
  readonly #ports: JournalPorts
  readonly #sources: ReadonlyMap<string, Source>
  readonly #ledger = new FactLedger()
  readonly #run: string
  readonly #name: string
  #answers = 0
  #rawSeq = 0
  #tapeSeq = 0
  #last: Promise<unknown> = Promise.resolve()

  /** `runId` is another at each start: it is part of the identity of every answer. */
  constructor(ports: JournalPorts, sources: readonly Source[], runId: string) {
    this.#ports = ports
    this.#sources = new Map(sources.map((source) => [source.provider.name, source]))
    this.#run = runId
    this.#name = `${SERVICE}-${ports.tape.shard}`
    for (const name of this.#sources.keys()) {
      const none = { framesIn: 0, applied: 0, duplicate: 0, quarantined: 0, rejected: 0 }
      this.counts.set(name, none)
    }
  }

  async recover(signal: AbortSignal): Promise<RecoveryReport> {
    const stored = await this.#ports.snapshots.load(this.#name)
    if (stored) {
      const saved: StoredState = JSON.parse(stored.state)
      assert(saved.v === 1, `snapshot version ${String(saved.v)}`)
      this.#ledger.restore(saved.ledger)
      this.#rawSeq = saved.rawSeq
      this.#tapeSeq = stored.tapeSeq
    }
    const learned = await this.#learnFromTape(signal)
    const { replayed, published } = await this.#replayRaw()
    return { learned, replayed, published }
  }

  /** Keep, read and publish. Resolves when all of it is stored. */
  take(
    provider: WeatherProvider,
    request: ProviderRequest,
    answer: ProviderAnswer,
  ): Promise<Taken> {
    const taken = this.#last.then(() => this.#take(provider, request, answer))
    this.#last = taken
    return taken
  }

  /** In turn with the answers: what is known is then also published. */
  save(): Promise<void> {
    const saved = this.#last.then(() => this.#save())
    this.#last = saved
    return saved
  }

  async #save(): Promise<void> {
    const stored: StoredState = { v: 1, rawSeq: this.#rawSeq, ledger: this.#ledger.snapshot() }
    const state = JSON.stringify(stored)
    await this.#ports.snapshots.save(this.#name, { v: 1, tapeSeq: this.#tapeSeq, state })
    this.#ports.metrics.snapshotsTotal.inc()
  }

  async #take(
    provider: WeatherProvider,
    request: ProviderRequest,
    answer: ProviderAnswer,
  ): Promise<Taken> {
    const { feed, url, expects, stations } = request
    const { status, contentType } = answer
    const connectionId = `${provider.name}-${this.#run}-${this.#answers++}`
    const head: AnswerHead = {
      ...{ v: 1, provider: provider.name, feed, url, expects, status, contentType },
      stations: stations.map(({ icao }) => icao),
    }
    const subject = rawSubject(provider.name, feed)
    const frames = framesOf(connectionId, head, answer)
    const acks = await Promise.all(frames.map((frame) => this.#ports.raw.append(subject, frame)))
    const taken = await this.#read(provider, request, answer, connectionId)
    this.#rawSeq = Math.max(this.#rawSeq, ...acks.map(({ seq }) => seq))
    return taken
  }

  async #read(
    provider: WeatherProvider,
    request: ProviderRequest,
    answer: ProviderAnswer,
    connectionId: string,
  ): Promise<Taken> {
    const { metrics } = this.#ports
    const reading = readAnswer(provider, request, answer)
    let outcome: FrameOutcome
    if (reading.isRead) {
      for (const fact of reading.facts) {
        if (fact.type === 'wx.observation.v1') this.#ports.onObservation?.(provider.name, fact)
      }
      const published = await this.#publish(reading.facts, answer.receivedTimeUs, connectionId)
      outcome = published > 0 ? 'applied' : 'duplicate'
      metrics.faultsTotal.inc({ provider: provider.name }, reading.faults.length)
      metrics.queryCostTotal.inc({ provider: provider.name }, Math.max(0, reading.cost ?? 0))
    } else {
      outcome = REJECTED.has(reading.reason) ? 'rejected' : 'quarantined'
      metrics.refusedTotal.inc({ provider: provider.name, reason: reading.reason })
      if (outcome === 'quarantined') {
        const { reason, detail } = reading
        await this.#ports.deadLetters.append({
          ...{ service: SERVICE, reason: `${reason}: ${detail}`, id: `${connectionId}-1` },
          subject: rawSubject(provider.name, request.feed),
          body: answer.body.slice(0, LETTER_CHARACTERS_MAX),
        })
      }
    }
    metrics.framesTotal.inc({ provider: provider.name, outcome })
    const counts = this.counts.get(provider.name)!
    counts.framesIn++
    counts[outcome]++
    return { outcome, reading }
  }

  async #publish(
    facts: readonly Fact[],
    receivedTimeUs: number,
    connectionId: string,
  ): Promise<number> {
    const { tape, metrics } = this.#ports
    const appends: Promise<{ seq: number }>[] = []
    for (const [index, fact] of lastOfEach(facts)) {
      const { verdict, revision } = this.#ledger.judge(fact, receivedTimeUs)
      metrics.factsTotal.inc({ type: fact.type, verdict })
      if (verdict !== 'new' && verdict !== 'revised') continue
      // The index is that of the fact: a recovery that publishes the rest repeats no identity.
      const event = eventOf(fact, revision, {
        id: `${SERVICE}-${connectionId}-${index}`,
        causationId: `${connectionId}-1`,
        ingestTimeUs: receivedTimeUs,
      })
      appends.push(tape.append(encodeEvent(event, tape.shard, 0)))
    }
    for (const { seq } of await Promise.all(appends)) this.#tapeSeq = Math.max(this.#tapeSeq, seq)
    return appends.length
  }

  async #learnFromTape(signal: AbortSignal): Promise<number> {
    const { tape } = this.#ports
    const endSeq = await tape.lastSeq()
    let learned = 0
    if (this.#tapeSeq >= endSeq) return learned
    const accepts = (subject: string): boolean => FACT_TYPE_SET.has(eventTypeOf(subject))
    const options = { fromSeq: this.#tapeSeq + 1, accepts, eventTypes: FACT_TYPES, signal }
    for await (const { records, throughSeq } of tape.read(options)) {
      for (const record of records) if (this.#learn(record)) learned++
      this.#tapeSeq = throughSeq
      if (throughSeq >= endSeq) break
    }
    return learned
  }

  #learn({ body, subject }: TapeRecord): boolean {
    const type = eventTypeOf(subject)
    if (!isEventType(type)) return false
    const parsed = eventSchemas[type].safeParse(JSON.parse(body))
    if (!parsed.success || !parsed.data.id.startsWith(`${SERVICE}-`)) return false
    const event: AnyEvent = parsed.data
    const revision = event.type === 'wx.observation.v1' ? event.data.revision : 0
    this.#ledger.learn(event as unknown as Fact, event.ingestTimeUs, revision)
    return true
  }

  async #replayRaw(): Promise<{ readonly replayed: number; readonly published: number }> {
    let [replayed, published] = [0, 0]
    const fromSeq = this.#rawSeq + 1
    for (const { provider, stations } of this.#sources.values()) {
      const assembler = new AnswerAssembler()
      const subject = `raw.${provider.name}.*`
      for await (const record of this.#ports.raw.replay({ subject, fromSeq })) {
        const stored = assembler.take(record)
        const request = stored && requestOf(stored.head, stations)
        if (!stored || !request) continue
        const reading = readAnswer(provider, request, stored.answer)
        replayed++
        this.#rawSeq = Math.max(this.#rawSeq, stored.seq)
        if (!reading.isRead) continue
        const { answer, connectionId } = stored
        published += await this.#publish(reading.facts, answer.receivedTimeUs, connectionId)
      }
    }
    return { replayed, published }
  }
}

type Identity = Pick<AnyEvent, 'id' | 'causationId' | 'ingestTimeUs'>

function eventOf(fact: Fact, revision: number, identity: Identity): AnyEvent {
  assert(fact.type !== 'daily-high', 'an archived high is not for the tape')
  const { type, eventTimeUs } = fact
  const { id, causationId, ingestTimeUs } = identity
  const data = type === 'wx.observation.v1' ? { ...fact.data, revision } : fact.data
  return { type, id, causationId, eventTimeUs, ingestTimeUs, data } as AnyEvent
}

/** Of facts that say the same thing's value twice, only the last: each answer must judge alike. */
function lastOfEach(facts: readonly Fact[]): Map<number, Fact> {
  const lastAt = new Map<string, number>()
  for (const [index, fact] of facts.entries()) {
    if (fact.type !== 'wx.observation.v1') continue
    const { source, stationId, kind } = fact.data
    lastAt.set(`${source}|${stationId}|${kind}|${fact.eventTimeUs}`, index)
  }
  const kept = new Set(lastAt.values())
  return new Map(
    [...facts.entries()].filter(
      ([index, { type }]) => type !== 'wx.observation.v1' || kept.has(index),
    ),
  )
}
