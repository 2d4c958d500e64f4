import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseRules, settlementStation, STATIONS } from '../src/index.ts'

const repoRoot = resolve(import.meta.dirname, '../../..')
const dataDir = process.env['KWM_DATA_DIR'] ?? resolve(repoRoot, '../shared/data')
const dir = resolve(dataDir, 'temperature_books')

type Meta = {
  readonly series: string
  readonly rules_primary: string
  readonly settlement_sources: readonly { readonly url: string }[] | null
}

/** The newest meta of each series. */
function readMeta(): Map<string, Meta> {
  const found = new Map<string, Meta>()
  for (const name of readdirSync(dir).filter((file) => file.startsWith('meta_'))) {
    const text = gunzipSync(readFileSync(resolve(dir, name))).toString('utf8')
    for (const line of text.split('\n').filter((row) => row !== '')) {
      const meta = JSON.parse(line) as Meta
      found.set(meta.series, meta)
    }
  }
  return found
}

test.skipIf(!existsSync(dir))(
  `the rules of every recorded series are read (${existsSync(dir) ? 'recorded July 2026' : 'no recordings here'})`,
  () => {
    const metas = readMeta()
    const refused: string[] = []
    const templates = new Map<string, number>()
    for (const { series, rules_primary, settlement_sources } of metas.values()) {
      const parsed = parseRules(rules_primary)
      if (!parsed.ok) {
        refused.push(`${series} ${parsed.templateHash}`)
        continue
      }
      const { rules } = parsed
      templates.set(rules.templateId, (templates.get(rules.templateId) ?? 0) + 1)
      const urls = (settlement_sources ?? []).map(({ url }) => url)
      const known = STATIONS[series]
      if (known !== undefined) expect(settlementStation(rules.station, urls), series).toBe(known)
    }
    process.stdout.write(
      `rules of ${metas.size - refused.length} of ${metas.size} series read: ${JSON.stringify(Object.fromEntries(templates))}\n`,
    )
    expect(metas.size).toBeGreaterThan(40)
    expect(refused).toEqual([])
  },
)
