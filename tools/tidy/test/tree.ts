import { projectOf, type Project, type Rule } from '../project.ts'

/**
 * A small tree in which everything is right: one pure package, one adapter, one service. A test
 * changes or adds files and says what a rule must answer.
 */
const TREE: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ devDependencies: { vitest: '1', 'fast-check': '1' } }),
  'tsconfig.json': JSON.stringify({
    references: [
      'packages/std',
      'packages/model-venue',
      'packages/adapter-pg',
      'services/risk',
    ].map((path) => ({ path: `./${path}` })),
  }),
  ...room('packages/std', { 'src/index.ts': 'export const one = 1\n' }),
  ...room(
    'packages/model-venue',
    { 'src/index.ts': "import { one } from '@kwm/std'\nexport const two = one + one\n" },
    { dependencies: ['@kwm/std'], references: ['../std'] },
  ),
  ...room(
    'packages/adapter-pg',
    { 'src/index.ts': "import pg from 'pg'\nexport const pool = (): unknown => new pg.Pool()\n" },
    { dependencies: ['pg'], parent: 'node' },
  ),
  ...room(
    'services/risk',
    {
      'README.md': '# Risk\n',
      'src/main.ts': "import { pool } from '@kwm/adapter-pg'\npool(process.env)\n",
      'src/config.ts': "import { z } from 'zod'\nexport const config = z.object({})\n",
      'src/service.ts': 'export class RiskService {}\n',
    },
    {
      dependencies: ['@kwm/adapter-pg', 'zod'],
      references: ['../../packages/adapter-pg'],
      parent: 'node',
    },
  ),
}

type RoomOptions = {
  readonly dependencies?: readonly string[]
  readonly references?: readonly string[]
  readonly parent?: 'pure' | 'node'
}

function room(
  at: string,
  files: Readonly<Record<string, string>>,
  { dependencies = [], references = [], parent = 'pure' }: RoomOptions = {},
): Record<string, string> {
  const name = at.replace('packages/', '@kwm/').replace('services/', '@kwm/service-')
  const tree: Record<string, string> = {
    [`${at}/package.json`]: JSON.stringify({
      name,
      exports: at.startsWith('packages') ? { '.': {} } : {},
      dependencies: Object.fromEntries(dependencies.map((d) => [d, '1'])),
    }),
    [`${at}/tsconfig.json`]: JSON.stringify({
      extends: `../../tsconfig.${parent}.json`,
      references: references.map((path) => ({ path })),
    }),
    [`${at}/test/it.test.ts`]: "import { test } from 'vitest'\ntest('it', () => {})\n",
  }
  for (const [path, text] of Object.entries(files)) tree[`${at}/${path}`] = text
  return tree
}

/** The tree with some files changed or added; `null` takes one away. */
export function treeWith(changes: Readonly<Record<string, string | null>> = {}): Project {
  const files = Object.entries({ ...TREE, ...changes })
  return projectOf(files.flatMap(([path, text]) => (text === null ? [] : [{ path, text }])))
}

/** What the rule says about the changed tree, one `path:line message` each. */
export const faults = (
  rule: Rule,
  changes: Readonly<Record<string, string | null>> = {},
): string[] =>
  rule(treeWith(changes)).map(
    ({ path, line, message }) => `${path}${line === undefined ? '' : `:${line}`} ${message}`,
  )
