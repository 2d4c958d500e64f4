import { createReadStream } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import type { TopOfBookResult, VenueSource } from '@kwm/sim'
import { BtcRecordingReader, TopOfBookRecordingReader, atEvenPace, syntheticDay } from '@kwm/sim'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import type { Config } from './config.ts'
import { RecordingError } from './errors.ts'

type Log = { warn(fields: object, message: string): void }
type SourceConfig = Pick<Config, 'VENUE_SIM_SOURCE' | 'VENUE_SIM_FILE' | 'VENUE_SIM_SEED'> &
  Partial<Pick<Config, 'VENUE_SIM_EVENTS_PER_SECOND'>>

export async function loadSource(config: SourceConfig, log: Log): Promise<VenueSource> {
  const source = await load(config, log)
  const rate = config.VENUE_SIM_EVENTS_PER_SECOND
  return rate === undefined ? source : atEvenPace(source, rate)
}

async function load(config: SourceConfig, log: Log): Promise<VenueSource> {
  const file = config.VENUE_SIM_FILE
  if (config.VENUE_SIM_SOURCE === 'synthetic' || file === undefined) {
    return syntheticDay({ seed: config.VENUE_SIM_SEED }).source
  }
  const source = await loadRecording(file, log)
  if (source.markets.length === 0) {
    const reasons = JSON.stringify(source.skipped())
    throw new RecordingError(`${file} holds nothing to play; lines skipped: ${reasons}`)
  }
  return source
}

/** By its name: frames (`.ndjson`) or best prices (`.csv`), gzipped or not. */
export async function loadRecording(file: string, log: Log): Promise<VenueSource> {
  const name = basename(file)
  if (/\.ndjson(\.gz)?$/.test(name)) {
    const reader = new BtcRecordingReader()
    await eachLine(file, (line) => reader.push(line))
    const csv = join(dirname(file), 'markets.csv')
    return reader.source(name, (await exists(csv)) ? await readFile(csv, 'utf8') : '')
  }
  if (/\.csv(\.gz)?$/.test(name)) {
    const reader = new TopOfBookRecordingReader()
    await eachLine(file, (line) => reader.push(line))
    return reader.source(name, await readResults(join(dirname(file), 'results.parquet'), log))
  }
  throw new RecordingError(`${file}: a recording ends in .ndjson, .csv or .gz of these`)
}

async function eachLine(file: string, visit: (line: string) => void): Promise<void> {
  try {
    const unzip = file.endsWith('.gz') ? createGunzip() : new PassThrough()
    await pipeline(createReadStream(file), unzip, async (chunks: AsyncIterable<Buffer>) => {
      const decoder = new StringDecoder('utf8')
      let rest = ''
      for await (const chunk of chunks) {
        const lines = (rest + decoder.write(chunk)).split(/\r?\n/)
        rest = lines.pop() ?? ''
        for (const line of lines) visit(line)
      }
      visit(rest + decoder.end())
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new RecordingError(`cannot read ${file}: ${reason}`, { cause })
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** Without results the markets are played all the same; they are then never determined. */
async function readResults(file: string, log: Log): Promise<TopOfBookResult[]> {
  if (!(await exists(file))) return []
  try {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) })
    return rows.flatMap((row) => resultOf(row) ?? [])
  } catch (error) {
    log.warn({ err: error, file }, 'results not readable: played without')
    return []
  }
}

function resultOf(row: Readonly<Record<string, unknown>>): TopOfBookResult | undefined {
  const { ticker, outcome, observed_high_F: high } = row
  if (typeof ticker !== 'string') return undefined
  return {
    ticker,
    result: outcome === 1n || outcome === 1 ? 'yes' : outcome === 0n || outcome === 0 ? 'no' : null,
    officialHighF: typeof high === 'number' ? high : null,
    openTimeUs: timeUs(row['market_open_time']),
    closeTimeUs: timeUs(row['market_close_time']),
  }
}

const timeUs = (value: unknown): number | null =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? value.getTime() * 1_000 : null
