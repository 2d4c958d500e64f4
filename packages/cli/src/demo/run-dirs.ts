import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** Finished runs that stay, for a look at their tape and logs. */
const KEPT_RUNS = 3

/**
 * A new `<root>/<start>`, with `last` pointing at it. Older runs are removed, but never one whose
 * process still runs.
 */
export async function freshRunDir(root: string, startedAt: Date): Promise<string> {
  await mkdir(root, { recursive: true })
  const runs = (await readdir(root)).filter((name) => name !== 'last').toSorted()
  for (const name of runs.slice(0, Math.max(0, runs.length - KEPT_RUNS + 1))) {
    const dir = join(root, name)
    if (!(await isRunning(dir))) await rm(dir, { recursive: true, force: true })
  }
  const dir = join(root, startedAt.toISOString().replaceAll(':', '-'))
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'pid'), `${process.pid}\n`)
  await rm(join(root, 'last'), { force: true })
  await symlink(basename(dir), join(root, 'last'))
  return dir
}

async function isRunning(dir: string): Promise<boolean> {
  try {
    process.kill(Number(await readFile(join(dir, 'pid'), 'utf8')), 0)
    return true
  } catch {
    return false
  }
}
