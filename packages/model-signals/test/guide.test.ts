import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const GUIDE = readFileSync(join(ROOT, 'docs/guides/add-a-strategy.md'), 'utf8')
const HERE = 'packages/model-signals/'

type Block = { readonly path: string; readonly language: string; readonly text: string }

/** Blocks that stand under the path of a file, in backticks on a line of its own. */
const blocks: readonly Block[] = [
  ...GUIDE.matchAll(/^`(?<path>[^`\n]+)`\n\n```(?<language>\w+)\n(?<text>[\s\S]*?)^```$/gm),
].map(({ groups }) => groups as unknown as Block)

let copy = ''

/** The package as it is, in a directory that git ignores, with what the guide says to add. */
beforeAll(() => {
  mkdirSync(join(ROOT, '.kwm'), { recursive: true })
  copy = mkdtempSync(join(ROOT, '.kwm/guide-'))
  for (const part of ['src', 'test/desk.ts', 'package.json']) {
    cpSync(join(ROOT, HERE, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(ROOT, HERE, 'node_modules'), join(copy, 'node_modules'), 'dir')
  for (const { path, language, text } of blocks) {
    const file = join(copy, path.slice(HERE.length))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, language === 'diff' ? patched(readFileSync(file, 'utf8'), text) : text)
  }
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Each added line goes behind the line of the file that stands before it in the block. */
function patched(file: string, diff: string): string {
  const lines = file.split('\n')
  let at = -1
  for (const line of diff.trimEnd().split('\n')) {
    if (line.startsWith('+')) lines.splice(++at, 0, line.slice(1))
    else at = lines.indexOf(line.slice(1), at + 1)
    if (at < 0) throw new Error(`the guide shows a line that is not in the file: ${line}`)
  }
  return lines.join('\n')
}

const run = (bin: string, args: readonly string[]) => {
  const done = spawnSync(join(ROOT, 'node_modules/.bin', bin), args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  })
  return { status: done.status, said: `${done.stdout}${done.stderr}`.slice(-4_000) }
}

test('the guide shows one file, one place to name it, and one test', () => {
  expect(blocks.map(({ path, language }) => `${path} ${language}`)).toEqual([
    `${HERE}src/strategies/queue-lean.ts ts`,
    `${HERE}src/strategies.ts diff`,
    `${HERE}test/queue-lean.test.ts ts`,
  ])
})

test('what the guide says compiles, under the rules of the pure packages', () => {
  const config = {
    extends: join(ROOT, 'tsconfig.pure.json'),
    compilerOptions: {
      ...{ composite: false, noEmit: true, rootDir: '/', customConditions: ['@kwm/source'] },
      ...{ preserveSymlinks: false },
    },
    include: ['src'],
  }
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(config))
  const { status, said } = run('tsc', ['--project', 'tsconfig.json'])
  expect(said.replace(/^npm warn.*$/gm, '').trim()).toBe('')
  expect(status).toBe(0)
})

test('and its test passes', () => {
  const conditions = ['@kwm/source', 'node']
  const config = { resolve: { conditions }, ssr: { resolve: { conditions } } }
  writeFileSync(join(copy, 'vitest.config.js'), `export default ${JSON.stringify(config)}`)
  const { status, said } = run('vitest', ['run', '--root', copy])
  expect(status, said).toBe(0)
  expect(said).toMatch(/Tests .*9 passed/)
})
