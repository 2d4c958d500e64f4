import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readParquet, writeParquet, type Column } from '../src/index.ts'

const columns: Column[] = [
  { name: 'ticker', type: 'text' },
  { name: 'price_bps', type: 'integer' },
  { name: 'share', type: 'double' },
  { name: 'is_block', type: 'boolean' },
  { name: 'event_time', type: 'timeUs' },
]
const row = (ticker: string) => ({
  ...{ ticker, price_bps: 4_200, share: 0.25, is_block: true, event_time: 1_795_000_000_123_456 },
})

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kwm-parquet-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test('what is written is read back, to the microsecond; nothing is left beside it', async () => {
  const file = join(dir, "it's", 'a.parquet')
  const empty = { ticker: 'B', price_bps: null, share: null, is_block: null, event_time: null }
  await writeParquet(file, columns, [row('A'), empty])
  expect(await readParquet(file, ['ticker'])).toEqual([row('A'), empty])
  expect(await readdir(join(dir, "it's"))).toEqual(['a.parquet'])
})

test('a file is replaced as a whole; several are read as one', async () => {
  const [a, b] = [join(dir, 'a.parquet'), join(dir, 'b.parquet')]
  await writeParquet(a, columns, [row('old'), row('older')])
  await writeParquet(a, columns, [row('A')])
  await writeParquet(b, columns, [])
  expect(await readParquet([a, b])).toEqual([row('A')])
  expect(await readParquet([])).toEqual([])
})

test('a number that is no integer is refused, and the old file stays', async () => {
  const file = join(dir, 'a.parquet')
  await writeParquet(file, columns, [row('A')])
  const bad = { ...row('B'), price_bps: 0.5 }
  await expect(writeParquet(file, columns, [bad])).rejects.toThrow('price_bps: 0.5')
  expect(await readParquet(file)).toEqual([row('A')])
  expect(await readdir(dir)).toEqual(['a.parquet'])
})
