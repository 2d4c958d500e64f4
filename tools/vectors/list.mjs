// Which reference vectors have a loop, and which are open. `--run` runs the loops first: every
// *.vectors.test.ts of every package.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { openVectors, vectorNamesIn } from './names.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const vectorsDirectory = process.env['KWM_VECTORS_DIR'] ?? path.join(root, 'vectors')

const filesUnder = (directory) =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true }).map((name) => path.join(directory, name))
    : []

const tests = ['packages', 'services']
  .flatMap((area) => readdirSync(path.join(root, area)).map((name) => path.join(root, area, name)))
  .flatMap((room) => filesUnder(path.join(room, 'test')))
  .filter((file) => file.endsWith('.test.ts'))
const vectors = readdirSync(vectorsDirectory)
  .filter((file) => file.endsWith('.json'))
  .map((file) => path.basename(file, '.json'))

let status = 0
if (process.argv.includes('--run')) {
  const vitest = path.join(root, 'node_modules/.bin/vitest')
  const run = spawnSync(vitest, ['run', '.vectors.test.ts', '--passWithNoTests'], {
    cwd: root,
    stdio: 'inherit',
  })
  status = run.status ?? 1
}

const loops = new Map(tests.map((file) => [file, vectorNamesIn(readFileSync(file, 'utf8'))]))
const open = openVectors(vectors, [...loops.values()].flat())
console.log(`\n${vectors.length - open.length} of ${vectors.length} vector files have a loop`)
for (const name of vectors) {
  const where = [...loops].filter(([, names]) => names.includes(name)).map(([file]) => file)
  const shown = where.map((file) => path.relative(root, file)).join(', ')
  console.log(`  ${name.padEnd(18)} ${shown || 'open'}`)
}
process.exitCode = status
