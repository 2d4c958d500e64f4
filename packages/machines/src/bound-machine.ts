import type { AnyEvent, Emission, EventOf, EventType, MachineName } from '@kwm/contracts'
import {
  childIdPrefix,
  eventSchemas,
  eventTypeOf,
  isEventType,
  subjectKey,
  tapeSubject,
} from '@kwm/contracts'
import type { Machine, Outgoing, Processor, TapeRecord } from '@kwm/runtime'
import { UnparsableRecordError } from '@kwm/runtime'

export type Binding<Config, State, Input extends EventType, Snapshot> = {
  readonly name: MachineName
  readonly inputTypes: readonly Input[]
  readonly outputTypes: readonly EventType[]
  readonly machine: Machine<Config, State, EventOf<Input>, Emission, Snapshot>
}

/** A machine with its state, stepped by events: what `compose` passes inner events through. */
export interface BoundMachine {
  readonly name: MachineName
  readonly inputTypes: readonly EventType[]
  readonly outputTypes: readonly EventType[]
  /** `causeSeq` is the tape sequence of the input, or of the outside event it descends from. */
  step(event: AnyEvent, causeSeq: number): readonly AnyEvent[]
  snapshot(): unknown
  restore(snapshot: unknown): void
}

export function bindMachine<Config, State, Input extends EventType, Snapshot>(
  binding: Binding<Config, State, Input, Snapshot>,
  config: Config,
): BoundMachine {
  const { name, inputTypes, outputTypes, machine } = binding
  let state = machine.initial(config)
  return {
    name,
    inputTypes,
    outputTypes,
    step(event, causeSeq) {
      const emissions = machine.step(state, event as EventOf<Input>)
      if (emissions.length === 0) return NOTHING
      const prefix = childIdPrefix(name, event.id, causeSeq)
      return emissions.map((emission, index) => wrap(emission, prefix + index, event))
    },
    snapshot: () => machine.snapshot(state),
    restore(snapshot) {
      state = machine.restore(config, snapshot as Snapshot)
    },
  }
}

const NOTHING: readonly AnyEvent[] = []

const wrap = (emission: Emission, id: string, cause: AnyEvent): AnyEvent =>
  ({
    type: emission.type,
    id,
    causationId: cause.id,
    eventTimeUs: cause.eventTimeUs,
    ingestTimeUs: cause.ingestTimeUs,
    data: emission.data,
  }) as AnyEvent

/**
 * Decode an envelope: the one place where a record of the tape is parsed.
 * @throws {UnparsableRecordError} Names the field and what was wrong with it.
 */
export function decodeRecord(record: TapeRecord): AnyEvent {
  const type = eventTypeOf(record.subject)
  if (!isEventType(type)) throw new UnparsableRecordError(`unknown event type: ${type}`)
  let json: unknown
  try {
    json = JSON.parse(record.body)
  } catch {
    throw new UnparsableRecordError('body: not JSON')
  }
  const parsed = eventSchemas[type].safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new UnparsableRecordError(`${type} ${issue.path.join('.') || 'envelope'}: ${issue.message}`)
}

export const encodeEvent = (event: AnyEvent, shard: string, inputSeq: number): Outgoing => ({
  subject: tapeSubject(shard, event.type, subjectKey(event)),
  id: event.id,
  inputSeq,
  body: JSON.stringify(event),
})

/**
 * Machines as one processor. Inputs from outside come in tape order; an inner event is passed on in
 * memory at once, breadth first, and published with its id like any other. One machine is the case
 * of a composition of one.
 */
export function compose(machines: readonly BoundMachine[], shard: string): Processor {
  const made = new Set(machines.flatMap((machine) => machine.outputTypes))
  const readers = new Map<EventType, BoundMachine[]>()
  for (const machine of machines) {
    for (const type of machine.inputTypes)
      readers.set(type, [...(readers.get(type) ?? []), machine])
  }
  return {
    machines: machines.map((machine) => machine.name),
    inputTypes: [...readers.keys()].filter((type) => !made.has(type)),
    outputTypes: [...made],
    process(record: TapeRecord, outputs: Outgoing[]): void {
      const queue: AnyEvent[] = [decodeRecord(record)]
      for (let next = 0; next < queue.length; next++) {
        const event = queue[next]!
        if (next > 0) outputs.push(encodeEvent(event, shard, record.seq))
        for (const machine of readers.get(event.type) ?? NOBODY) {
          queue.push(...machine.step(event, record.seq))
        }
      }
    },
    snapshot: () =>
      JSON.stringify({
        v: 1,
        machines: Object.fromEntries(machines.map((m) => [m.name, m.snapshot()])),
      }),
    restore(text: string): void {
      const snapshot = JSON.parse(text) as { v: number; machines: Record<string, unknown> }
      if (snapshot.v !== 1) throw new Error(`snapshot version ${snapshot.v} is not understood`)
      for (const machine of machines) {
        const state = snapshot.machines[machine.name]
        if (state === undefined) throw new Error(`the snapshot has no state of ${machine.name}`)
        machine.restore(state)
      }
    },
  }
}

const NOBODY: readonly BoundMachine[] = []
