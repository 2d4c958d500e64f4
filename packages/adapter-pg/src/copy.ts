import type pg from 'pg'
import { copyLine } from './copy-text.ts'
import type { CopyValue } from './copy-text.ts'

const CHUNK_BYTES = 256 * 1_024
const COPY_DATA = 0x64
const HEADER_BYTES = 5
const COPY_DONE = Uint8Array.of(0x63, 0, 0, 0, 4)

/** Anything pg can submit its own kind of query to: a client, or a client of a pool. */
export type CopyClient = { query<Q extends pg.Submittable>(query: Q): Q }

/**
 * Load rows with COPY, all or none.
 * @returns How many rows the server took.
 */
export function copyRows(
  client: CopyClient,
  table: string,
  columns: readonly string[],
  rows: Iterable<readonly CopyValue[]>,
): Promise<number> {
  const chunks: Buffer[] = []
  let text = ''
  for (const row of rows) {
    text += copyLine(row)
    if (text.length < CHUNK_BYTES) continue
    chunks.push(Buffer.from(text))
    text = ''
  }
  chunks.push(Buffer.from(text))
  return copyChunks(client, table, columns, chunks)
}

/** Load lines that `copyLine` has rendered. A chunk holds whole or part lines, in order. */
export function copyChunks(
  client: CopyClient,
  table: string,
  columns: readonly string[],
  chunks: readonly Uint8Array[],
): Promise<number> {
  const name = table.split('.').map(quoteName).join('.')
  const text = `COPY ${name} (${columns.map(quoteName).join(', ')}) FROM STDIN`
  return new Promise((settle, reject) => {
    client.query(new CopyIn(text, chunks, settle, reject))
  })
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The COPY dialogue of the wire protocol: the whole of the data is at hand, so no stream is needed. */
class CopyIn implements pg.Submittable {
  readonly #text: string
  readonly #chunks: readonly Uint8Array[]
  readonly #settle: (rows: number) => void
  readonly #reject: (error: unknown) => void
  #rows = 0

  constructor(
    text: string,
    chunks: readonly Uint8Array[],
    settle: (rows: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#text = text
    this.#chunks = chunks
    this.#settle = settle
    this.#reject = reject
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text)
  }

  handleCopyInResponse(connection: pg.Connection): void {
    const { stream } = connection
    stream.cork()
    for (const chunk of this.#chunks) {
      if (chunk.length === 0) continue
      const header = Buffer.allocUnsafe(HEADER_BYTES)
      header[0] = COPY_DATA
      header.writeUInt32BE(chunk.length + 4, 1)
      stream.write(header)
      stream.write(chunk)
    }
    stream.write(COPY_DONE)
    stream.uncork()
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rows = Number(message.text.replace('COPY ', ''))
  }

  handleReadyForQuery(): void {
    this.#settle(this.#rows)
  }

  handleError(error: unknown): void {
    this.#reject(error)
  }
}
