import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Platform } from '@kwm/backtest'
import { eagerConfigs, randomMarket } from '@kwm/backtest/testing'
import type { TapeRecord } from '@kwm/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chainOf } from '../src/tape/causation.ts'
import { ServiceReplay } from '../src/tape/replay-service.ts'
import { readTapeFile, writeTapeFile } from '../src/tape/tape-file.ts'
import { TapeTally } from '../src/tape/tape-tally.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kwm-tape-'))
})
afterAll(() => rm(dir, { recursive: true }))

const market = (): readonly TapeRecord[] => {
  const platform = new Platform('test', eagerConfigs)
  for (const event of randomMarket(3, 150)) platform.push(event)
  return platform.tape.records
}

test('a tape comes back from its file to the byte', async () => {
  const file = join(dir, 'a.ndjson.gz')
  const records = [
    ...market(),
    { seq: 9_999, subject: 's', id: 'é', inputSeq: 1, storedTimeUs: 5, body: '"a\\n\u2028"' },
  ]
  await writeTapeFile(file, { shard: 'test', isSynthetic: true }, records)
  const { header, records: read } = await readTapeFile(file)
  const back: TapeRecord[] = []
  for await (const record of read) back.push(record)
  expect(header).toEqual({ format: 'kwm-tape', v: 1, shard: 'test', isSynthetic: true })
  expect(back).toEqual(records)
})

test('a broken line is named by its number', async () => {
  const file = join(dir, 'b.ndjson')
  await writeFile(file, '{"format":"kwm-tape","v":1,"shard":"x","isSynthetic":false}\n[1,2]\n')
  const { records } = await readTapeFile(file)
  await expect(
    (async () => {
      for await (const record of records) expect(record).toBeUndefined()
    })(),
  ).rejects.toThrow(`${file}:2: a record is`)
})

test('a replay finds nothing on the true tape, and the first field that was changed', () => {
  const records = market()
  const run = (tape: readonly TapeRecord[]) => {
    const plan = { machines: ['signals'] as const, configs: eagerConfigs, isRecorded: true }
    const replay = new ServiceReplay('signals', plan, 'test')
    for (const record of tape) replay.take(record)
    return replay.result()
  }
  expect(run(records).difference).toBeNull()
  expect(run(records).outputs).toBeGreaterThan(10)
  const at = records.findIndex((record) => record.id.startsWith('signals-'))
  const body = records[at]!.body.replace('"strategy":"leader-follower"', '"strategy":"other"')
  const { difference } = run(records.with(at, { ...records[at]!, body }))
  expect(difference?.index).toBe(0)
  expect(difference?.cause).toContain('data.strategy was "other" live and is "leader-follower"')
})

test('the tally counts orders and fills, and an order is followed back to its frame', () => {
  const records = market()
  const tally = new TapeTally()
  for (const record of records) tally.add(record)
  const { intents, approved, denied, orders, opportunities } = tally.result()
  expect(intents).toBe(approved + denied)
  expect(orders).toBe(approved)
  expect(opportunities).toBeGreaterThan(intents)
  const order = records.find((record) => record.subject.includes('exec.order-submitted'))!
  const { clientOrderId } = (JSON.parse(order.body) as { data: { clientOrderId: string } }).data
  const chain = chainOf(records, clientOrderId)!
  expect(chain.links.map(({ event }) => event.type)).toContain('feature.ladder-frame.v1')
  expect(chain.root).toMatch(/^frame-/)
})
