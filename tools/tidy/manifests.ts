import {
  packageOf,
  type CodeFile,
  type Manifest,
  type Project,
  type Room,
  type Violation,
} from './project.ts'

/** What package.json and tsconfig.json declare is what the code imports: no more and no less. */
export function manifestViolations(project: Project): Violation[] {
  const text = project.files.find((file) => file.path === 'package.json')?.text ?? '{}'
  const root: Manifest = JSON.parse(text)
  const everywhere = new Set(Object.keys(root.devDependencies ?? {}))
  return [
    ...project.rooms.flatMap((room) => [
      ...nameFaults(room),
      ...dependencyFaults(room, everywhere),
      ...referenceFaults(project, room),
    ]),
    ...rootReferenceFaults(project),
  ]
}

function nameFaults(room: Room): Violation[] {
  const wanted = `@kwm/${room.isService ? 'service-' : ''}${room.name}`
  if (room.manifest.name === wanted) return []
  return [{ path: `${room.path}/package.json`, message: `is called ${wanted}` }]
}

const importedBy = (files: readonly CodeFile[]): Set<string> =>
  new Set(files.flatMap((f) => f.imports.flatMap((i) => packageOf(i.specifier) ?? [])))

/** A file of a package may also be named by path, for an asset: `require.resolve('uplot/…')`. */
const namedBy = (files: readonly CodeFile[], name: string): boolean =>
  files.some(({ text }) => new RegExp(`['"\`]${name}(?:/[^'"\`]*)?['"\`]`).test(text))

function dependencyFaults(room: Room, everywhere: ReadonlySet<string>): Violation[] {
  const path = `${room.path}/package.json`
  const live = Object.keys(room.manifest.dependencies ?? {})
  const dev = Object.keys(room.manifest.devDependencies ?? {})
  const source = room.files.filter((file) => file.kind === 'source')
  const tests = room.files.filter((file) => file.kind !== 'source')
  const liveImports = importedBy(source)
  const testImports = importedBy(tests)

  const undeclared = [...liveImports].filter((name) => !live.includes(name))
  const undeclaredInTests = [...testImports].filter(
    (name) => ![...live, ...dev, ...everywhere, room.manifest.name].includes(name),
  )
  const idle = live.filter((name) => !liveImports.has(name) && !namedBy(source, name))
  const idleDev = dev.filter(
    (name) => !name.startsWith('@types/') && !testImports.has(name) && !namedBy(tests, name),
  )
  return [
    ...undeclared.map((name) => `${name} is imported but not in dependencies`),
    ...undeclaredInTests.map((name) => `tests import ${name}: put it in devDependencies`),
    ...idle.map((name) =>
      testImports.has(name)
        ? `only tests import ${name}: it belongs in devDependencies`
        : `${name} is in dependencies but nothing imports it`,
    ),
    ...idleDev.map((name) => `${name} is in devDependencies but no test imports it`),
  ].map((message) => ({ path, message }))
}

function referencesOf(project: Project, path: string): string[] {
  const text = project.files.find((file) => file.path === path)?.text ?? '{}'
  const { references = [] }: { references?: readonly { path: string }[] } = JSON.parse(text)
  return references.map((r) => new URL(`${r.path}/`, `file:///${path}`).pathname.slice(1, -1))
}

/** `tsc --build` compiles in the order of the references, so they are the imports of src/. */
function referenceFaults(project: Project, room: Room): Violation[] {
  const path = `${room.path}/tsconfig.json`
  const compiled = room.files.filter((file) => file.kind !== 'test')
  const wanted = [...importedBy(compiled)].flatMap((name) => {
    const target = project.rooms.find((other) => other.manifest.name === name)
    return target && target !== room ? [target.path] : []
  })
  return differences(referencesOf(project, path), wanted).map((message) => ({ path, message }))
}

function rootReferenceFaults(project: Project): Violation[] {
  const path = 'tsconfig.json'
  const wanted = project.rooms.map((room) => room.path)
  return differences(referencesOf(project, path), wanted).map((message) => ({ path, message }))
}

const differences = (declared: readonly string[], wanted: readonly string[]): string[] => [
  ...wanted.filter((p) => !declared.includes(p)).map((p) => `lacks a reference to ${p}`),
  ...declared.filter((p) => !wanted.includes(p)).map((p) => `has an idle reference to ${p}`),
]
