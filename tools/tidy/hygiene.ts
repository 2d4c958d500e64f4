import { lineOf } from './scan.ts'
import type { CodeFile, Project, SourceFile, Violation } from './project.ts'

type Pattern = readonly [RegExp, string]

const IN_CODE: readonly Pattern[] = [
  [/(?<![.\w$])any\b(?!\s*[(:])/g, 'any: name the type, or take unknown and narrow it'],
  [/\b(?:it|test|describe|suite)(?:\.\w+)*\.only\b/g, 'a focused test hides the others'],
  [/\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|todo)\b/g, 'a test that never runs'],
]
const IN_COMMENTS: readonly Pattern[] = [
  [/@ts-(?:ignore|nocheck)\b/g, 'the compiler is right: mend the code'],
  [/\b(?:TODO|FIXME|XXX|HACK)\b/g, 'unfinished work belongs in a decision record or an issue'],
]
/** Only an address or a folder of somebody's machine; `/home/node` is the user of the Node image. */
const IN_TEXT: readonly Pattern[] = [
  [/(?<![\w.$}*/-])\/(?:work|root|Users|home(?!\/node\b))\/\w/g, "a path of somebody's machine"],
  [/\/\/[\w.-]+\.(?:internal|corp|lan|local)\b/g, 'a host name of somebody’s network'],
  [
    /\b(?:registry\.npmjs|deb\.debian|snapshot\.debian)\.(?:org|com)\b/g,
    'a package mirror by name',
  ],
]
const MAY_READ_ENV =
  /^(?:services\/[^/]+\/src\/main\.ts|packages\/cli\/src\/main\.ts|(?:packages|services)\/[^/]+\/(?:test|src\/testing)\/.*|(?:tools|infra)\/.*|[\w.-]+)$/
const AREAS = ['md', 'wx', 'spot', 'ops', 'feature', 'pmf', 'signal', 'risk', 'exec']
const EVENT_TYPE = new RegExp(`^(?:${AREAS.join('|')})\\.[a-z]+(?:-[a-z]+)*\\.v[1-9]\\d*$`)

export function hygieneViolations(project: Project): Violation[] {
  return [
    ...project.code.flatMap((file) => [
      ...matches(file.path, file.code, IN_CODE).filter((v) => !isExcused(file, v)),
      ...matches(file.path, file.comments, IN_COMMENTS),
      ...environmentReads(file),
      ...eventTypes(file),
    ]),
    ...project.files.filter(isChecked).flatMap((file) => matches(file.path, file.text, IN_TEXT)),
  ]
}

/** The examples of what is forbidden are written down in the tests of these rules. */
const isChecked = ({ path }: SourceFile): boolean => !path.startsWith('tools/tidy/test/')

function matches(path: string, text: string, patterns: readonly Pattern[]): Violation[] {
  return patterns.flatMap(([pattern, message]) =>
    [...text.matchAll(pattern)].map((match) => ({
      path,
      line: lineOf(text, match.index),
      message: `${match[0].trim()}: ${message}`,
    })),
  )
}

/** `any` is excused by the linter's own comment, which carries a reason, on the line before. */
function isExcused(file: CodeFile, violation: Violation): boolean {
  const before = file.text.split('\n')[(violation.line ?? 0) - 2] ?? ''
  return /oxlint-disable-next-line typescript\/no-explicit-any -- \S/.test(before)
}

function environmentReads(file: CodeFile): Violation[] {
  if (MAY_READ_ENV.test(file.path)) return []
  const reads = [...file.code.matchAll(/\bprocess\s*(?:\.\s*env\b|\[)/g)].map((m) =>
    lineOf(file.code, m.index),
  )
  const imports = file.imports
    .filter((i) => /^(?:node:)?process$/.test(i.specifier))
    .map((i) => i.line)
  return [...reads, ...imports].map((line) => ({
    path: file.path,
    line,
    message: 'the environment is read in main.ts only: take it as an argument',
  }))
}

/** The name of a contract: `<area>.<event>.v<n>`, of a known area, in the file of its version. */
function eventTypes(file: CodeFile): Violation[] {
  if (!file.path.startsWith('packages/contracts/src/')) return []
  const version = /\.(v\d+)\.ts$/.exec(file.path)?.[1]
  return [...file.code.matchAll(/\benvelope\(\{\s*type:\s*['"]/g)].flatMap((match) => {
    const type = /^[^'"]*/.exec(file.text.slice(match.index + match[0].length))![0]
    const at = { path: file.path, line: lineOf(file.text, match.index) }
    if (!EVENT_TYPE.test(type)) return [{ ...at, message: `${type} is not <area>.<event>.v<n>` }]
    if (type.split('.').at(-1) === version) return []
    return [{ ...at, message: `${type} is in a file of ${version ?? 'no version'}` }]
  })
}
