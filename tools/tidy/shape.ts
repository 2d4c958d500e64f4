import { IS_CODE, type Project, type Room, type SourceFile, type Violation } from './project.ts'

const FILE_LINES_MAX = 400
const MAIN_LINES_MAX = 60
const DOORS = ['.', './testing']
const VAGUE = /(?:^|[-./])(?:utils?|helpers?|common|manager|misc)(?=[-./]|$)/
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/
const MIGRATION = /^\d{4}_[a-z0-9]+(?:_[a-z0-9]+)*\.sql$/

export function shapeViolations(project: Project): Violation[] {
  return [
    ...project.files.flatMap((file) => [...lengthFaults(file), ...nameFaults(file)]),
    ...project.rooms.flatMap((room) => [
      ...doorFaults(project, room),
      ...furnitureFaults(project, room),
    ]),
  ]
}

const has = (project: Project, path: string): boolean =>
  project.files.some((file) => file.path === path)

function lengthFaults({ path, text }: SourceFile): Violation[] {
  if (!IS_CODE.test(path)) return []
  const lines = text.trimEnd().split('\n').length
  const isMain = /^(?:packages|services)\/[^/]+\/src\/main\.ts$/.test(path)
  const max = isMain ? MAIN_LINES_MAX : FILE_LINES_MAX
  return lines > max ? [{ path, message: `${lines} lines, at most ${max}` }] : []
}

function nameFaults({ path }: SourceFile): Violation[] {
  if (!/^(?:packages|services|tools)\//.test(path)) return []
  const name = path.split('/').at(-1)!
  const faults: string[] = []
  if (VAGUE.test(path))
    faults.push('utils, helpers, common, manager, misc say nothing: name the thing')
  if (IS_CODE.test(name) && !KEBAB.test(name)) faults.push('file names are kebab-case')
  if (name.endsWith('.sql') && !MIGRATION.test(name)) faults.push('migrations are NNNN_what.sql')
  return faults.map((message) => ({ path, message }))
}

function doorFaults(project: Project, room: Room): Violation[] {
  const path = `${room.path}/package.json`
  const doors = Object.keys(room.manifest.exports ?? {})
  const extra = doors.filter((door) => !DOORS.includes(door))
  const blind = doors
    .filter((door) => DOORS.includes(door))
    .map((door) => (door === '.' ? 'src/index.ts' : 'src/testing/index.ts'))
    .filter((file) => !has(project, `${room.path}/${file}`))
  return [
    ...extra.map((door) => ({ path, message: `a third door: ${door}; there are . and ./testing` })),
    ...blind.map((file) => ({ path, message: `a door that leads nowhere: no ${file}` })),
  ]
}

function furnitureFaults(project: Project, room: Room): Violation[] {
  const wanted = room.isService
    ? ['README.md', 'src/main.ts', 'src/config.ts', 'src/service.ts']
    : []
  const missing = wanted.filter((file) => !has(project, `${room.path}/${file}`))
  const tests = room.files.filter((file) => file.path.endsWith('.test.ts'))
  const isEmpty = room.files
    .filter((file) => file.kind === 'source')
    .every((file) => /^\s*(?:export\s*\{\s*\};?)?\s*$/.test(file.code))
  return [
    ...missing.map((file) => `${file} is missing`),
    ...(tests.length === 0 ? ['has no test'] : []),
    ...(isEmpty ? ['nothing lives here: build a room when something does'] : []),
  ].map((message) => ({ path: room.path, message }))
}
