import type { Queryable } from './pool.ts'
import { TimestampText } from './timestamp-text.ts'

export type HistoryTable = 'markets' | 'candles' | 'trades'
export type HistoryRow = Readonly<Record<string, string | number | boolean | null>>

const KEYS: Readonly<Record<HistoryTable, readonly string[]>> = {
  markets: ['market_ticker'],
  candles: ['market_ticker', 'interval_minutes', 'end_time'],
  trades: ['trade_id'],
}
const ROWS_PER_STATEMENT = 5_000
const timestamps = new TimestampText()

/**
 * Rows of the past by their key: what was there is replaced, so doing it twice is doing it once. Columns
 * that end in `_time` are microseconds since 1970.
 */
export async function upsertHistory(
  db: Queryable,
  table: HistoryTable,
  rows: readonly HistoryRow[],
): Promise<void> {
  const [first] = rows
  if (!first) return
  const name = `kalshi.history_${table}`
  const columns = Object.keys(first).map((column) => `"${column}"`)
  const keys = KEYS[table].map((column) => `"${column}"`)
  const updates = columns.filter((column) => !keys.includes(column))
  const sql = `INSERT INTO ${name} (${columns.join(', ')})
    SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::${name}, $1::jsonb)
    ON CONFLICT (${keys.join(', ')}) DO UPDATE
    SET ${updates.map((column) => `${column} = EXCLUDED.${column}`).join(', ')}`
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const chunk = rows.slice(from, from + ROWS_PER_STATEMENT).map(withTimes)
    await db.query(sql, [JSON.stringify(chunk)])
  }
}

const withTimes = (row: HistoryRow): HistoryRow =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      column.endsWith('_time') && typeof value === 'number' ? timestamps.render(value) : value,
    ]),
  )
