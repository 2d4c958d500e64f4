import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { OperatingError } from '@kwm/runtime'
import {
  BtcRecordingReader,
  syntheticDay,
  TopOfBookRecordingReader,
  type VenueSource,
} from '@kwm/sim'

export class RecordingError extends OperatingError {
  override readonly name = 'RecordingError'
  readonly code = 'RECORDING_UNREADABLE'
}

export type SourceChoice = { readonly tape?: string | undefined; readonly seed: string }

/** The file as its absolute path, or a clear word about what can be played. */
export function checkRecording(file: string): void {
  if (!existsSync(file)) throw new RecordingError(`no recording at ${file}`)
  if (!/\.(ndjson|csv)(\.gz)?$/.test(file)) {
    throw new RecordingError(
      `${file}: a recording is WebSocket frames (*.ndjson.gz) or top-of-book rows (KXHIGH*.csv.gz)`,
    )
  }
}

/** What the venue plays: a seeded synthetic day, or a recording. */
export async function loadVenueSource({ tape, seed }: SourceChoice): Promise<VenueSource> {
  if (!tape) return syntheticDay({ seed }).source
  checkRecording(tape)
  const name = basename(tape)
  if (!/\.csv(\.gz)?$/.test(tape)) {
    const reader = new BtcRecordingReader()
    for await (const line of linesOf(tape)) reader.push(line)
    const beside = join(dirname(tape), 'markets.csv')
    return reader.source(name, existsSync(beside) ? await readFile(beside, 'utf8') : '')
  }
  const reader = new TopOfBookRecordingReader()
  for await (const line of linesOf(tape)) reader.push(line)
  return reader.source(name)
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  yield* createInterface({ input, crlfDelay: Infinity })
}
