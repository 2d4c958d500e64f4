import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tapeSubject, type AnyEvent } from '@kwm/contracts'
import { PooledForecaster } from '@kwm/model-forecast'
import type { TapeRecord } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { addCalibrateCommand } from '../src/commands/calibrate.ts'
import { addTrainCommand } from '../src/commands/train.ts'
import { writeTapeFile } from '../src/tape/tape-file.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kwm-models-'))
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
  addCalibrateCommand(program)
  await program.parseAsync(args, { from: 'user' })
  return { out, code: process.exitCode }
}

const DAY_US = 86_400_000_000
const START_US = Date.UTC(2026, 9, 1) * 1_000
const MONTHS = ['OCT', 'NOV', 'DEC']

/** Days of a market whose mids follow the flow half a minute later, and whose PMFs are too sharp. */
/** `isCalibrated`: as a pmf-model with an artefact would have said it. */
function* events(days: number, framesPerDay: number, isCalibrated = false): Generator<AnyEvent> {
  const prng = new Prng(9)
  for (let d = 0; d < days; d++) {
    // Months of thirty days do: only their order counts.
    const ofMonth = String(1 + (d % 30)).padStart(2, '0')
    const eventTicker = `KXHIGHNY-26${MONTHS[Math.floor(d / 30)]}${ofMonth}`
    const closeTimeUs = START_US + (d + 1) * DAY_US
    const envelope = (type: string, id: string, eventTimeUs: number, data: object) =>
      ({ type, id, causationId: 'x', eventTimeUs, ingestTimeUs: eventTimeUs, data }) as AnyEvent
    const mids = [0.3, 0.4, 0.3]
    for (let t = 0; t < framesPerDay; t++) {
      const timeUs = START_US + d * DAY_US + 50_000_000_000 + t * 30_000_000
      const flows = mids.map(() => 10 * prng.nextNormal())
      const rows = mids.map((mid, j) => rowOf(`${eventTicker}-B${j}`, mid, flows[j]!))
      yield envelope('feature.ladder-frame.v1', `features-${d}-${t}`, timeUs, {
        ...{ eventTicker, seriesTicker: 'KXHIGHNY', closeTimeUs, centres: [50, 52, 54], rows },
        ...{ isPartition: true, trigger: 'tick' },
      })
      for (const [j, flow] of flows.entries()) {
        const moved = mids[j]! + 0.001 * flow + 0.02 * prng.nextNormal()
        mids[j] = Math.min(0.9, Math.max(0.1, moved))
      }
    }
    const favourite = prng.nextInt(3)
    yield envelope('pmf.fused-pmf.v1', `pmf-model-${d}`, closeTimeUs - 6.5 * 3.6e9, {
      ...{ eventTicker, frameId: 'f', isFeasible: true, reason: 'market' },
      weights: { market: 1, weather: 0 },
      brackets: mids.map((mid, j) => {
        const rawP = j === favourite ? 0.98 : 0.01
        const p = j === favourite ? 0.6 : 0.2
        const said = isCalibrated ? { p, rawP } : { p: rawP }
        return { marketTicker: `${eventTicker}-B${j}`, sd: 0, mid, ...said }
      }),
      ...(isCalibrated && { calibration: 'calibration-1' }),
      ...{ mu: null, muVelocity: null, muVelocitySe: null, muAcceleration: null },
      ...{ muAccelerationSe: null, sumOfMids: null },
    })
    const winner = prng.nextFloat() < 0.6 ? favourite : (favourite + 1 + prng.nextInt(2)) % 3
    for (let j = 0; j < 3; j++) {
      yield envelope('md.market-status.v1', `status-${d}-${j}`, closeTimeUs, {
        ...{ marketTicker: `${eventTicker}-B${j}`, status: 'determined' },
        ...{ result: j === winner ? 'yes' : 'no', settlementValueBps: j === winner ? 10_000 : 0 },
      })
    }
  }
}

const rowOf = (marketTicker: string, mid: number, ofi5s: number) => ({
  ...{ marketTicker, quoteState: 'two', mid, ofi5s, fairMid: mid, fairVar: 1e-4, isActive: true },
  ...{ bidBps: Math.round(mid * 1e4) - 50, askBps: Math.round(mid * 1e4) + 50 },
  ...{ bidCenti: 100, askCenti: 100, microprice: mid, signedFlow30s: 0, volume10min: 0 },
  ...{ queueImbalance: 0, depthImbalance: 0, ofi60s: 0, velocity: null, velocitySe: null },
  ...{ acceleration: null, accelerationSe: null, ras: null, rasZ: null },
})

async function tape(
  name: string,
  days: number,
  framesPerDay = 60,
  isCalibrated = false,
): Promise<string> {
  const records: TapeRecord[] = [...events(days, framesPerDay, isCalibrated)].map((event, i) => ({
    seq: i + 1,
    storedTimeUs: event.eventTimeUs,
    inputSeq: 0,
    subject: tapeSubject('test', event.type, 'all'),
    id: event.id,
    body: JSON.stringify(event),
  }))
  const file = join(dir, name)
  await writeTapeFile(file, { shard: 'test', isSynthetic: true }, records)
  return file
}

test('train writes an artefact that loads, and a report that counts every trial', async () => {
  const file = await tape('train.ndjson.gz', 14)
  const out = join(dir, 'models')
  const days = ['--train-days', '6', '--test-days', '2', '--trials', '1']
  const run = await kwm('train', file, '--horizon', '30', '--every', '30', '--out', out, ...days)
  expect(run.out).toContain('accepted: better than no change')
  expect(run.code).toBe(0)
  const names = await readdir(out)
  const report = names.find((name) => name.endsWith('.report.json'))!
  const artefact = JSON.parse(await readFile(join(out, report.replace('.report', '')), 'utf8'))
  expect(PooledForecaster.load(artefact).artefact.horizonSeconds).toBe(30)
  const { trials, folds } = JSON.parse(await readFile(join(out, report), 'utf8'))
  expect(trials).toHaveLength(3 * folds.length)
})

test('too few days are refused in words, and so is an option that is no number', async () => {
  const file = await tape('short.ndjson.gz', 2)
  await expect(kwm('train', file, '--out', dir)).rejects.toThrow(
    '2 climate days of rows, 49 needed',
  )
  await expect(kwm('train', file, '--every', 'often')).rejects.toThrow(
    '--every often: a whole number',
  )
})

test('calibrate mends a forecaster that is too sure, and check says whether the maps hold', async () => {
  const early = await tape('early.ndjson.gz', 70, 3)
  const late = await tape('late.ndjson.gz', 90, 3)
  const out = join(dir, 'maps')
  const args = ['--leads', '6,48', '--train-days', '12', '--test-days', '4', '--out', out]
  const run = await kwm('calibrate', early, ...args)
  expect(run.out).toMatch(/KXHIGHNY 6 h: (platt|temperature|beta|isotonic) wins/)
  expect(run.out).not.toContain('48 h')
  const [name] = await readdir(out)
  const checked = await kwm('calibrate', 'check', join(out, name!), late, '--json')
  expect(JSON.parse(checked.out)).toMatchObject([
    { series: 'KXHIGHNY', leadHours: 6, days: 20, isDrifted: false },
  ])
  expect(checked.code).toBe(0)
  const calibrated = await tape('calibrated.ndjson.gz', 70, 3, true)
  const again = await kwm('calibrate', calibrated, ...args)
  expect(again.out).toBe(run.out)
  const broken = join(dir, 'broken.json')
  await writeFile(broken, '{}')
  await expect(kwm('calibrate', 'check', broken, late)).rejects.toThrow('not calibration maps')
})
