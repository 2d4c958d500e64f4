import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { findNatsServers } from '@kwm/adapter-nats/testing'
import { freePort } from '@kwm/runtime'
import type { Command } from 'commander'
import { runInProcess } from '../demo/in-process-demo.ts'
import { freshRunDir } from '../demo/run-dirs.ts'
import { startProgress } from '../demo/progress.ts'
import {
  recordedRows,
  seriesPlayed,
  takeTape,
  waitUntilQuiet,
  watchPlay,
  wireToIntent,
} from '../demo/services-demo.ts'
import { summaryTable, type DemoSummary } from '../demo/summary.ts'
import { checkRecording, loadVenueSource } from '../demo/venue-source.ts'
import { LocalStack } from '../stack/local-stack.ts'
import { stateDir } from '../stack/run-dir.ts'
import { writeTapeFile } from '../tape/tape-file.ts'
import { TapeTally, type Tally } from '../tape/tape-tally.ts'
import { say, untilInterrupted, interruption } from '../terminal.ts'

/** What every service inherits of our own environment. */
export type Environment = Readonly<Record<string, string>>

export type DemoOptions = {
  readonly tape?: string
  readonly summary?: string
  readonly keep?: boolean
  readonly json?: boolean
  readonly inProcess?: boolean
  readonly seed: string
  readonly speed?: string
  readonly port: string
}

const SHARD = 'demo'
/** A synthetic day of 18 hours, and a recorded one, in about as long as two cores want for it. */
const SPEED_SYNTHETIC = 600
const PLAY_SECONDS_RECORDED = 80

export function addDemoCommand(program: Command, env: Environment): void {
  program
    .command('demo')
    .description('play a compressed day through the whole platform, on paper')
    .option(
      '--tape <file>',
      'play a recording: WebSocket frames *.ndjson.gz or top-of-book *.csv.gz',
    )
    .option('--summary <file>', 'write the summary as JSON')
    .option('--keep', 'keep running afterwards, until Ctrl-C')
    .option('--json', 'print the summary as JSON')
    .option('--in-process', 'everything in this process, without any server')
    .option('--seed <text>', 'which synthetic day', '7')
    .option('--speed <factor>', 'how many times faster than the day')
    .option('--port <number>', 'of the dashboard (0: any that is free)', '8080')
    .action(async (options: DemoOptions) => {
      process.exitCode = await demo(options, env)
    })
}

async function demo(options: DemoOptions, env: Environment): Promise<number> {
  const startedMs = Date.now()
  const tape = options.tape ? resolve(options.tape) : undefined
  if (tape) checkRecording(tape)
  const dir = await freshRunDir(join(stateDir(), 'demo'), new Date(startedMs))
  const isServers = !options.inProcess && findNatsServers().length > 0
  if (!options.inProcess && !isServers) {
    say('No nats-server here (apt-get install nats-server, or name one in KWM_NATS_SERVER):')
    say('the demo runs in one process instead, with the same machines.')
  }
  const run = isServers ? demoWithServices : demoInProcess
  const { summary, tally } = await run({ ...options, env }, tape, dir, startedMs)
  if (options.summary) await writeFile(options.summary, `${JSON.stringify(summary, null, 2)}\n`)
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
  else process.stdout.write(`\n${summaryTable(summary, tally)}\n\n`)
  if (summary.isConserved) return 0
  say('The frames do not add up: see the conservation counts above.')
  return 1
}

type Outcome = { readonly summary: DemoSummary; readonly tally: Tally }

async function demoInProcess(
  options: DemoOptions,
  tape: string | undefined,
  dir: string,
  startedMs: number,
): Promise<Outcome> {
  const source = await loadVenueSource({ tape, seed: options.seed })
  say(`Playing ${source.name}${source.isSynthetic ? ' (SYNTHETIC)' : ''} in this process`)
  const progress = startProgress()
  const onProgress = (fraction: number): void => progress.update(fraction, source.name)
  const platform = await runInProcess({ source, shard: SHARD, onProgress })
  progress.stop()
  const file = join(dir, 'tape.ndjson.gz')
  const { records } = platform.tape
  await writeTapeFile(file, { shard: SHARD, isSynthetic: source.isSynthetic }, records)
  const counter = new TapeTally()
  for (const record of records) counter.add(record)
  const tally = counter.result()
  const summary: DemoSummary = {
    ...withoutReasons(tally),
    source: source.name,
    mode: 'in-process',
    wireToIntentUs: null,
    recordedRows: 0,
    seconds: (Date.now() - startedMs) / 1_000,
    tape: file,
  }
  return { summary, tally }
}

async function demoWithServices(
  options: DemoOptions & { readonly env: Environment },
  tape: string | undefined,
  dir: string,
  startedMs: number,
): Promise<Outcome> {
  const signal = interruption()
  const stack = await LocalStack.start({
    dir,
    shard: SHARD,
    gatewayPort: await dashboardPort(options.port),
    isDurable: false,
    venueEnv: await venueEnv(options, tape),
    env: options.env,
    say: (what) => say(`starting ${what}`),
  })
  try {
    say(`\n  Dashboard: ${stack.url('gateway')}\n`)
    await stack.startFeed({ KALSHI_SERIES: await seriesPlayed(stack) })
    const progress = startProgress()
    const source = await watchPlay(stack, progress, signal)
    progress.stop()
    await waitUntilQuiet(stack)
    const file = join(dir, 'tape.ndjson.gz')
    const tally = await takeTape(stack, file, !tape)
    const summary: DemoSummary = {
      ...withoutReasons(tally),
      source,
      mode: 'services',
      wireToIntentUs: await wireToIntent(stack),
      recordedRows: await recordedRows(stack),
      seconds: (Date.now() - startedMs) / 1_000,
      tape: file,
    }
    if (options.keep && !signal.aborted) {
      process.stdout.write(`\n${summaryTable(summary, tally)}\n`)
      say(`\nStill running; the dashboard is at ${stack.url('gateway')}. Ctrl-C ends it.`)
      await untilInterrupted(signal)
    }
    return { summary, tally }
  } finally {
    await stack.stop()
  }
}

/** What is asked for, or any free port when the usual one is taken. */
async function dashboardPort(wanted: string): Promise<number> {
  const port = Number(wanted)
  if (port === 0) return freePort()
  const server = createServer()
  const isFree = await new Promise<boolean>((settle) => {
    server.once('error', () => settle(false))
    server.listen(port, '127.0.0.1', () => server.close(() => settle(true)))
  })
  return isFree ? port : freePort()
}

async function venueEnv(
  options: DemoOptions,
  tape: string | undefined,
): Promise<Record<string, string>> {
  if (!tape) {
    const speed = options.speed ?? String(SPEED_SYNTHETIC)
    return { VENUE_SIM_SOURCE: 'synthetic', VENUE_SIM_SEED: options.seed, VENUE_SIM_SPEED: speed }
  }
  const speed = options.speed ?? String(await speedFor(tape))
  return { VENUE_SIM_SOURCE: 'file', VENUE_SIM_FILE: tape, VENUE_SIM_SPEED: speed }
}

/** As fast as it takes to be over in a minute. */
async function speedFor(tape: string): Promise<number> {
  const { startTimeUs, endTimeUs } = await loadVenueSource({ tape, seed: '' })
  return Math.max(1, Math.ceil((endTimeUs - startTimeUs) / 1e6 / PLAY_SECONDS_RECORDED))
}

const withoutReasons = ({
  denials: _denials,
  duplicates: _duplicates,
  noTrades: _noTrades,
  ...counts
}: Tally) => counts
