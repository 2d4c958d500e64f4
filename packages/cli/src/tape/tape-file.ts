import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { OperatingError, type TapeRecord } from '@kwm/runtime'

/**
 * A tape in a file: gzipped lines, a header and then one record a line as
 * `[seq, storedTimeUs, inputSeq, subject, id, body]`. The body is kept as text, to the byte.
 */
export type TapeHeader = {
  readonly format: 'kwm-tape'
  readonly v: 1
  readonly shard: string
  /** True when any market on it is synthetic. */
  readonly isSynthetic: boolean
}

export class TapeFileError extends OperatingError {
  override readonly name = 'TapeFileError'
  readonly code = 'TAPE_FILE_INVALID'
}

export async function writeTapeFile(
  path: string,
  header: Pick<TapeHeader, 'shard' | 'isSynthetic'>,
  records: Iterable<TapeRecord> | AsyncIterable<TapeRecord>,
): Promise<void> {
  const full: TapeHeader = { format: 'kwm-tape', v: 1, ...header }
  async function* lines(): AsyncGenerator<string> {
    yield `${JSON.stringify(full)}\n`
    let chunk = ''
    for await (const record of records) {
      const { seq, storedTimeUs, inputSeq, subject, id, body } = record
      chunk += `${JSON.stringify([seq, storedTimeUs, inputSeq, subject, id, body])}\n`
      if (chunk.length < CHUNK_CHARS) continue
      yield chunk
      chunk = ''
    }
    yield chunk
  }
  await pipeline(Readable.from(lines()), createGzip({ level: 1 }), createWriteStream(path))
}

const CHUNK_CHARS = 65_536

/** @throws {TapeFileError} Says which line is wrong and how. */
export async function readTapeFile(
  path: string,
): Promise<{ readonly header: TapeHeader; readonly records: AsyncIterable<TapeRecord> }> {
  const lines = linesOf(path)
  const first = await lines.next()
  const header = parseLine(path, 1, first.value ?? '') as TapeHeader
  if (header?.format !== 'kwm-tape' || header.v !== 1) {
    throw new TapeFileError(
      `${path}: not a tape: the first line must be {"format":"kwm-tape","v":1,…}`,
    )
  }
  return { header, records: recordsOf(path, lines) }
}

async function* recordsOf(path: string, lines: AsyncIterable<string>): AsyncGenerator<TapeRecord> {
  let number = 1
  for await (const line of lines) {
    number++
    const value = parseLine(path, number, line)
    if (!Array.isArray(value) || value.length !== 6) {
      throw new TapeFileError(
        `${path}:${number}: a record is [seq, storedTimeUs, inputSeq, subject, id, body]`,
      )
    }
    const [seq, storedTimeUs, inputSeq, subject, id, body] = value as [
      number,
      number,
      number,
      string,
      string,
      string,
    ]
    yield { seq, storedTimeUs, inputSeq, subject, id, body }
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  const failed = new Promise<never>((_, reject) => {
    for (const stream of [file, input] as NodeJS.ReadableStream[]) {
      stream.once('error', (cause: Error) => reject(new TapeFileError(`${path}: ${cause.message}`)))
    }
  })
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([lines.next(), failed])
    if (next.done) return
    if (next.value !== '') yield next.value
  }
}

function parseLine(path: string, number: number, line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new TapeFileError(`${path}:${number}: not JSON`)
  }
}
