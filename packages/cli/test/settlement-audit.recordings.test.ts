import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { causesOf, matchShare, rowsOfSource, totalOf } from '../src/settlement/audit-tally.ts'
import { readRecordings } from '../src/settlement/recordings/read-recordings.ts'
import { auditRecordings } from '../src/settlement/settlement-audit.ts'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')

test.skipIf(!existsSync(join(DATA, 'labels')))(
  `of every settled event in the recordings 99.9 % are re-derived, the rest is known (needs ${DATA})`,
  async () => {
    const audit = auditRecordings(await readRecordings(DATA))
    expect(audit.conflicts).toEqual([])
    const total = totalOf(audit, 'label')
    expect(total.matches).toBeGreaterThan(3_700)
    expect(matchShare(total)).toBeGreaterThanOrEqual(0.999)

    const mismatches = rowsOfSource(audit, 'label').filter((r) => r.verdict.verdict === 'mismatch')
    expect(mismatches.map(({ eventTicker, verdict }) => [eventTicker, verdict])).toMatchObject([
      ['KXHIGHCHI-21OCT01', { cause: 'own-value-contradicts', implied: { lowest: 85 } }],
      [
        'KXHIGHCHI-22APR02',
        { cause: 'own-value-contradicts', implied: { lowest: 44, highest: 45 } },
      ],
    ])
    const whole = rowsOfSource(audit, 'label').filter(({ shape }) => shape === 'whole')
    expect(whole.length).toBeGreaterThan(1_200)
    // Strikes of twelve hours of Bitcoin were not captured.
    const failed = whole.filter(({ verdict }) => verdict.verdict !== 'match')
    expect(failed.filter(({ seriesTicker }) => seriesTicker !== 'KXBTC')).toEqual([])
    expect(causesOf(failed)).toEqual([['undecidable: strikes-unreadable', 12]])

    for (const source of ['kalshi', 'cli', 'metar', 'asos'] as const) {
      expect(totalOf(audit, source), source).toMatchObject({ mismatches: 0 })
    }
    // At least the strike pays, by the last minute of one exchange; 60-second means were recorded for some.
    expect(totalOf(audit, 'coinbase')).toMatchObject({ matches: 38, mismatches: 0 })
    // Corrected after the settlement, or another publication: no strike is read wrongly.
    const nws = causesOf(rowsOfSource(audit, 'nws')).filter(([name]) => name.startsWith('mismatch'))
    expect(nws).toEqual([['mismatch: value-differs', 3]])
  },
)
