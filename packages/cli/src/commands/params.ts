import type { Command } from 'commander'
import { startOf } from '../tape/replay-service.ts'
import { runParams, type RunParam } from '../tape/run-params.ts'
import { TapeFileError } from '../tape/tape-file.ts'
import { openTapeSource } from '../tape/tape-source.ts'
import { print, say } from '../terminal.ts'

type ParamsOptions = {
  readonly tape?: string
  readonly machine?: string
  readonly changed?: boolean
  readonly json?: boolean
}

export function addParamsCommand(program: Command): void {
  program
    .command('params')
    .description('what every model of a run was set to: default, set or fitted')
    .option('--tape <file>', 'default: the running stack, else the last demo')
    .option('--machine <name>', 'of this machine alone')
    .option('--changed', 'only what is not the default')
    .option('--json', 'print JSON')
    .action(params)
}

async function params({ tape, machine, changed, json }: ParamsOptions): Promise<void> {
  const source = await openTapeSource(tape)
  const starts = []
  for await (const record of source.records) {
    const start = startOf(record)
    if (start) starts.push(start)
  }
  const all = runParams(starts)
  const names = [...new Set(all.map((param) => param.machine))]
  if (names.length === 0) throw new TapeFileError(`no service was started on ${source.name}`)
  if (machine && !names.some((name) => name === machine)) {
    throw new TapeFileError(
      `${machine} was not started on ${source.name}: ${names.join(', ')} were`,
    )
  }
  const shown = all.filter(
    (param) => (!machine || param.machine === machine) && (!changed || param.origin !== 'default'),
  )
  if (json) return print(`${JSON.stringify(shown)}\n`)
  say(`${source.name}: ${countsOf(all)}`)
  await print(shown.map(line).join(''))
}

function countsOf(all: readonly RunParam[]): string {
  const origins = ['fitted', 'set', 'default'] as const
  return origins
    .map((origin) => `${all.filter((param) => param.origin === origin).length} ${origin}`)
    .join(', ')
}

function line({ machine, name, value, origin }: RunParam): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `  ${origin.padEnd(8)} ${machine.padEnd(14)} ${name.padEnd(44)} ${text}\n`
}
