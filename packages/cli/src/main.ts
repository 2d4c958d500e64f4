import { OperatingError } from '@kwm/runtime'
import { Command } from 'commander'
import { addBackfillCommand } from './commands/backfill.ts'
import { addDataCommand } from './commands/data.ts'
import { addCalibrateCommand } from './commands/calibrate.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addParamsCommand } from './commands/params.ts'
import { addReplayCommand } from './commands/replay.ts'
import { addSettlementCommand } from './commands/settlement.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTapeCommand } from './commands/tape.ts'
import { addTrainCommand } from './commands/train.ts'
import { addUpCommand } from './commands/up.ts'
import { addWeatherCommand } from './commands/weather.ts'
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
addParamsCommand(program)
addTapeCommand(program)
addBackfillCommand(program, process.env)
addDataCommand(program)
addSettlementCommand(program)
addWeatherCommand(program)
addTrainCommand(program)
addCalibrateCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  const isOurs = error instanceof OperatingError
  process.stderr.write(`kwm: ${isOurs ? error.message : (error as Error).stack}\n`)
  process.exitCode = isOurs ? 2 : 1
}
process.exit()
