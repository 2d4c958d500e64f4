import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tapeSubject } from '@kwm/contracts'
import { climateDateOf, climateDay, stationOfIcao, tenthsCOfWholeF } from '@kwm/model-weather'
import type { TapeRecord } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeTapeFile } from '../src/tape/tape-file.ts'
import { readFitInputs } from '../src/weather/fit-inputs.ts'
import type { ModelArtefact } from '../src/weather/model-artefact.ts'

const MAIN = join(import.meta.dirname, '../dist/main.js')
const OFFSET = -300
const HOUR_US = 3_600_000_000
const DAY_US = 24 * HOUR_US
const START_US = climateDay('2025-05-01', OFFSET).startUs
const DAYS = 25

let dir: string
let out: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kwm-fit-'))
  out = join(dir, 'models')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

function fit(...args: readonly string[]): Promise<Run> {
  const common = ['weather', 'fit', '--data', dir, '--out', out]
  const child = spawn(process.execPath, [MAIN, ...common, ...args], { env: {} })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, stdout, stderr })))
}

const forecastF = (timeUs: number): number =>
  60 + 12 * Math.sin(((timeUs - START_US) / DAY_US - 0.35) * 2 * Math.PI)

/** A record of the archive: local standard time, its own length, the report with its T group. */
function record(timeUs: number, tempF: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const local = new Date((timeUs + OFFSET * 60_000_000) / 1_000)
  const utc = new Date(timeUs / 1_000)
  const [month, day] = [two(local.getUTCMonth() + 1), two(local.getUTCDate())]
  const [hour, minute] = [two(local.getUTCHours()), two(local.getUTCMinutes())]
  const tenths = tenthsCOfWholeF(tempF)
  const sign = tenths < 0 ? 1 : 0
  const group = `T${sign}${String(Math.abs(tenths)).padStart(3, '0')}0050`
  const stamp = `${two(utc.getUTCDate())}${two(utc.getUTCHours())}${two(utc.getUTCMinutes())}Z`
  const body = `${Math.round(tenths / 10)}/05`
  const text = `${month}/${day}/25 ${hour}:${minute}:31  5-MIN KNYC ${stamp} AUTO 00000KT 10SM CLR ${body} A2990 RMK AO2 ${group}`
  const length = String(text.length).padStart(3, '0')
  return `94728KNYC NYC2025${month}${day}${hour}${minute}${length}${text}`
}

/** Readings two degrees above every forecast and wandering, in the archive's form; official highs. */
async function putWeather(days: number): Promise<void> {
  const prng = new Prng('weather-fit')
  let u = 0
  const lines: string[] = []
  const highs = ['ticker,date,nws_high']
  for (let d = 0; d < days; d++) {
    let highF = -Infinity
    for (let k = 0; k < 288; k++) {
      const timeUs = START_US + d * DAY_US + k * 300_000_000
      u = 0.96 * u + 0.28 * prng.nextNormal()
      const tempF = Math.round(forecastF(timeUs) + 2 + 1.5 * u)
      highF = Math.max(highF, tempF)
      lines.push(record(timeUs, tempF))
    }
    highs.push(`KXHIGHNY,${climateDateOf(START_US + d * DAY_US, OFFSET)},${highF}.0`)
  }
  await mkdir(join(dir, 'weather'), { recursive: true })
  await mkdir(join(dir, 'labels'), { recursive: true })
  await writeFile(join(dir, 'weather/asos5_KNYC_made.dat.gz'), gzipSync(lines.join('\n')))
  await writeFile(join(dir, 'labels/nws_daily_high_made.csv'), highs.join('\n'))
}

/** Forecasts every six hours, received an hour later, as they stand on a tape. */
async function putTape(name: string, source: string, stationId = 'KNYC'): Promise<string> {
  const records: TapeRecord[] = []
  for (let h = 0; h < DAYS * 24; h += 6) {
    const issueTimeUs = START_US + h * HOUR_US
    const validTimesUs = Array.from({ length: 31 }, (_, k) => issueTimeUs + k * HOUR_US)
    const id = `${source}-${h}`
    const ingestTimeUs = issueTimeUs + HOUR_US
    const body = JSON.stringify({
      ...{ type: 'wx.forecast.v1', id, causationId: 'c', eventTimeUs: issueTimeUs, ingestTimeUs },
      data: {
        ...{ stationId, source, issueTimeUs, basisDate: null, validTimesUs },
        tempsF: validTimesUs.map(forecastF),
      },
    })
    const subject = tapeSubject('test', 'wx.forecast.v1', stationId)
    records.push({ seq: h + 1, storedTimeUs: ingestTimeUs, inputSeq: 0, subject, id, body })
  }
  const file = join(dir, name)
  await writeTapeFile(file, { shard: 'test', isSynthetic: true }, records)
  return file
}

async function model(): Promise<ModelArtefact> {
  const name = (await readdir(out)).find((file) => file.endsWith('.json'))!
  return JSON.parse(await readFile(join(out, name), 'utf8')) as ModelArtefact
}

test('from files to a model: the bias that was made, on days it had not seen, and all that went in', async () => {
  await putWeather(DAYS)
  const tape = await putTape('forecasts.ndjson.gz', 'made')
  const first = await fit('--station', 'KXHIGHNY', '--forecasts', tape)
  expect(first).toMatchObject({ code: 0 })
  const artefact = await model()
  expect(artefact).toMatchObject({
    ...{ format: 'kwm-weather-model', v: 2, stationId: 'KNYC', forecastSource: 'made' },
    span: { from: '2025-05-01', to: '2025-05-25', days: DAYS },
    fit: { residual: { provenance: 'fitted' }, excess: { provenance: 'fitted' }, leftOut: [] },
  })
  const { model: fitted, counts } = artefact.fit.residual
  const learnt = fitted.biasF.flat().filter((_, at) => counts.flat()[at]! > 250)
  expect(learnt.length).toBeGreaterThan(15)
  for (const bias of learnt) expect(Math.abs(bias - 2)).toBeLessThan(1)
  expect(artefact.inputs.map(({ file }) => file)).toEqual([
    ...['asos5_KNYC_made.dat.gz', 'nws_daily_high_made.csv', 'forecasts.ndjson.gz'],
  ])
  // Four days after the first fit, six hours each.
  expect(artefact.evaluation!.all.count).toBe(24)
  expect(artefact.evaluation!.byHour.map(({ count }) => count)).toEqual([4, 4, 4, 4, 4, 4])
  const page = await readFile(join(out, `${artefact.version}.html`), 'utf8')
  expect(page).toContain('<svg')
  expect(page).not.toMatch(/<script|<link|https?:/)

  const bytes = await readFile(join(out, `${artefact.version}.json`))
  expect(await fit('--station', 'KNYC', '--forecasts', tape)).toMatchObject({ code: 0 })
  expect(await readFile(join(out, `${artefact.version}.json`))).toEqual(bytes)
})

test('without forecasts the residual stays the default and says why', async () => {
  await putWeather(6)
  expect(await fit('--station', 'CLINYC')).toMatchObject({ code: 0 })
  expect((await model()).fit).toMatchObject({
    residual: {
      provenance: 'default',
      reason: '0 days with both readings and forecasts, 20 are needed',
    },
    excess: { provenance: 'fitted', days: 6 },
  })
})

test('too little of everything writes nothing', async () => {
  await putWeather(3)
  const { code, stdout, stderr } = await fit('--station', 'KNYC')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('3 complete days with an official high, 5 are needed')
  expect((await readdir(dir)).includes('models')).toBe(false)
})

test('what cannot be right is refused: another station, two sources, none of that name', async () => {
  await putWeather(1)
  const tapes = [await putTape('a.ndjson.gz', 'one'), await putTape('b.ndjson.gz', 'two')]
  const station = stationOfIcao('KNYC')!
  const read = (source?: string) => readFitInputs(station, dir, tapes, { source })
  await expect(read()).rejects.toThrow('--source: which of one, two?')
  await expect(read('three')).rejects.toThrow('no forecast of three; there are one, two')
  expect((await read('two')).forecastSource).toBe('two')
  const elsewhere = await fit('--station', 'KORD')
  expect(elsewhere.code).toBe(2)
  expect(elsewhere.stderr).toContain('nothing settles on "KORD"')
})
