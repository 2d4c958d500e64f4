import { OperatingError } from './errors.ts'
import type { Outgoing, TapeRecord } from './ports.ts'

/**
 * Which outputs of a resumed machine are still missing from the tape.
 *
 * The machine steps again from its snapshot. Every output it makes is owed until the tape is seen to
 * hold it; what is owed when the end is reached was lost in the crash, and is published in order.
 */
export class Recovery {
  readonly #owed = new Map<string, Outgoing>()

  owe(output: Outgoing): void {
    this.#owed.set(output.id, output)
  }

  /**
   * One of our own outputs, read back.
   * @throws {DivergedError} The machine now says something else than it said then.
   */
  found(record: TapeRecord): void {
    const owed = this.#owed.get(record.id)
    if (!owed) return // Caused at or before the snapshot: its ack was awaited then.
    if (owed.body !== record.body) throw new DivergedError(owed, record)
    this.#owed.delete(record.id)
  }

  missing(): Outgoing[] {
    return [...this.#owed.values()]
  }
}

/** The machine, run again over the same tape, does not repeat itself. */
export class DivergedError extends OperatingError {
  override readonly name = 'DivergedError'
  readonly code = 'TAPE_DIVERGED'

  constructor(now: Outgoing, then: TapeRecord) {
    super(
      `output ${then.id} (tape ${then.seq}) is not repeated by the same inputs: was the configuration ` +
        `or the version changed after a crash? Start once as it was, stop it cleanly, then change it. ` +
        `Then: ${excerpt(then.body, now.body)} Now: ${excerpt(now.body, then.body)}`,
    )
  }
}

/** The text around the first difference. */
function excerpt(text: string, other: string): string {
  let at = 0
  while (at < text.length && text[at] === other[at]) at++
  const from = Math.max(0, at - 40)
  return `…${text.slice(from, at + 60)}…`
}
