import { DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api'

/** Rows of Parquet files, integers as numbers, times as microseconds since 1970. `order`: columns. */
export async function readParquet(
  files: string | readonly string[],
  order: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const list = [files].flat().map((file) => `'${file.replaceAll("'", "''")}'`)
  if (list.length === 0) return []
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const by = order.length > 0 ? `ORDER BY ${order.map((name) => `"${name}"`).join(', ')}` : ''
    const sql = `SELECT * FROM read_parquet([${list.join(', ')}], union_by_name = true) ${by}`
    const reader = await connection.runAndReadAll(sql)
    return reader.getRowObjects().map(plain)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const plain = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof DuckDBTimestampTZValue) return Number(value.micros)
  return value
}
