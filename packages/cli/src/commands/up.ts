import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatingError } from '@kwm/runtime'
import type { Command } from 'commander'
import { seriesPlayed } from '../demo/services-demo.ts'
import { LocalStack } from '../stack/local-stack.ts'
import { findStack, stateDir } from '../stack/run-dir.ts'
import type { Environment } from './demo.ts'
import { interruption, say, untilInterrupted } from '../terminal.ts'

type UpOptions = { readonly port: string; readonly speed: string; readonly seed: string }

export function addUpCommand(program: Command, env: Environment): void {
  program
    .command('up')
    .description(
      'run the stack as processes against the simulated venue, until Ctrl-C; data is kept',
    )
    .option('--port <number>', 'of the dashboard', '8080')
    .option('--speed <factor>', 'how many times faster than the day', '1')
    .option('--seed <text>', 'which synthetic day', '7')
    .action((options: UpOptions) => up(options, env))
}

class StackRunningError extends OperatingError {
  override readonly name = 'StackRunningError'
  readonly code = 'STACK_RUNNING'
}

async function up({ port, speed, seed }: UpOptions, env: Environment): Promise<void> {
  const running = await findStack()
  if (running) {
    throw new StackRunningError(
      `a stack of this checkout is up already (process ${running.pid}, see kwm status): stop it with Ctrl-C first`,
    )
  }
  const signal = interruption()
  const dir = join(stateDir(), 'up')
  await mkdir(dir, { recursive: true })
  const stack = await LocalStack.start({
    dir,
    shard: 'main',
    gatewayPort: Number(port),
    isDurable: true,
    venueEnv: { VENUE_SIM_SOURCE: 'synthetic', VENUE_SIM_SEED: seed, VENUE_SIM_SPEED: speed },
    env,
    say: (what) => say(`starting ${what}`),
  })
  try {
    await stack.startFeed({ KALSHI_SERIES: await seriesPlayed(stack) })
    say(`\n  Dashboard: ${stack.url('gateway')}   (Ctrl-C ends it)\n`)
    await untilInterrupted(signal)
  } finally {
    say('stopping')
    await stack.stop()
  }
}
