export { readParquet } from './read-parquet.ts'
export { writeParquet } from './write-parquet.ts'
export type { Column, ColumnType, Row } from './write-parquet.ts'
