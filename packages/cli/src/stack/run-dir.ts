import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout: where the services and `.kwm` are. */
export function repositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'pnpm-workspace.yaml'))) directory = dirname(directory)
  return directory
}

export const stateDir = (): string => join(repositoryRoot(), '.kwm')

/** A running stack, as other commands find it. */
export type RunningStack = {
  readonly pid: number
  readonly natsUrl: string
  readonly databaseUrl: string | null
  readonly shard: string
  readonly services: Readonly<Record<string, string>>
  readonly startedAt: string
}

const runningFile = (): string => join(stateDir(), 'running.json')

export async function announceStack(stack: RunningStack): Promise<void> {
  await mkdir(stateDir(), { recursive: true })
  await writeFile(runningFile(), `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 })
}

/** Only its own announcement: another stack may have been started since. */
export async function withdrawStack(): Promise<void> {
  if ((await findStack())?.pid === process.pid) await rm(runningFile(), { force: true })
}

/** The stack of this checkout that is up, if one is. */
export async function findStack(): Promise<RunningStack | undefined> {
  try {
    const stack = JSON.parse(await readFile(runningFile(), 'utf8')) as RunningStack
    process.kill(stack.pid, 0)
    return stack
  } catch {
    return undefined
  }
}
