import type { AnyEvent, EventOf, EventType } from '@kwm/contracts'
import { eventTypeOf } from '@kwm/contracts'
import { decodeRecord } from '@kwm/machines'
import { OperatingError, UnparsableRecordError, type TapeRecord } from '@kwm/runtime'
import { TuningError } from '@kwm/tuning'
import { openTapeSource } from '../tape/tape-source.ts'
import { say } from '../terminal.ts'

export class ModelCommandError extends OperatingError {
  override readonly name = 'ModelCommandError'
  readonly code = 'MODEL_COMMAND'
}

/** Events of the wanted types from each tape in turn; with none named, the tape `kwm why` would read. */
export async function* tapeEvents<Type extends EventType>(
  tapes: readonly string[],
  types: readonly Type[],
): AsyncGenerator<EventOf<Type>> {
  const wanted: ReadonlySet<string> = new Set(types)
  for (const tape of tapes.length > 0 ? tapes : [undefined]) {
    const source = await openTapeSource(tape)
    say(`reading ${source.name}`)
    for await (const record of source.records) {
      if (wanted.has(eventTypeOf(record.subject)))
        yield decoded(record, source.name) as EventOf<Type>
    }
  }
}

function decoded(record: TapeRecord, tape: string): AnyEvent {
  try {
    return decodeRecord(record)
  } catch (error) {
    if (!(error instanceof UnparsableRecordError)) throw error
    throw new ModelCommandError(
      `${tape}, record ${record.seq}: ${error.message}. Written by another version: use its kwm`,
    )
  }
}

/** What the data do not allow is the operator's to mend: a message and exit 2, no stack. */
export function orExplain<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof TuningError ? new ModelCommandError(error.message) : error
  }
}

/** @throws {ModelCommandError} Not a whole number in the range; names the option. */
export function wholeOption(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new ModelCommandError(`${name} ${text}: a whole number from ${min} to ${max}`)
}
