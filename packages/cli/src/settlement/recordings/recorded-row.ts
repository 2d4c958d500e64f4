import type { SettlementResult } from '@kwm/model-venue'
import { OperatingError } from '@kwm/runtime'

/** A line of JSON or a row of a table: what a name holds is not to be trusted. */
export type RecordedRow = Readonly<Record<string, unknown>>

export class RecordingError extends OperatingError {
  override readonly name = 'RecordingError'
  readonly code = 'SETTLEMENT_RECORDING'
}

export const textOf = (row: RecordedRow, name: string): string | null => {
  const value = row[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** Numbers, and numbers in quotes: the venue writes `"73.00"`. */
export const numberOf = (row: RecordedRow, name: string): number | null => {
  const value = row[name]
  if (typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export const rowOf = (row: RecordedRow, name: string): RecordedRow | null => {
  const value = row[name]
  return isRow(value) ? value : null
}

export const rowsOf = (row: RecordedRow, name: string): readonly RecordedRow[] => {
  const value = row[name]
  return Array.isArray(value) ? value.filter(isRow) : []
}

export const resultOf = (value: unknown): SettlementResult | null =>
  value === 'yes' || value === 'no' || value === 'scalar' ? value : null

export const isRow = (value: unknown): value is RecordedRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A table that lacks a column is another table: nothing of it is read. */
export function requireColumns(
  file: string,
  rows: readonly RecordedRow[],
  columns: readonly string[],
): void {
  const [first] = rows
  if (!first) throw new RecordingError(`${file}: no rows`)
  const missing = columns.filter((name) => !(name in first))
  if (missing.length === 0) return
  throw new RecordingError(`${file}: no column ${missing.join(', ')}; is it that recording?`)
}
