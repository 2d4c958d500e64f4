// Every check of the project in a row: compile, types of the tests, lint, formatting, tests.
// A stage that fails does not hide the next one. The last line is `N passed, N failed`, where a
// check counts as one and a test as one; the exit code says the same.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { countTests, totalOf } from './count.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const report = path.join(root, '.kwm/test/vitest.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const env = {
  ...process.env,
  PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: '1',
}

const checks = [
  {
    name: 'build',
    command: ['turbo', 'run', 'build', '--output-logs=errors-only', '--no-update-notifier'],
  },
  { name: 'types of tests', command: ['tsc', '--project', 'tsconfig.test.json'] },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'format', command: ['oxfmt', '--check'], hint: 'make format puts it right' },
]

function runStage({ name, command, hint }) {
  console.log(`\n== ${name}: ${command.join(' ')}`)
  const startedMs = performance.now()
  const [program, ...args] = command
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit' })
  if (error) console.error(`${program}: ${error.message}`)
  const ok = status === 0
  if (!ok && hint) console.log(hint)
  return { name, ok, seconds: (performance.now() - startedMs) / 1000 }
}

/** Nothing where there is none, or not all of it: Vitest writes it last. */
function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch (error) {
    console.error(`${path.relative(root, report)}: ${error.message}`)
  }
}

mkdirSync(path.dirname(report), { recursive: true })
rmSync(report, { force: true })

const stages = checks.map(runStage)
const vitest = runStage({
  name: 'tests',
  command: ['vitest', 'run', ...reporters, ...process.argv.slice(2)],
})
const tests = countTests(readReport(), vitest.ok)
const total = totalOf(stages, tests)

console.log('\n== summary')
for (const stage of [...stages, vitest]) {
  console.log(
    `${stage.ok ? 'ok    ' : 'FAILED'} ${stage.name.padEnd(15)} ${stage.seconds.toFixed(1)} s`,
  )
}
for (const failure of tests.failures) console.log(`FAILED ${failure}`)
for (const file of tests.skippedFiles)
  console.log(`skipped ${path.relative(root, file)}: what it needs is not on this machine`)
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
)
process.exitCode = total.failed > 0 ? 1 : 0
