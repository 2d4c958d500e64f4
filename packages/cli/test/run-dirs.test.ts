import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshRunDir } from '../src/demo/run-dirs.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kwm-runs-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const NOBODY = '999999999\n'
const at = (second: number): Date => new Date(1_795_000_000_000 + second * 1_000)
const runsIn = async (): Promise<string[]> =>
  (await readdir(root)).filter((name) => name !== 'last').toSorted()

test('the last three runs stay, and the newest is the last', async () => {
  const dirs: string[] = []
  for (let second = 0; second < 5; second++) {
    const dir = await freshRunDir(root, at(second))
    await writeFile(join(dir, 'pid'), NOBODY)
    dirs.push(basename(dir))
  }
  expect(await runsIn()).toEqual(dirs.slice(2))
  expect(await readlink(join(root, 'last'))).toBe(dirs[4])
})

test('a run that still runs is not removed', async () => {
  const running = basename(await freshRunDir(root, at(0))) // Its process is this one.
  for (let second = 1; second < 5; second++) {
    await writeFile(join(await freshRunDir(root, at(second)), 'pid'), NOBODY)
  }
  expect(await runsIn()).toContain(running)
})
