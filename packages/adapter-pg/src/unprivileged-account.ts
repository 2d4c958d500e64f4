import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { LocalPostgresError } from './errors.ts'

export type Account = { readonly uid: number; readonly gid: number }

/**
 * PostgreSQL refuses to run as root: the account to run it as instead, `postgres` where there is
 * one. Undefined when we are not root.
 */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)])
    if (uid && gid) return { uid, gid }
  }
  throw new LocalPostgresError(
    'PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as',
  )
}

const idOf = (flag: string, name: string): Promise<number> =>
  promisify(execFile)('id', [flag, name]).then(
    ({ stdout }) => Number(stdout),
    () => 0,
  )
