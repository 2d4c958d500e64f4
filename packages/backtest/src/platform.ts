import {
  eventTypeOf,
  subjectKey,
  tapeSubject,
  type AnyEvent,
  type MachineName,
} from '@kwm/contracts'
import { buildProcessor, type MachineConfigs } from '@kwm/machines'
import { MemoryLog, type Outgoing, type Processor, type TapeRecord } from '@kwm/runtime'

export const ALL_MACHINES: readonly MachineName[] = [
  'weather-model',
  'features',
  'pmf-model',
  'forecast',
  'signals',
  'risk',
  'exec',
  'paper-venue',
]

/**
 * The whole platform in one process over the tape in memory: the same machines as the services,
 * composed. What goes in from outside and everything they say lands on one tape, in order.
 */
export class Platform {
  readonly tape: MemoryLog
  readonly #processor: Processor
  readonly #inputs: ReadonlySet<string>
  readonly #outputs: Outgoing[] = []

  constructor(
    shard: string,
    configs: MachineConfigs,
    machines: readonly MachineName[] = ALL_MACHINES,
  ) {
    this.tape = new MemoryLog(shard)
    this.#processor = buildProcessor(machines, configs, shard)
    this.#inputs = new Set(this.#processor.inputTypes)
  }

  /** An event from outside: onto the tape, then through every machine until nothing more is said. */
  push(event: AnyEvent): readonly Outgoing[] {
    const subject = tapeSubject(this.tape.shard, event.type, subjectKey(event))
    const ack = this.tape.appendNow({
      subject,
      id: event.id,
      inputSeq: 0,
      body: JSON.stringify(event),
    })
    this.#outputs.length = 0
    if (ack.isDuplicate || !this.#inputs.has(event.type)) return this.#outputs
    this.#processor.process(this.tape.records[ack.seq - 1]!, this.#outputs)
    for (const output of this.#outputs) this.tape.appendNow(output)
    return this.#outputs
  }
}

/** What a processor says to a tape, from its beginning: the parity of live, replay and backtest. */
export function replay(processor: Processor, records: Iterable<TapeRecord>): Outgoing[] {
  const inputs = new Set(processor.inputTypes)
  const outputs: Outgoing[] = []
  for (const record of records) {
    if (inputs.has(eventTypeOf(record.subject))) processor.process(record, outputs)
  }
  return outputs
}
