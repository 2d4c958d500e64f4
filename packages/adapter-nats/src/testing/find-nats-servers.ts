import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export type FoundNatsServer = { readonly path: string; readonly version: string }

/**
 * nats-server binaries, one per version: those of KWM_NATS_SERVER (paths with commas), else of
 * `.kwm/bin` in the repository, else of PATH.
 */
export function findNatsServers(): readonly FoundNatsServer[] {
  const byVersion = new Map<string, string>()
  for (const path of candidates()) {
    const version = versionOf(path)
    if (version && !byVersion.has(version)) byVersion.set(version, path)
  }
  return [...byVersion].map(([version, path]) => ({ version, path }))
}

/**
 * The servers to test on. None: in CI an error, elsewhere an empty list with a word on the way.
 * `describe.skipIf(servers.length === 0)`, or `describe.each(servers)`, which then has no cases.
 */
export function natsServersOrSkip(): readonly FoundNatsServer[] {
  const found = findNatsServers()
  if (found.length > 0) return found
  const message =
    'no nats-server found: put one in .kwm/bin, on PATH, or name it in KWM_NATS_SERVER'
  if (process.env['CI'] === 'true') throw new Error(message)
  process.stderr.write(`SKIPPED: ${message}\n`)
  return []
}

function candidates(): readonly string[] {
  const named = process.env['KWM_NATS_SERVER']?.split(',').filter(Boolean) ?? []
  if (named.length > 0) return named
  const root = repositoryRoot()
  const local = root ? binariesIn(join(root, '.kwm', 'bin')) : []
  if (local.length > 0) return local
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'nats-server'))
    .filter(existsSync)
}

const binariesIn = (directory: string): readonly string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => name.startsWith('nats-server'))
        .toSorted()
        .map((name) => join(directory, name))
    : []

function repositoryRoot(): string | undefined {
  let directory = import.meta.dirname
  while (!existsSync(join(directory, 'pnpm-workspace.yaml'))) {
    const parent = dirname(directory)
    if (parent === directory) return undefined
    directory = parent
  }
  return directory
}

function versionOf(path: string): string | undefined {
  try {
    return /\d+\.\d+\.\d+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0]
  } catch {
    return undefined
  }
}
