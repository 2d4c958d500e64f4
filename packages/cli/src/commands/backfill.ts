import { join, resolve } from 'node:path'
import {
  BASIC_LIMITS,
  KalshiAccount,
  KalshiHistory,
  KalshiRest,
  KalshiTransport,
  RateBudget,
  loadPrivateKey,
  type BudgetLimits,
  type CandleInterval,
} from '@kwm/adapter-kalshi'
import { migrate, openSession, type HistoryTable } from '@kwm/adapter-pg'
import { OperatingError, systemClock } from '@kwm/runtime'
import { Argument, Option, type Command } from 'commander'
import { backfill, type BackfillResult } from '../backfill/backfill.ts'
import { startProgress } from '../demo/progress.ts'
import { findStack, stateDir } from '../stack/run-dir.ts'
import { interruption, say } from '../terminal.ts'

type Options = {
  readonly series: string
  readonly days: string
  readonly to?: string
  readonly interval: '1' | '60' | '1440'
  readonly out?: string
  readonly databaseUrl?: string
  readonly restUrl: string
  readonly tokensPerSecond?: string
  readonly refresh?: boolean
  readonly json?: boolean
}

const DAY_US = 86_400_000_000

class BackfillOptionError extends OperatingError {
  override readonly name = 'BackfillOptionError'
  readonly code = 'BACKFILL_OPTION'
}

/** The API key, where the environment names one. */
export type KeyEnvironment = {
  readonly KALSHI_KEY_ID?: string | undefined
  readonly KALSHI_PRIVATE_KEY_FILE?: string | undefined
}

export function addBackfillCommand(program: Command, key: KeyEnvironment): void {
  program
    .command('backfill')
    .description(
      'download the past of Kalshi’s markets: Parquet files, and PostgreSQL where one is',
    )
    .addArgument(new Argument('<what>').choices(['markets', 'candles', 'trades']))
    .requiredOption('--series <tickers>', 'with commas: KXHIGHNY,KXHIGHCHI')
    .option('--days <n>', 'markets that close within so many days before --to', '30')
    .option('--to <date>', 'YYYY-MM-DD, in UTC; today when not given')
    .addOption(
      new Option('--interval <minutes>', 'of candles').choices(['1', '60', '1440']).default('1'),
    )
    .option('--out <dir>', 'default: .kwm/history')
    .option('--database-url <url>', 'default: that of the running stack, if one is up')
    .option('--rest-url <url>', 'of the venue', 'https://external-api.kalshi.com/trade-api/v2')
    .option('--tokens-per-second <n>', 'read tokens of your tier; the account is asked with a key')
    .option('--refresh', 'ask again for what is done and final')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', HELP)
    .action((kind: HistoryTable, options: Options) => run(kind, options, key))
}

const HELP = `
A key (KALSHI_KEY_ID and KALSHI_PRIVATE_KEY_FILE in the environment) raises the budget to that of your
tier. Stopped at any point, the same command goes on where it was.`

async function run(kind: HistoryTable, options: Options, key: KeyEnvironment): Promise<void> {
  const signal = interruption()
  const clock = systemClock
  const spent = { requests: 0, waitedSeconds: 0 }
  const budget = new RateBudget({ clock, limits: limitsOf(options) })
  const credentials = await credentialsOf(key)
  const transport = new KalshiTransport({
    baseUrl: options.restUrl,
    clock,
    budget,
    ...(credentials && { credentials }),
    observer: { request: () => void spent.requests++ },
  })
  if (credentials) say(`tier ${await new KalshiAccount(transport).configure(budget)}`)
  const venue = { rest: new KalshiRest(transport), history: new KalshiHistory(transport), clock }
  const url = options.databaseUrl ?? (await findStack())?.databaseUrl ?? undefined
  if (url !== undefined) await migrate({ url })
  const database = url === undefined ? undefined : await openSession({ url })
  const startedMs = performance.now()
  const elapsed = (): number => (performance.now() - startedMs) / 1_000
  const progress = startProgress()
  try {
    const result = await backfill(venue, {
      kind,
      series: seriesOf(options),
      range: rangeOf(options),
      interval: Number(options.interval) as CandleInterval,
      outDir: resolve(options.out ?? join(stateDir(), 'history')),
      isRefresh: options.refresh === true,
      database,
      signal,
      onProgress: ({ items, done, rows }) => {
        const left = done > 0 ? ((items - done) / done) * elapsed() : NaN
        const eta = Number.isFinite(left) ? `, ${Math.ceil(left)} s left` : ''
        const rate = (spent.requests / Math.max(0.001, elapsed())).toFixed(1)
        progress.update(
          items === 0 ? 1 : done / items,
          `${done}/${items}, ${rows.toLocaleString('en-US')} rows, ${rate} requests/s${eta}`,
        )
      },
    })
    progress.stop()
    tell(
      result,
      { kind, seconds: elapsed(), requests: spent.requests, isDatabase: !!database },
      options,
    )
  } finally {
    await database?.close()
  }
}

type Facts = {
  readonly kind: HistoryTable
  readonly seconds: number
  readonly requests: number
  readonly isDatabase: boolean
}

function tell(result: BackfillResult, facts: Facts, { json }: Options): void {
  const { items, rows, skipped, failed } = result
  if (json) process.stdout.write(`${JSON.stringify({ ...facts, ...result })}\n`)
  else {
    say(`\n  ${facts.kind}     ${rows.toLocaleString('en-US')} rows of ${items} items`)
    say(`  unchanged   ${skipped} items are final and were not asked for (--refresh does)`)
    say(`  requests    ${facts.requests} in ${facts.seconds.toFixed(1)} s`)
    say(`  stored in   Parquet${facts.isDatabase ? ' and PostgreSQL (kalshi.history_*)' : ''}`)
    for (const { key, reason } of failed.slice(0, 5)) say(`  failed      ${key}: ${reason}`)
  }
  if (failed.length === 0) return
  say(`  ${failed.length} items failed (failed.ndjson): run the same command again for them`)
  process.exitCode = 1
}

function seriesOf({ series }: Options): readonly string[] {
  const tickers = series.split(',').map((ticker) => ticker.trim().toUpperCase())
  const bad = tickers.find((ticker) => !/^[A-Z0-9.-]{1,64}$/.test(ticker))
  if (bad === undefined) return tickers
  throw new BackfillOptionError(`--series: ${JSON.stringify(bad)} is no ticker of a series`)
}

function rangeOf({ days, to }: Options): { fromUs: number; toUs: number } {
  const count = Number(days)
  if (!Number.isInteger(count) || count < 1 || count > 5_000) {
    throw new BackfillOptionError(`--days: ${days} is not a number of days from 1 to 5000`)
  }
  const todayUs = Math.floor(systemClock.nowUs() / DAY_US) * DAY_US
  const endUs = to === undefined ? todayUs : Date.parse(`${to}T00:00:00Z`) * 1_000
  if (!Number.isFinite(endUs))
    throw new BackfillOptionError(`--to: ${to} is not a date, YYYY-MM-DD`)
  return { fromUs: endUs + DAY_US - count * DAY_US, toUs: endUs + DAY_US }
}

function limitsOf({ tokensPerSecond }: Options): BudgetLimits {
  if (tokensPerSecond === undefined) return BASIC_LIMITS
  const rate = Number(tokensPerSecond)
  if (!(rate >= 10 && rate <= 100_000)) {
    throw new BackfillOptionError(
      `--tokens-per-second: ${tokensPerSecond} is not from 10 to 100000`,
    )
  }
  return { ...BASIC_LIMITS, read: { refillPerSecond: rate, capacity: rate } }
}

async function credentialsOf({
  KALSHI_KEY_ID: keyId,
  KALSHI_PRIVATE_KEY_FILE: file,
}: KeyEnvironment) {
  if (keyId === undefined && file === undefined) return undefined
  if (keyId === undefined || file === undefined) {
    throw new BackfillOptionError('set both KALSHI_KEY_ID and KALSHI_PRIVATE_KEY_FILE, or neither')
  }
  return { keyId, privateKey: (await loadPrivateKey(file)).privateKey }
}
