import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { isRow, RecordingError, type RecordedRow } from './recorded-row.ts'

const BYTES_MAX = 256 * 1024 * 1024

/** The text of a file, unpacked where its name ends in `.gz`. */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file)
  if (!file.endsWith('.gz')) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes, { maxOutputLength: BYTES_MAX }).toString('utf8')
  } catch (error) {
    throw new RecordingError(`${file}: not readable as gzip: ${(error as Error).message}`)
  }
}

/** Lines of JSON objects; a line that is none goes to `onBad`. */
export async function readJsonLines(
  file: string,
  onBad: (what: string) => void,
): Promise<RecordedRow[]> {
  const rows: RecordedRow[] = []
  for (const [at, line] of (await readText(file)).split('\n').entries()) {
    if (line.trim() === '') continue
    const row = parsed(line)
    if (row) rows.push(row)
    else onBad(`${file}: line ${at + 1} is no JSON object`)
  }
  return rows
}

function parsed(line: string): RecordedRow | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRow(value) ? value : undefined
  } catch {
    return undefined
  }
}
