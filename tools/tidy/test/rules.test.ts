import { describe, expect, test } from 'vitest'
import { RULES } from '../check.ts'
import { hygieneViolations } from '../hygiene.ts'
import { layerViolations, MAY_IMPORT } from '../layers.ts'
import { manifestViolations } from '../manifests.ts'
import { purityViolations } from '../purity.ts'
import { shapeViolations } from '../shape.ts'
import { vendorViolations } from '../vendors.ts'
import { faults, treeWith } from './tree.ts'

// Goal: a rule that catches nothing is worse than none. Method: a tree in which all is right, and
// for every rule the smallest change that breaks it.
test.each(Object.entries(RULES))('nothing is wrong with the right tree: %s', (_, rule) => {
  expect(faults(rule)).toEqual([])
})

const source = (path: string, text: string) => ({ [path]: text })
const imports = (path: string, specifier: string, names = '{ x }') =>
  source(path, `import ${names} from '${specifier}'\n`)

describe('layers', () => {
  test.each([
    ['packages/std/src/a.ts', '@kwm/quant', 'std may not import quant'],
    ['packages/model-venue/src/a.ts', '@kwm/model-book', 'model-venue may not import model-book'],
    ['packages/model-venue/src/a.ts', '@kwm/adapter-pg', 'model-venue may not import adapter-pg'],
    ['packages/adapter-pg/src/a.ts', '@kwm/model-venue', 'adapter-pg may not import model-venue'],
    ['packages/adapter-pg/src/a.ts', '@kwm/adapter-nats', 'may not import adapter-nats'],
    ['packages/adapter-pg/src/a.ts', '@kwm/machines', 'adapter-pg may not import machines'],
    ['services/risk/src/a.ts', '@kwm/sim', 'risk may not import sim'],
    ['services/risk/src/a.ts', '@kwm/service-exec', 'nobody imports a service'],
    ['services/risk/test/a.ts', '@kwm/service-exec', 'nobody imports a service'],
    ['services/risk/src/a.ts', '../../exec/src/service.ts', 'a relative import leaves'],
    ['packages/std/test/a.ts', '../../quant/src/index.ts', 'a relative import leaves'],
    ['packages/std/src/a.ts', '@kwm/std', 'does not import itself'],
    ['services/risk/src/a.ts', '@kwm/std/src/assert.ts', 'there is no such door'],
    ['services/risk/src/a.ts', '@kwm/std/testing', 'is for tests'],
    ['packages/model-venue/src/a.ts', '@kwm/contracts', 'takes only types from contracts'],
  ])('%s imports %s', (path, specifier, message) => {
    expect(faults(layerViolations, imports(path, specifier)).join('\n')).toContain(message)
  })

  test.each([
    ['packages/std/test/a.ts', '../../../vectors/vector-loop.ts'],
    ['packages/std/test/a.ts', '../src/index.ts'],
    ['services/risk/test/a.ts', '@kwm/std/testing'],
    ['services/risk/test/a.ts', '@kwm/sim'],
    ['services/risk/src/deep/a.ts', '../config.ts'],
    ['services/risk/src/a.ts', '@kwm/machines'],
  ])('%s may import %s', (path, specifier) => {
    expect(faults(layerViolations, imports(path, specifier))).toEqual([])
  })

  test('types of contracts are free for a model', () => {
    const change = source(
      'packages/model-venue/src/a.ts',
      "import type { A } from '@kwm/contracts'",
    )
    expect(faults(layerViolations, change)).toEqual([])
  })

  test('a package without a layer is refused', () => {
    const change = source('packages/misplaced/package.json', '{ "name": "@kwm/misplaced" }')
    expect(faults(layerViolations, change).join('\n')).toContain('this package has no layer')
  })

  test('the table is a hierarchy: nobody may import, over any number of steps, itself', () => {
    const reachable = (from: string, seen = new Set<string>()): Set<string> => {
      for (const to of MAY_IMPORT[from] ?? []) {
        if (seen.has(to)) continue
        seen.add(to)
        reachable(to, seen)
      }
      return seen
    }
    for (const name of Object.keys(MAY_IMPORT)) expect(reachable(name)).not.toContain(name)
  })
})

describe('purity', () => {
  test.each([
    'const t = Date.now()',
    'const t = new Date()',
    'const d = new Date',
    'const t = performance.now()',
    'const r = Math.random()',
    'const id = crypto.randomUUID()',
    'const s = (1).toLocaleString()',
    "const n = 'a'.localeCompare('b')",
    'const f = new Intl.NumberFormat()',
    'async function f() {}',
    'const f = async () => 1',
    'const f = async x => x',
    'const x = await y',
    'const e = process.env',
    'const g = globalThis',
    "import fs from 'node:fs'",
  ])('%s is caught', (text) => {
    expect(faults(purityViolations, source('packages/std/src/a.ts', text))).toHaveLength(1)
    expect(faults(purityViolations, source('packages/std/src/testing/a.ts', text))).toHaveLength(1)
    expect(faults(purityViolations, source('packages/std/test/a.ts', text))).toEqual([])
    expect(faults(purityViolations, source('packages/adapter-pg/src/a.ts', text))).toEqual([])
  })

  test.each([
    'const d = new Date(timeUs / 1_000).toISOString()',
    '// Date.now() is what we do not want',
    "const message = 'await Math.random()'",
    'const update = (x: number) => x',
  ])('%s is fine', (text) => {
    expect(faults(purityViolations, source('packages/std/src/a.ts', text))).toEqual([])
  })

  test.each([
    '{ "extends": "../../tsconfig.node.json" }',
    '{ "extends": "../../tsconfig.pure.json", "compilerOptions": { "types": ["node"] } }',
  ])('compiled with %s', (text) => {
    const change = source('packages/std/tsconfig.json', text)
    expect(faults(purityViolations, change).join('\n')).toContain(
      'extends ../../tsconfig.pure.json',
    )
  })
})

describe('vendors', () => {
  test.each([
    ['packages/std/src/a.ts', 'pg', 'belongs to other files'],
    ['services/risk/src/service.ts', 'zod', 'belongs to other files'],
    ['services/risk/src/service.ts', 'prom-client', 'belongs to other files'],
    ['services/risk/src/service.ts', '@nats-io/jetstream', 'belongs to other files'],
    ['services/risk/src/service.ts', 'fastify', 'belongs to other files'],
    ['services/risk/src/service.ts', 'left-pad', 'has no owner'],
    ['services/risk/src/service.ts', 'vitest', 'has no owner'],
  ])('%s imports %s', (path, specifier, message) => {
    expect(faults(vendorViolations, imports(path, specifier)).join('\n')).toContain(message)
  })

  test.each([
    ['services/risk/src/metrics.ts', 'prom-client'],
    ['services/risk/src/config.ts', 'zod'],
    ['packages/adapter-pg/src/a.ts', 'pg/lib/query.js'],
    ['services/risk/test/a.ts', 'fast-check'],
    ['services/risk/src/a.ts', 'node:path'],
    ['services/risk/public/page.js', '/vendor/chart.js'],
  ])('%s may import %s', (path, specifier) => {
    expect(faults(vendorViolations, imports(path, specifier))).toEqual([])
  })

  test('a service may know the type of the registry it hands on', () => {
    const change = imports('services/risk/src/service.ts', 'prom-client', 'type { Registry }')
    expect(faults(vendorViolations, change)).toEqual([])
  })
})

describe('shape', () => {
  test.each<[string, Record<string, string | null>, string]>([
    ['a long file', source('packages/std/src/a.ts', 'x\n'.repeat(401)), '401 lines, at most 400'],
    ['a long main', source('services/risk/src/main.ts', 'x\n'.repeat(61)), '61 lines, at most 60'],
    ['a camel', source('packages/std/src/orderBook.ts', 'x'), 'kebab-case'],
    ['utils', source('packages/std/src/utils.ts', 'x'), 'say nothing'],
    ['a folder of helpers', source('packages/std/src/helpers/a.ts', 'x'), 'say nothing'],
    ['a migration', source('packages/std/migrations/first.sql', 'x'), 'NNNN_what.sql'],
    ['no README', { 'services/risk/README.md': null }, 'README.md is missing'],
    ['no config', { 'services/risk/src/config.ts': null }, 'src/config.ts is missing'],
    ['no service', { 'services/risk/src/service.ts': null }, 'src/service.ts is missing'],
    ['no test', { 'services/risk/test/it.test.ts': null }, 'has no test'],
    ['an empty room', source('packages/std/src/index.ts', 'export {}\n'), 'nothing lives here'],
  ])('%s', (_, change, message) => {
    expect(faults(shapeViolations, change).join('\n')).toContain(message)
  })

  test('a third door, and one that leads nowhere', () => {
    const exports = { '.': {}, './testing': {}, './internal': {} }
    const change = source('packages/std/package.json', JSON.stringify({ exports }))
    expect(faults(shapeViolations, change)).toEqual([
      'packages/std/package.json a third door: ./internal; there are . and ./testing',
      'packages/std/package.json a door that leads nowhere: no src/testing/index.ts',
    ])
  })
})

describe('manifests', () => {
  const manifest = (extra: object) => JSON.stringify({ name: '@kwm/std', ...extra })

  test.each<[string, Record<string, string>, string]>([
    ['undeclared', imports('packages/std/src/a.ts', 'pino'), 'imported but not in dependencies'],
    ['undeclared in tests', imports('packages/std/test/a.ts', 'pino'), 'put it in devDependencies'],
    [
      'idle',
      source('packages/std/package.json', manifest({ dependencies: { pino: '1' } })),
      'pino is in dependencies but nothing imports it',
    ],
    [
      'idle in development',
      source('packages/std/package.json', manifest({ devDependencies: { pino: '1' } })),
      'pino is in devDependencies but no test imports it',
    ],
    [
      'for tests only',
      {
        ...source('packages/std/package.json', manifest({ dependencies: { pino: '1' } })),
        ...imports('packages/std/test/a.ts', 'pino'),
      },
      'only tests import pino',
    ],
    ['misnamed', source('packages/std/package.json', '{ "name": "std" }'), 'is called @kwm/std'],
    [
      'no reference',
      imports('services/risk/src/a.ts', '@kwm/std'),
      'services/risk/tsconfig.json lacks a reference to packages/std',
    ],
    [
      'an idle reference',
      source('packages/model-venue/src/index.ts', 'export const two = 2'),
      'packages/model-venue/tsconfig.json has an idle reference to packages/std',
    ],
    [
      'not compiled at all',
      source('tsconfig.json', '{ "references": [] }'),
      'tsconfig.json lacks a reference to packages/std',
    ],
  ])('%s', (_, change, message) => {
    expect(faults(manifestViolations, change).join('\n')).toContain(message)
  })

  test('types for development and assets by path count as used', () => {
    const extra = { dependencies: { uplot: '1' }, devDependencies: { '@types/node': '1' } }
    const change = {
      ...source('packages/std/package.json', manifest(extra)),
      ...source('packages/std/src/a.ts', "export const asset = 'uplot/dist/uPlot.css'"),
    }
    expect(faults(manifestViolations, change)).toEqual([])
  })
})

describe('hygiene', () => {
  test.each([
    ['packages/std/src/a.ts', 'const a: any = 1', 'any:'],
    ['packages/std/src/a.ts', 'const a = b as any', 'any:'],
    ['packages/std/src/a.ts', 'const a: Map<string, any> = b', 'any:'],
    ['packages/std/src/a.ts', '// @ts-ignore', 'mend the code'],
    ['packages/std/src/a.ts', '/* TODO later */', 'unfinished work'],
    ['packages/std/test/a.ts', "test.only('a', f)", 'a focused test'],
    ['packages/std/test/a.ts', "describe.skip('a', f)", 'never runs'],
    ['packages/std/test/a.ts', "test.todo('a')", 'never runs'],
    ['services/risk/src/config.ts', 'const a = process.env', 'main.ts only'],
    ['services/risk/src/config.ts', "const a = process['env']", 'main.ts only'],
    ['services/risk/src/config.ts', "import { env } from 'node:process'", 'main.ts only'],
    ['packages/contracts/src/a.v1.ts', "envelope({ type: 'md.Trade.v1' })", '<area>.<event>.v<n>'],
    ['packages/contracts/src/a.v1.ts', "envelope({ type: 'xx.trade.v1' })", '<area>.<event>.v<n>'],
    ['packages/contracts/src/a.v1.ts', "envelope({\n  type: 'md.trade.v2' })", 'in a file of v1'],
    ['docs/guide.md', 'see `/home/somebody/kwm`', "somebody's machine"],
    ['infra/a.yml', 'url: http://box.corp:80', 'host name'],
    ['docs/guide.md', 'from https://registry.npmjs.org/', 'package mirror'],
  ])('%s: %s', (path, text, message) => {
    expect(faults(hygieneViolations, source(path, text)).join('\n')).toContain(message)
  })

  test.each([
    ['packages/std/src/a.ts', 'const a = AbortSignal.any([b])'],
    ['packages/std/src/a.ts', "const a = 'any'; const many = 1 // any"],
    [
      'packages/std/test/a.ts',
      '// oxlint-disable-next-line typescript/no-explicit-any -- foreign JSON\ntype A = any',
    ],
    ['packages/std/test/a.ts', 'describe.skipIf(!server)("a", f)'],
    ['services/risk/src/main.ts', 'const a = process.env'],
    ['packages/contracts/src/a.v1.ts', "envelope({ type: 'md.book-delta.v1', data })"],
    ['Dockerfile', 'WORKDIR /home/node/app'],
    ['docs/guide.md', 'https://example.org/work/home/x and packages/*/home/x'],
  ])('%s: %s is fine', (path, text) => {
    expect(faults(hygieneViolations, source(path, text))).toEqual([])
  })
})

test('tests, testing and source are told apart', () => {
  const kinds = treeWith({ 'packages/std/src/testing/a.ts': '' }).rooms[0]!.files.map((f) => f.kind)
  expect(new Set(kinds)).toEqual(new Set(['source', 'test', 'testing']))
})
