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
  return copyAll(client, [{ table, columns, chunks }])
}

/** Lines that `copyLine` has rendered, and where they go. A chunk holds whole or part lines. */
export type Copy = {
  readonly table: string
  readonly columns: readonly string[]
  readonly chunks: readonly Uint8Array[]
}

/** Several COPYs in one exchange: together one transaction, or part of the one that is open. */
export function copyAll(client: CopyClient, copies: readonly Copy[]): Promise<number> {
  if (copies.length === 0) return Promise.resolve(0)
  return new Promise((settle, reject) => {
    client.query(new CopyIn(copies, settle, reject))
  })
}

const statement = ({ table, columns }: Copy): string =>
  `COPY ${table.split('.').map(quoteName).join('.')} (${columns.map(quoteName).join(', ')}) FROM STDIN`

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * The COPY dialogue of the wire protocol, without waiting for the server's part of it: the data is
 * at hand and follows the statements at once. After an error the server ignores what is left of it.
 */
class CopyIn implements pg.Submittable {
  readonly #copies: readonly Copy[]
  readonly #settle: (rows: number) => void
  readonly #reject: (error: unknown) => void
  #rows = 0

  constructor(
    copies: readonly Copy[],
    settle: (rows: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#copies = copies
    this.#settle = settle
    this.#reject = reject
  }

  submit(connection: pg.Connection): void {
    const { stream } = connection
    stream.cork()
    connection.query(this.#copies.map(statement).join(';'))
    for (const chunk of this.#copies.flatMap(({ chunks }) => [...chunks, undefined])) {
      if (chunk === undefined) {
        stream.write(COPY_DONE)
      } else if (chunk.length > 0) {
        const header = Buffer.allocUnsafe(HEADER_BYTES)
        header[0] = COPY_DATA
        header.writeUInt32BE(chunk.length + 4, 1)
        stream.write(header)
        stream.write(chunk)
      }
    }
    stream.uncork()
  }

  handleCopyInResponse(): void {}

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rows += Number(message.text.replace('COPY ', ''))
  }

  handleReadyForQuery(): void {
    this.#settle(this.#rows)
  }

  handleError(error: unknown): void {
    this.#reject(error)
  }
}
