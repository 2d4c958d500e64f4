import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, test } from 'vitest'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')

/** Tests on recorded texts, which are not part of the project; without them it says so. */
export function describeCaptures(name: string, tests: () => void): void {
  const hasData = existsSync(DATA)
  if (hasData) describe(name, tests)
  else test.skipIf(true)(`${name}: skipped, no recordings at KWM_DATA_DIR`, () => undefined)
}

export function capture(path: string): string {
  const bytes = readFileSync(join(DATA, path))
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}
