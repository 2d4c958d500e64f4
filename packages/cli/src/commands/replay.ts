import { serviceMachines } from '@kwm/machines'
import type { TapeRecord } from '@kwm/runtime'
import type { Command } from 'commander'
import { planReplay, ServiceReplay, startOf, type ReplayResult } from '../tape/replay-service.ts'
import { openTapeSource } from '../tape/tape-source.ts'

type ReplayOptions = {
  readonly service: string
  readonly tape?: string
  readonly diff?: boolean
  readonly json?: boolean
}

export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description('run one machine service alone on a recorded tape')
    .requiredOption('--service <name>', `${Object.keys(serviceMachines).join(', ')}, or all`)
    .option('--tape <file>', 'default: the running stack, else the last demo')
    .option('--diff', 'compare with what it said live: exit 1 at the first difference')
    .option('--json', 'print JSON')
    .action(replay)
}

async function replay(options: ReplayOptions): Promise<void> {
  const source = await openTapeSource(options.tape)
  const records: TapeRecord[] = []
  for await (const record of source.records) records.push(record)
  const starts = records.map(startOf).filter((start) => start !== undefined)
  const names = options.service === 'all' ? servicesOf(starts) : [options.service]
  const results = names.map((name) => {
    const run = new ServiceReplay(name, planReplay(name, starts), source.shard)
    for (const record of records) run.take(record)
    return run.result()
  })
  for (const result of results) {
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${describe(result)}\n`)
  }
  const isDifferent = results.some((result) => result.difference !== null)
  process.exitCode = options.diff && isDifferent ? 1 : 0
}

/** Those that ran on this tape; of a tape that no service ran on, every one. */
function servicesOf(starts: Parameters<typeof planReplay>[1]): readonly string[] {
  const all = Object.keys(serviceMachines)
  const ran = all.filter((name) => planReplay(name, starts).isRecorded)
  return ran.length > 0 ? ran : all
}

function describe({ service, machines, inputs, outputs, difference }: ReplayResult): string {
  const n = (value: number): string => value.toLocaleString('en-US')
  const head = `${service} (${machines.join(' + ')}): ${n(inputs)} inputs, ${n(outputs)} outputs on the tape`
  if (!difference) return `${head}: identical to the byte`
  const lines = [`${head}: DIFFERENT at output ${difference.index}`, `  ${difference.cause}`]
  if (difference.live) lines.push(`  live     ${difference.live.body}`)
  if (difference.replayed) lines.push(`  replayed ${difference.replayed.body}`)
  return lines.join('\n')
}
