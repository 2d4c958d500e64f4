import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tapeSubject, type AnyEvent } from '@kwm/contracts'
import type { TapeRecord } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { addTrainCommand } from '../src/commands/train.ts'
import { writeTapeFile } from '../src/tape/tape-file.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kwm-intensities-'))
})
afterAll(() => rm(dir, { recursive: true }))
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function kwm(...args: string[]): Promise<{ out: string; code: unknown }> {
  let out = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))))
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  const program = new Command().exitOverride()
  addTrainCommand(program)
  await program.parseAsync(args, { from: 'user' })
  return { out, code: process.exitCode }
}

const START_US = Date.UTC(2026, 10, 16) * 1_000

/** Some hours of each day, in which nobody's trade has to do with another's. */
function* events(days: number): Generator<AnyEvent> {
  const prng = new Prng('trades')
  let count = 0
  const envelope = (type: string, eventTimeUs: number, data: object) => {
    const times = { eventTimeUs, ingestTimeUs: eventTimeUs }
    return { type, id: `e${++count}`, causationId: 'x', ...times, data } as AnyEvent
  }
  for (let d = 0; d < days; d++) {
    const fromUs = START_US + d * 86_400e6
    const event = `KXHIGHNY-26NOV${16 + d}`
    for (const floorStrike of [50, 52]) {
      yield envelope('md.market-listed.v1', fromUs, {
        ...{ marketTicker: `${event}-B${floorStrike}.5`, eventTicker: event, title: '' },
        ...{ seriesTicker: 'KXHIGHNY', strikeType: 'between', floorStrike },
        ...{ capStrike: floorStrike + 1, openTimeUs: fromUs, closeTimeUs: fromUs + 86_400e6 },
        ...{ status: 'active', exchangeIndex: 0, feeType: 'quadratic', feeMultiplierMilli: 1_000 },
        ...{ priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }], rulesPrimary: '' },
        ...{ isTradable: true, untradableReason: null, isSynthetic: true },
      })
    }
    for (let second = 0; second <= 20_000; second += 50) {
      const timeUs = fromUs + second * 1e6
      yield envelope('ops.tick.v1', timeUs, { second: timeUs / 1e6, source: 'tape' })
      if (prng.nextFloat() > 0.8) continue
      yield envelope('md.trade.v1', timeUs + prng.nextInt(50_000_000), {
        ...{
          marketTicker: `${event}-B${prng.nextFloat() < 0.5 ? 50 : 52}.5`,
          tradeId: `t${count}`,
        },
        ...{ yesPriceBps: 4_000, countCenti: 100, isBlock: false },
        takerSide: prng.nextFloat() < 0.5 ? 'yes' : 'no',
      })
    }
  }
}

async function tape(name: string, days: number): Promise<string> {
  const records: TapeRecord[] = [...events(days)].map((event, i) => ({
    ...{ seq: i + 1, storedTimeUs: event.eventTimeUs, inputSeq: 0, id: event.id },
    ...{ subject: tapeSubject('test', event.type, 'all'), body: JSON.stringify(event) },
  }))
  const file = join(dir, name)
  await writeTapeFile(file, { shard: 'test', isSynthetic: true }, records)
  return file
}

test('train intensities writes what features reads, and says what it found', async () => {
  const out = join(dir, 'models')
  const run = await kwm('train', 'intensities', await tape('days.ndjson.gz', 3), '--out', out)
  expect(run.out).toMatch(/KXHIGHNY: \d+ events fitted and \d+ judged of 3 days, branching 0\.0\d/)
  expect(run.out).toContain('accepted: stands on the last day')
  expect(run.code).toBe(0)
  const [name] = await readdir(out)
  const artefact = JSON.parse(await readFile(join(out, name!), 'utf8'))
  expect(artefact).toMatchObject({ format: 'kwm-intensities', v: 1 })
  expect(name).toBe(`${artefact.version}.json`)
  expect(artefact.series[0].profile.factors).toHaveLength(24)
})

test('one day writes nothing, says why and exits with 1', async () => {
  const out = join(dir, 'nothing')
  const file = await tape('day.ndjson.gz', 1)
  const run = await kwm('train', 'intensities', file, '--out', out, '--json')
  expect(JSON.parse(run.out)).toMatchObject([{ series: 'KXHIGHNY', isAccepted: false }])
  expect(run.code).toBe(1)
  await expect(readdir(out)).rejects.toThrow('ENOENT')
})
