import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DuckDBInstance, DuckDBTimestampTZValue, type DuckDBAppender } from '@duckdb/node-api'
import { assert } from '@kwm/std'

export type ColumnType = 'text' | 'integer' | 'double' | 'boolean' | 'timeUs'
export type Column = { readonly name: string; readonly type: ColumnType }
/** By column name; null or absent is NULL. Times are microseconds since 1970. */
export type Row = Readonly<Record<string, string | number | boolean | null | undefined>>

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  timeUs: 'TIMESTAMPTZ',
}
const NAME = /^[a-z_][a-z0-9_]*$/i

/**
 * Write rows as one Parquet file (Zstandard), all or nothing: a file of that name is either the old
 * one or the new one, whenever the process dies. Directories are made.
 */
export async function writeParquet(
  file: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  assert(
    columns.every(({ name }) => NAME.test(name)),
    'column names are plain words',
  )
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${randomUUID()}.tmp`
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const sql = columns.map(({ name, type }) => `"${name}" ${SQL_TYPES[type]}`).join(', ')
    await connection.run(`CREATE TABLE rows (${sql})`)
    const appender = await connection.createAppender('rows')
    for (const row of rows) {
      for (const column of columns) append(appender, column, row[column.name])
      appender.endRow()
    }
    appender.closeSync()
    const target = temporary.replaceAll("'", "''")
    await connection.run(`COPY rows TO '${target}' (FORMAT PARQUET, COMPRESSION ZSTD)`)
    await flush(temporary)
    await rename(temporary, file)
  } finally {
    connection.closeSync()
    instance.closeSync()
    await rm(temporary, { force: true })
  }
}

function append(appender: DuckDBAppender, { name, type }: Column, value: Row[string]): void {
  if (value === null || value === undefined) return appender.appendNull()
  switch (type) {
    case 'text':
      return appender.appendVarchar(String(value))
    case 'integer':
      assert(Number.isSafeInteger(value), `${name}: ${String(value)} is no integer`)
      return appender.appendBigInt(BigInt(value))
    case 'double':
      return appender.appendDouble(Number(value))
    case 'boolean':
      return appender.appendBoolean(value === true)
    case 'timeUs':
      assert(Number.isSafeInteger(value), `${name}: ${String(value)} is no time`)
      return appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(value)))
  }
}

/** On the disk before it gets its name. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
