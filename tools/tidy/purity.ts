import { lineOf } from './scan.ts'
import type { CodeFile, Project, Room, Violation } from './project.ts'

const PURE = new Set(['std', 'quant', 'contracts', 'sim', 'machines', 'backtest'])
export const isPure = (room: Room): boolean =>
  !room.isService && (PURE.has(room.name) || room.name.startsWith('model-'))

/** What the compiler lets through without the types of Node: time, chance, place, waiting. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\bDate\s*\.\s*now\b/g, 'Date.now: time is an input'],
  [/\bDate\s*\(\s*\)/g, 'Date(): time is an input'],
  [/\bnew\s+Date\b(?!\s*\()/g, 'new Date: time is an input'],
  [/\bperformance\s*\./g, 'performance: time is an input'],
  [/\bMath\s*\.\s*random\b/g, 'Math.random: take a seeded generator'],
  [/\bcrypto\s*\.|(?<!\.)\brandomUUID\b/g, 'crypto: identity is an input'],
  [/\.\s*toLocale\w+/g, 'toLocale…: the answer depends on the machine'],
  [/\.\s*localeCompare\b/g, 'localeCompare: the answer depends on the machine'],
  [/\bIntl\s*\./g, 'Intl: the answer depends on the machine'],
  [/\basync\b(?=\s*(?:\*|function\b|\(|[\w$#[]))/g, 'async: pure code does not wait'],
  [/\bawait\b/g, 'await: pure code does not wait'],
  [/\bprocess\s*[.[]/g, 'process: configuration is an input'],
  [/\bglobalThis\b/g, 'globalThis: pass it in'],
]

export function purityViolations(project: Project): Violation[] {
  return project.rooms
    .filter(isPure)
    .flatMap((room) => [
      ...compiledPure(project, room),
      ...room.files.filter((file) => file.kind !== 'test').flatMap(impureCode),
    ])
}

function impureCode(file: CodeFile): Violation[] {
  const words = FORBIDDEN.flatMap(([pattern, message]) =>
    [...file.code.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineOf(file.code, match.index),
      message,
    })),
  )
  const modules = file.imports
    .filter(({ specifier }) => specifier.startsWith('node:'))
    .map(({ specifier, line }) => ({ path: file.path, line, message: `${specifier}: no I/O here` }))
  return [...words, ...modules]
}

function compiledPure(project: Project, room: Room): Violation[] {
  const path = `${room.path}/tsconfig.json`
  const text = project.files.find((file) => file.path === path)?.text ?? '{}'
  const { extends: parent, compilerOptions = {} } = JSON.parse(text)
  const loosened = ['lib', 'types'].filter((option) => option in compilerOptions)
  if (parent === '../../tsconfig.pure.json' && loosened.length === 0) return []
  return [
    { path, message: 'a pure package extends ../../tsconfig.pure.json and adds no lib or types' },
  ]
}
