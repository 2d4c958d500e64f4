import { formatFixed } from '@kwm/std'
import type { Tally } from '../tape/tape-tally.ts'

export type Latency = { readonly p50: number; readonly p99: number }

/** What a demo did: the counts of its tape, its latency, what was recorded, how long it took. */
export type DemoSummary = Omit<Tally, 'denials' | 'duplicates' | 'noTrades'> & {
  readonly source: string
  readonly mode: 'services' | 'in-process'
  /** Null when no order was approved, or nothing crossed a wire. */
  readonly wireToIntentUs: Latency | null
  readonly recordedRows: number
  readonly seconds: number
  readonly tape: string
}

export const usd = (micros: number): string => {
  const cents = formatFixed(Math.round(Math.abs(micros) / 100), 4).replace(/00$/, '')
  return `${micros < 0 ? '−' : ''}$${cents}`
}

const n = (value: number): string => value.toLocaleString('en-US')

/** The summary as a table of two columns. */
export function summaryTable(summary: DemoSummary, tally: Tally): string {
  const { wireToIntentUs: latency } = summary
  const rows: readonly (readonly [string, string])[] = [
    ['played', `${summary.source}${summary.isSynthetic ? '  (SYNTHETIC)' : ''}`],
    ['frames in', n(summary.framesIn)],
    ['  applied', n(summary.applied)],
    ['  duplicate', `${n(summary.duplicate)}${top(tally.duplicates, 'nothing new from')}`],
    ['  quarantined', n(summary.quarantined)],
    ['  rejected', n(summary.rejected)],
    [
      'conservation',
      summary.isConserved ? 'holds: in = applied + duplicate + quarantined + rejected' : 'BROKEN',
    ],
    ['opportunities', `${n(summary.opportunities)}${top(tally.noTrades, 'no because of')}`],
    ['order intents', n(summary.intents)],
    ['  approved', n(summary.approved)],
    ['  denied', `${n(summary.denied)}${top(tally.denials, 'because of')}`],
    ['paper orders', `${n(summary.orders)} sent, ${n(summary.accepted)} rested`],
    ['fills', n(summary.fills)],
    ['fees', usd(summary.feesMicros)],
    [
      'P&L after fees',
      `${usd(summary.pnlMicros)}  (paper; ${summary.isSynthetic ? 'a synthetic market proves nothing' : 'one day proves nothing'})`,
    ],
    ['wire to intent', latency ? `p50 ${ms(latency.p50)}, p99 ${ms(latency.p99)}` : 'not measured'],
    ['recorded rows', summary.mode === 'services' ? n(summary.recordedRows) : 'none: no database'],
    ['tape records', n(summary.records)],
    ['tape', summary.tape],
    ['took', `${summary.seconds.toFixed(1)} s`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')
}

const ms = (us: number): string => `${(us / 1_000).toFixed(us < 10_000 ? 2 : 1)} ms`

function top(counts: Readonly<Record<string, number>>, words: string): string {
  const [first] = Object.entries(counts).toSorted(([, a], [, b]) => b - a)
  return first ? `  (most ${words} ${first[0]}: ${n(first[1])})` : ''
}
