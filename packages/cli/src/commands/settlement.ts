import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OperatingError } from '@kwm/runtime'
import type { Command } from 'commander'
import { auditReport } from '../settlement/audit-report.ts'
import { readRecordings } from '../settlement/recordings/read-recordings.ts'
import { reportMarkdown, reportPage, reportText } from '../report/report-page.ts'
import { auditRecordings, type SettlementAudit } from '../settlement/settlement-audit.ts'
import { print, say } from '../terminal.ts'

type Options = {
  readonly data: string
  readonly series?: string
  readonly report?: string
  readonly json?: boolean
}

class SettlementOptionError extends OperatingError {
  override readonly name = 'SettlementOptionError'
  readonly code = 'SETTLEMENT_OPTION'
}

export function addSettlementCommand(program: Command): void {
  program
    .command('settlement')
    .description('settlements against the values they were made on')
    .command('audit')
    .description('re-derive the winner of every recorded event, and compare with what was paid')
    .requiredOption('--data <dir>', 'the recordings')
    .option('--series <tickers>', 'with commas: KXHIGHNY,KXHIGHCHI; all when not given')
    .option('--report <file>', 'also write the report there: .html or .md')
    .option('--json', 'print every judged event as JSON')
    .addHelpText('after', HELP)
    .action(audit)
}

const HELP = `
Exit code 0: at least 99.9 % of what is decidable was re-derived. 1: less, or nothing was decidable.
2: no such directory, no recording in it, or a recording that cannot be read.`

async function audit(options: Options): Promise<void> {
  const write = writerOf(options)
  const events = await readRecordings(resolve(options.data), seriesOf(options))
  const found = auditRecordings(events)
  const report = auditReport(found, events)
  const asJson = (): string => `${JSON.stringify(plain(found, report.isGoalMet))}\n`
  await print(options.json ? asJson() : reportText(report))
  if (write) {
    await writeFile(write.file, write.render(report))
    say(`report: ${write.file}`)
  }
  process.exitCode = report.isGoalMet ? 0 : 1
}

const plain = ({ rows, comparisons, strikes, conflicts }: SettlementAudit, isGoalMet: boolean) => ({
  ...{ isGoalMet, strikes, conflicts, comparisons },
  events: rows.map(({ verdict, ...row }) => ({ ...row, ...verdict })),
})

function writerOf({ report }: Options) {
  if (report === undefined) return undefined
  const file = resolve(report)
  if (file.endsWith('.html')) return { file, render: reportPage }
  if (file.endsWith('.md')) return { file, render: reportMarkdown }
  throw new SettlementOptionError(`--report: ${report} ends neither in .html nor in .md`)
}

function seriesOf({ series }: Options): ReadonlySet<string> | undefined {
  if (series === undefined) return undefined
  const tickers = series.split(',').map((ticker) => ticker.trim().toUpperCase())
  const bad = tickers.find((ticker) => !/^[A-Z0-9.-]{1,64}$/.test(ticker))
  if (bad === undefined) return new Set(tickers)
  throw new SettlementOptionError(`--series: ${JSON.stringify(bad)} is no ticker of a series`)
}
