import { OperatingError } from '@kwm/runtime'
import { Command } from 'commander'
import { addBackfillCommand } from './commands/backfill.ts'
import { addDataCommand } from './commands/data.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addReplayCommand } from './commands/replay.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTapeCommand } from './commands/tape.ts'
import { addUpCommand } from './commands/up.ts'
import { addWhyCommand } from './commands/why.ts'

const program = new Command('kwm')
  .description('Kalshi Weather Momentum: run it, look at it, replay it')
  .showHelpAfterError()
const inherited = ['PATH', 'HOME', 'TZ', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => {
  const value = process.env[name]
  return value === undefined ? [] : [[name, value] as const]
})
const environment = Object.fromEntries(inherited)
addDemoCommand(program, environment)
addUpCommand(program, environment)
addStatusCommand(program)
addReplayCommand(program)
addWhyCommand(program)
addTapeCommand(program)
addBackfillCommand(program, process.env)
addDataCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  const isOurs = error instanceof OperatingError
  process.stderr.write(`kwm: ${isOurs ? error.message : (error as Error).stack}\n`)
  process.exitCode = isOurs ? 2 : 1
}
process.exit()
