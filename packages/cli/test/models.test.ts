import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tapeSubject, type AnyEvent } from '@kwm/contracts'
import { PooledForecaster } from '@kwm/model-forecast'
import { defaultMachineConfigs } from '@kwm/machines'
import { calibrationOf, pmfMachine, type PmfCalibrationConfig } from '@kwm/model-pmf'
import type { TapeRecord } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
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

async function kwm(...args: string[]): Promise<{ out: string; said: string; code: unknown }> {
  let out = ''
  let said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest: unknown[]) => {
    out += String(text)
    const done = rest.find((one) => typeof one === 'function')
    done?.()
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((said += String(text))))
  process.exitCode = undefined
  const program = new Command().exitOverride()
  addTrainCommand(program)
  addCalibrateCommand(program)
  await program.parseAsync(args, { from: 'user' })
  return { out, said, code: process.exitCode }
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

const tape = (
  name: string,
  days: number,
  framesPerDay = 60,
  isCalibrated = false,
): Promise<string> => tapeOf(name, events(days, framesPerDay, isCalibrated))

async function tapeOf(name: string, all: Iterable<AnyEvent>): Promise<string> {
  const records: TapeRecord[] = [...all].map((event, i) => ({
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
  const page = await readFile(join(out, report.replace('.json', '.html')), 'utf8')
  expect(page).toContain('Accepted: better than no change')
  expect(page).toContain('<circle')
  const { trials, folds } = JSON.parse(await readFile(join(out, report), 'utf8'))
  expect(trials).toHaveLength(3 * folds.length)
})

test('a feature that no frame has is refused by its name', async () => {
  const file = await tape('typo.ndjson.gz', 8, 10)
  const args = ['--train-days', '3', '--test-days', '1', '--trials', '1', '--horizon', '30']
  await expect(
    kwm('train', file, '--out', dir, ...args, '--features', 'mid,ofi5ss'),
  ).rejects.toThrow('no frame on these tapes has ofi5ss')
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

/**
 * The same days as pmf-model saw and said them, running with `maps`: its own PMFs, half an hour
 * before the leads of 12 and 6 hours. They know nothing of the winner, however sure they are.
 */
function* modelDays(days: number, maps: PmfCalibrationConfig): Generator<AnyEvent> {
  const config = { ...defaultMachineConfigs['pmf-model'], calibration: maps }
  const state = pmfMachine.initial(config)
  const prng = new Prng(5)
  let favourite = 0
  for (const event of events(days, 3)) {
    if (event.type === 'pmf.fused-pmf.v1') continue
    if (event.type === 'feature.ladder-frame.v1') {
      const { eventTicker, closeTimeUs } = event.data
      const hours = event.id.endsWith('-0') ? 12.5 : 6.5
      const timeUs = closeTimeUs - hours * 3.6e9 + Number(event.id.split('-')[2]) * 30e6
      if (event.id.endsWith('-0')) favourite = prng.nextInt(3)
      const sharp = event.data.rows.map(({ marketTicker }, j) =>
        rowOf(marketTicker, j === favourite ? 0.88 : 0.06, 0),
      )
      const frame = { ...event, eventTimeUs: timeUs, ingestTimeUs: timeUs }
      const seen = { ...frame, data: { ...event.data, rows: sharp } } as typeof event
      yield seen
      const [fused] = pmfMachine.step(state, seen)
      yield {
        ...frame,
        id: `pmf-model-${event.id}`,
        type: fused!.type,
        data: fused!.data,
      } as AnyEvent
      if (!event.id.endsWith('-2')) continue
      const won = prng.nextInt(3)
      for (let j = 0; j < 3; j++) {
        const data = {
          ...{ marketTicker: `${eventTicker}-B${j}`, status: 'determined' },
          ...{ result: j === won ? 'yes' : 'no', settlementValueBps: j === won ? 10_000 : 0 },
        }
        const at = { eventTimeUs: closeTimeUs, ingestTimeUs: closeTimeUs, causationId: 'x' }
        yield { type: 'md.market-status.v1', id: `s-${event.id}-${j}`, ...at, data } as AnyEvent
      }
    }
  }
}

describe('calibrate refit', () => {
  const blocks = ['--leads', '12,6', '--train-days', '20', '--test-days', '4']
  const refit = (out: string, ...args: string[]) =>
    kwm('calibrate', 'refit', ...args, '--dir', out, ...blocks)
  const filesOf = async (out: string): Promise<Record<string, string>> => {
    const names = (await readdir(out)).toSorted()
    const texts = await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')))
    return Object.fromEntries(names.map((name, i) => [name, texts[i]!]))
  }

  test('puts maps in force once, says so to who wants to know, and changes nothing without news', async () => {
    const file = await tapeOf('raw56.ndjson.gz', modelDays(56, { version: 'identity' }))
    const out = join(dir, 'refit')
    const [mark, hook] = [join(dir, 'mark'), ['--on-change', `echo on >> '${join(dir, 'mark')}'`]]
    const first = await refit(out, file, '--if-due', ...hook)
    expect(first.out).toMatch(/KXHIGHNY, 6 h: \w+ is put in force \(no map yet\)/)
    expect(first.code).toBeUndefined()
    const files = await filesOf(out)
    const inForce = JSON.parse(files['calibration.json']!)
    expect(inForce.entries[0].method).not.toBe('none')
    expect(files[`${inForce.version}.json`]).toBe(files['calibration.json'])
    expect(calibrationOf(inForce).version).toBe(inForce.version)
    for (const again of [['--if-due'], []]) {
      const run = await refit(out, file, ...again, ...hook)
      expect(run.out).toContain('still in force')
      expect(run.code).toBeUndefined()
    }
    expect(await filesOf(out)).toEqual(files)
    expect(await readFile(mark, 'utf8')).toBe('on\n')
  })

  test('on tapes of a calibrated pmf-model fits what it would have fitted without its maps', async () => {
    const out = join(dir, 'refit')
    const maps = calibrationOf(JSON.parse(await readFile(join(out, 'calibration.json'), 'utf8')))
    const raw = await tapeOf('raw90.ndjson.gz', modelDays(90, { version: 'identity' }))
    const live = await tapeOf('live90.ndjson.gz', modelDays(90, maps))
    const results = []
    for (const [name, file] of Object.entries({ raw, live })) {
      const copy = join(dir, `refit-${name}`)
      await cp(out, copy, { recursive: true })
      results.push(JSON.parse((await refit(copy, file, '--if-due', '--json')).out))
    }
    expect(results[0].places).toMatchObject([{ leadHours: 6 }, { leadHours: 12 }])
    expect(results[0].places[0]).toMatchObject({ reason: 'month', trial: { days: 32 } })
    expect(results[1]).toEqual(results[0])
  })

  test('a month with too few days on the tapes, and a hook that fails, exit with 1', async () => {
    const out = join(dir, 'refit')
    const late = [...modelDays(90, { version: 'identity' })]
    const from = late.findIndex((event) => event.id.startsWith('features-76'))
    const short = await tapeOf('short90.ndjson.gz', late.slice(from))
    const run = await refit(out, short, '--if-due')
    expect(run.out).toContain('stays, too few days to fit (a month has passed)')
    expect(run.code).toBe(1)
    const file = join(dir, 'raw56.ndjson.gz')
    const failing = await refit(
      join(dir, 'fresh'),
      file,
      '--on-change',
      'echo no such unit; exit 3',
    )
    expect(failing.said).toContain('no such unit')
    expect(failing.said).toContain('--on-change failed')
    expect(failing.code).toBe(1)
  })
})

test('calibrate mends a forecaster that is too sure, and check says whether the maps hold', async () => {
  const early = await tape('early.ndjson.gz', 70, 3)
  const late = await tape('late.ndjson.gz', 90, 3)
  const out = join(dir, 'maps')
  const args = ['--leads', '6,48', '--train-days', '12', '--test-days', '4', '--out', out]
  const run = await kwm('calibrate', early, ...args)
  expect(run.out).toMatch(/KXHIGHNY, 6 h: (platt|temperature|beta|isotonic) wins/)
  expect(run.out).not.toContain('48 h')
  const names = await readdir(out)
  const name = names.find((one) => one.endsWith('.json'))
  expect(names).toContain(name!.replace('.json', '.html'))
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
