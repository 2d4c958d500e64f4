// The simulator as an npm package of its own: one file of JavaScript without dependencies, for npx.
//   node infra/npm/pack-venue-sim.mjs [directory]     after the build; prints the file it made
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const service = join(root, 'services/venue-sim')
const to = resolve(process.argv[2] ?? '.')

const require = createRequire(join(root, 'package.json'))
const rolldown = require.resolve('rolldown/package.json')
const { bin } = JSON.parse(readFileSync(rolldown, 'utf8'))
const { version, license } = JSON.parse(readFileSync(join(service, 'package.json'), 'utf8'))
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const staging = mkdtempSync(join(tmpdir(), 'venue-sim-'))
try {
  const main = join(staging, 'venue-sim.js')
  const options = ['--platform', 'node', '--format', 'esm', '--file', main, '--log-level', 'silent']
  const command = [join(dirname(rolldown), bin.rolldown), 'dist/main.js', ...options]
  execFileSync(process.execPath, command, { cwd: service, stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(main, `#!/usr/bin/env node\n${readFileSync(main, 'utf8')}`)
  chmodSync(main, 0o755)
  const description = 'A Kalshi-compatible exchange on your machine: a sandbox for any client'
  const manifest = {
    ...{ name: 'kalshi-venue-sim', version, description, license, type: 'module', engines },
    bin: { 'kalshi-venue-sim': 'venue-sim.js' },
  }
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  copyFileSync(join(service, 'README.md'), join(staging, 'README.md'))
  copyFileSync(join(root, 'LICENSE'), join(staging, 'LICENSE'))
  const npm = ['pack', '--silent', '--pack-destination', to]
  const packed = execFileSync('npm', npm, { cwd: staging, encoding: 'utf8' })
  console.log(join(to, packed.trim().split('\n').at(-1)))
} finally {
  rmSync(staging, { recursive: true, force: true })
}
