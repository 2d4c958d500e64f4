import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

export type DoneItem = {
  readonly key: string
  readonly rows: number
  /** Nothing more can come: it need not be asked for again. */
  readonly isFinal: boolean
}

/**
 * What is done, one line an item, written after its rows are on the disk. A line cut short by a crash
 * is an item not done: it is done again, which changes nothing.
 */
export class Checkpoint {
  readonly #handle: FileHandle
  readonly #items: Map<string, DoneItem>

  constructor(handle: FileHandle, items: Map<string, DoneItem>) {
    this.#handle = handle
    this.#items = items
  }

  static async open(file: string): Promise<Checkpoint> {
    await mkdir(dirname(file), { recursive: true })
    const text = await readFile(file, 'utf8').catch(() => '')
    const items = new Map<string, DoneItem>()
    for (const line of text.split('\n')) {
      const item = readLine(line)
      if (item) items.set(item.key, item)
    }
    const handle = await open(file, 'a')
    if (text !== '' && !text.endsWith('\n')) await handle.appendFile('\n')
    return new Checkpoint(handle, items)
  }

  get(key: string): DoneItem | undefined {
    return this.#items.get(key)
  }

  async done(item: DoneItem): Promise<void> {
    this.#items.set(item.key, item)
    await this.#handle.appendFile(`${JSON.stringify(item)}\n`)
    await this.#handle.datasync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

function readLine(line: string): DoneItem | undefined {
  try {
    const item = JSON.parse(line) as DoneItem
    return typeof item.key === 'string' && typeof item.rows === 'number' ? item : undefined
  } catch {
    return undefined
  }
}
