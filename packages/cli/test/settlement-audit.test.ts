import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { writeParquet, type Column, type Row } from '@kwm/adapter-parquet'
import { afterEach, beforeEach, expect, test } from 'vitest'

const MAIN = join(import.meta.dirname, '../dist/main.js')
const REPORT = "the National Weather Service's Daily Climate Report"

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kwm-settlement-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

function audit(...args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, 'settlement', 'audit', ...args], { env: {} })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, stdout, stderr })))
}

type Judged = { eventTicker: string; source: string; verdict: string; cause?: string }
async function judged(...args: readonly string[]): Promise<Judged[]> {
  const { stdout } = await audit('--data', dir, '--json', ...args)
  return (JSON.parse(stdout) as { events: Judged[] }).events
}
const of = (rows: readonly Judged[], event: string, source: string): Judged | undefined =>
  rows.find(({ eventTicker, source: s }) => eventTicker === event && s === source)

const MARKETS: Column[] = [
  { name: 'ticker', type: 'text' },
  { name: 'yes_sub_title', type: 'text' },
  { name: 'strike_type', type: 'text' },
  { name: 'floor_strike', type: 'double' },
  { name: 'cap_strike', type: 'double' },
  { name: 'result', type: 'text' },
  { name: 'expiration_value', type: 'double' },
  { name: 'rules_primary', type: 'text' },
]
const LABELS: Column[] = [
  { name: 'ticker', type: 'text' },
  { name: 'strike_F', type: 'double' },
  { name: 'observed_high_F', type: 'double' },
  { name: 'outcome', type: 'integer' },
]

/** A day of three brackets, 40° and below, 41° to 42°, 43° and above, that settled at `value`. */
function ladder(event: string, value: number, paid: number = value): Row[] {
  const row = (suffix: string, facts: Row, isYes: boolean): Row => ({
    ...{ ticker: `${event}-${suffix}`, result: isYes ? 'yes' : 'no', ...facts },
    expiration_value: isYes ? value : null,
  })
  return [
    row('T41', { strike_type: 'less', cap_strike: 41 }, paid < 41),
    row('B41.5', { yes_sub_title: '41° to 42°' }, paid === 41 || paid === 42),
    row(
      'T42',
      {
        rules_primary: `If the highest temperature recorded in Gotham, NY for March 3, 2025 as reported by ${REPORT}, is greater than 42°, then the market resolves to Yes.`,
      },
      paid > 42,
    ),
  ]
}

async function put(name: string, text: string): Promise<void> {
  const file = join(dir, name)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, name.endsWith('.gz') ? gzipSync(text) : text)
}
const tables = (rows: readonly Row[]): Promise<void> =>
  writeParquet(join(dir, 'kxhigh_trades/kxhighny_markets.parquet'), MARKETS, rows)
const labels = (rows: readonly Row[]): Promise<void> =>
  writeParquet(join(dir, 'labels/kxhigh_markets_2025.parquet'), LABELS, rows)

test('every source is judged on its own: the venue’s value agrees, a corrected report does not', async () => {
  await tables([...ladder('KXHIGHNY-25MAR03', 42), ...ladder('HIGHCHI-24OCT01', 40)])
  const highs = 'ticker,date,nws_high\nKXHIGHNY,2025-03-03,44.0\nKXHIGHCHI,2024-10-01,60.0\n'
  await put('labels/nws_daily_high.csv.gz', highs)
  const rows = await judged()
  expect(of(rows, 'KXHIGHNY-25MAR03', 'kalshi')).toMatchObject({ verdict: 'match' })
  expect(of(rows, 'KXHIGHNY-25MAR03', 'label')).toMatchObject({ verdict: 'match' })
  expect(of(rows, 'KXHIGHNY-25MAR03', 'nws')).toMatchObject({
    ...{ verdict: 'mismatch', cause: 'value-differs' },
    ...{ derived: ['KXHIGHNY-25MAR03-T42'], paid: ['KXHIGHNY-25MAR03-B41.5'] },
  })
  // The table has O'Hare; the market settles on Midway.
  expect(of(rows, 'KXHIGHCHI-24OCT01', 'nws')).toMatchObject({ cause: 'station-differs' })
  expect(of(rows, 'KXHIGHCHI-24OCT01', 'metar')).toMatchObject({ cause: 'value-missing' })
})

test('two recordings of one event are one event; what one lacks, the other says', async () => {
  const blank = ladder('KXHIGHNY-25APR12', 42).map((row) => ({ ...row, result: null }))
  await tables([...blank.map((row) => ({ ...row, expiration_value: null }))])
  await labels([
    { ticker: 'KXHIGHNY-25APR12-B41.5', strike_F: 41, observed_high_F: 42, outcome: 1 },
    { ticker: 'KXHIGHNY-25APR12-T42', strike_F: 42, observed_high_F: 42, outcome: 0 },
  ])
  const rows = await judged()
  expect(rows.filter(({ source }) => source === 'label')).toHaveLength(1)
  expect(of(rows, 'KXHIGHNY-25APR12', 'label')).toMatchObject({
    ...{ verdict: 'match', recordings: ['kxhigh_trades', 'labels'] },
  })
})

test('two years are printed to the end, also into a pipe', async () => {
  const days = Array.from({ length: 700 }, (_, at) => {
    const date = new Date(Date.UTC(2023, 0, 1 + at)).toISOString().slice(2, 10)
    const [year, month, day] = date.split('-')
    const name = new Date(Date.UTC(2023, Number(month) - 1, 1)).toUTCString().slice(8, 11)
    return `HIGHNY-${year}${name.toUpperCase()}${day}-B41.5`
  })
  await labels(days.map((ticker) => ({ ticker, strike_F: 41, observed_high_F: 42, outcome: 1 })))
  const rows = await judged()
  expect(
    rows.filter(({ source, verdict }) => source === 'label' && verdict === 'match'),
  ).toHaveLength(700)
})

test('recordings that contradict each other decide nothing', async () => {
  await tables(ladder('KXHIGHNY-25APR12', 42))
  await labels([
    { ticker: 'KXHIGHNY-25APR12-B41.5', strike_F: 41, observed_high_F: 42, outcome: 0 },
  ])
  expect(of(await judged(), 'KXHIGHNY-25APR12', 'label')).toMatchObject({
    ...{ verdict: 'undecidable', cause: 'recordings-disagree' },
  })
})

test('before the ladders every market asked "above"; a lone tail later is not guessed', async () => {
  await labels([
    { ticker: 'HIGHNY-21AUG08-T76', strike_F: null, observed_high_F: 77, outcome: 1 },
    { ticker: 'HIGHNY-21AUG08-T77', strike_F: null, observed_high_F: 77, outcome: 0 },
    { ticker: 'HIGHNY-22APR27-B57.5', strike_F: null, observed_high_F: 58, outcome: 1 },
    { ticker: 'HIGHNY-22MAY16-T79', strike_F: null, observed_high_F: 77, outcome: 0 },
  ])
  const rows = await judged('--series', 'kxhighny')
  expect(of(rows, 'KXHIGHNY-21AUG08', 'label')).toMatchObject({ verdict: 'match' })
  expect(of(rows, 'KXHIGHNY-22APR27', 'label')).toMatchObject({ verdict: 'match' })
  expect(of(rows, 'KXHIGHNY-22MAY16', 'label')).toMatchObject({ cause: 'strikes-unreadable' })
  expect(await judged('--series', 'KXHIGHMIA')).toEqual([])
})

test('captures: strikes from the books, station from the rules, CLI and METAR apart', async () => {
  const paid = { T41: 'no', 'B41.5': 'yes', T42: 'no' }
  const city = (cli_station: string, series: string, extreme: string) => {
    const event = `${series}-26JUL16`
    const results = Object.entries(paid).map(([suffix, result]) => [`${event}-${suffix}`, result])
    return {
      ...{ cli_station, target_day: '2026-07-16', actuals: { [extreme]: { cli: 42, metar: 43 } } },
      settled_markets: {
        events: [
          {
            ...{ series, event_date: '2026-07-16', n_markets: 3, expiration_value: '42.00' },
            results: Object.fromEntries(results),
          },
        ],
      },
    }
  }
  const cities = [
    city('KORD', 'KXHIGHCHI', 'high'),
    city('KNYC', 'KXHIGHNY', 'high'),
    city('KATL', 'KXLOWTATL', 'low'),
  ]
  const rules = (series: string, site: string) => ({
    ...{ series, rules_primary: 'unknown' },
    settlement_sources: [{ url: `https://weather.example/?issuedby=${site}` }],
  })
  const strikes = cities.flatMap(({ settled_markets: { events } }) => [
    { ticker: `${events[0]!.series}-26JUL16-T41`, strike_type: 'less', cap_strike: 41 },
    { ticker: `${events[0]!.series}-26JUL16-T42`, strike_type: 'greater', floor_strike: 42 },
  ])
  const lines = (rows: readonly object[]): string =>
    rows.map((row) => JSON.stringify(row)).join('\n')
  await put('temperature_books/actuals_dt=2026-07-16.jsonl', `${lines(cities)}\n{"half": \n`)
  const metas = [rules('KXHIGHCHI', 'MDW'), rules('KXHIGHNY', 'NYC')]
  await put('temperature_books/meta_dt=2026-07-16.jsonl.gz', lines(metas))
  await put('temperature_books/dt=2026-07-16.jsonl.gz', lines(strikes))

  const rows = await judged()
  expect(of(rows, 'KXHIGHNY-26JUL16', 'cli')).toMatchObject({ verdict: 'match' })
  expect(of(rows, 'KXHIGHNY-26JUL16', 'metar')).toMatchObject({ cause: 'value-differs' })
  expect(of(rows, 'KXLOWTATL-26JUL16', 'cli')).toMatchObject({ verdict: 'match' })
  expect(of(rows, 'KXHIGHCHI-26JUL16', 'cli')).toMatchObject({ cause: 'station-differs' })
  expect(of(rows, 'KXHIGHCHI-26JUL16', 'label')).toMatchObject({ verdict: 'match' })
  const { stdout } = await audit('--data', dir)
  expect(stdout).toContain('Not read: 1')
})

test('Bitcoin in whole cents: the ladder of an hour, a quarter of an hour alone', async () => {
  const event = 'KXBTC-26JUL0307'
  const outcomes = [
    { ticker: `${event}-T60000`, strike_type: 'less', floor_strike: null, cap_strike: 60000 },
    {
      ticker: `${event}-B60050`,
      strike_type: 'between',
      floor_strike: 60000,
      cap_strike: 60099.99,
    },
    { ticker: `${event}-T60099.99`, strike_type: 'greater', floor_strike: 60099.99 },
  ]
  const results = (paid: number) =>
    Object.fromEntries(outcomes.map(({ ticker }, at) => [ticker, at === paid ? 'yes' : 'no']))
  const settlement = (value: string, paid: number) => ({
    ...{ event_ticker: event, expiration_value: value, n_markets: 3, results: results(paid) },
  })
  const put1 = (value: string, paid: number): Promise<void> =>
    put(
      'kxbtc_books/kxbtc_hourly_ladders.jsonl',
      [
        { current: { outcomes }, previous_settlement: null },
        { current: null, previous_settlement: settlement(value, paid) },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    )
  await put(
    'kxbtc15m_ws/markets.csv',
    `ticker,strike,result,coinbase_mean_last60
KXBTC15M-26MAY110115-15,80818.21,yes,80818.21
KXBTC15M-26MAY110130-30,80818.21,no,80818.20
KXBTC15M-26MAY110145-45,80818.21,no,80900
KXBTC15M-26MAY110200-00,80818.21,yes,
`,
  )
  await put1('60099.99', 1)
  const rows = await judged()
  expect(of(rows, event, 'kalshi')).toMatchObject({ verdict: 'match', value: 6_009_999 })
  const quarter = (at: string) => of(rows, `KXBTC15M-26MAY11${at}`, 'coinbase')
  expect(quarter('0115')).toMatchObject({ verdict: 'match' })
  expect(quarter('0130')).toMatchObject({ verdict: 'match' })
  expect(quarter('0145')).toMatchObject({ verdict: 'mismatch', cause: 'unexplained' })
  expect(quarter('0200')).toMatchObject({ cause: 'value-missing' })

  await put1('60100.00', 1)
  expect(of(await judged(), event, 'kalshi')).toMatchObject({ cause: 'own-value-contradicts' })
})

test('exit codes: 0 met, 1 missed, 2 cannot be read; the report stands on its own', async () => {
  await tables(ladder('KXHIGHNY-25MAR03', 42))
  const page = join(dir, 'audit.html')
  const met = await audit('--data', dir, '--report', page)
  expect(met).toMatchObject({ code: 0 })
  expect(met.stdout).toContain('1 of 1 decidable events re-derived (100.00 %; goal 99.9 %: met)')
  const html = await readFile(page, 'utf8')
  expect(html).toContain('<h2 class="met">1 of 1')
  expect(html).not.toMatch(/<script|<link|https?:/)

  await tables([...ladder('KXHIGHNY-25MAR03', 42), ...ladder('KXHIGHNY-25MAR04', 42, 43)])
  const markdown = join(dir, 'audit.md')
  const missed = await audit('--data', dir, '--report', markdown)
  expect(missed).toMatchObject({ code: 1 })
  expect(missed.stdout).toContain('own-value-contradicts')
  expect(await readFile(markdown, 'utf8')).toContain(
    '| KXHIGHNY-25MAR04 | kalshi | own-value-contradicts | 42 | 42 | B41.5 | T42 | 43 and above |',
  )

  await writeParquet(join(dir, 'labels/kxhigh_markets_x.parquet'), LABELS.slice(0, 3), [
    { ticker: 'KXHIGHNY-25MAR03-T42', strike_F: 42, observed_high_F: 42 },
  ])
  const broken = await audit('--data', dir)
  expect(broken).toMatchObject({ code: 2, stdout: '' })
  expect(broken.stderr).toContain('no column outcome')
})

test.each([
  [['--data', 'no-such-place'], '--data: there is no directory'],
  [['--data', '.'], '--data: no settlements in'],
  [['--data', '.', '--series', 'KX*'], '--series: "KX*" is no ticker'],
  [['--data', '.', '--report', 'a.pdf'], '--report: a.pdf ends neither in .html nor in .md'],
])('%j is refused in a line that says what to mend', async (args, message) => {
  const { code, stdout, stderr } = await audit(...args)
  expect(stderr).toContain(`kwm: ${message}`)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})
