import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')

/** Recorded texts are not part of the project: tests on them are skipped where there are none. */
export const hasCaptures = existsSync(DATA)

/** Empty where there are none. */
export function capture(path: string): string {
  if (!hasCaptures) return ''
  const bytes = readFileSync(join(DATA, path))
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}
