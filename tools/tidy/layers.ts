import { ourPackage, type CodeFile, type Project, type Room, type Violation } from './project.ts'

/**
 * Who may import whom, layer by layer and downwards only. A package that is not in this table may
 * not exist: add it here, with what it may see, when it is added to the tree.
 */
const base = ['std', 'quant', 'contracts']
const book = [...base, 'model-venue', 'model-book']
const features = [...book, 'model-features']
const pmf = [...features, 'model-weather', 'model-spot', 'model-pmf']
const orders = ['model-orders', 'model-positions', 'model-risk']
const models = [...pmf, 'model-forecast', 'model-signals', ...orders]
const sim = [...book, 'runtime']
const drivers = [...models, 'runtime', 'machines', 'sim']

export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  std: [],
  quant: ['std'],
  contracts: ['std'],
  'model-venue': base,
  'model-book': [...base, 'model-venue'],
  'model-features': book,
  'model-weather': book,
  'model-spot': book,
  'model-pmf': [...features, 'model-weather', 'model-spot'],
  'model-forecast': pmf,
  'model-signals': [...pmf, 'model-forecast'],
  'model-orders': [...base, 'model-venue'],
  'model-positions': [...base, 'model-venue', 'model-orders'],
  'model-risk': [...base, 'model-venue', 'model-orders', 'model-positions'],
  runtime: ['std', 'contracts'],
  machines: [...models, 'runtime'],
  sim,
  backtest: drivers,
  tuning: [...drivers, 'backtest'],
}

/** An adapter implements the ports of runtime: it knows no model, no machine and no other adapter. */
const ADAPTER = [...base, 'runtime']
/** The simulation is no part of a service's live path; the simulated venue is made of it. */
const NOT_IN_A_SERVICE = ['sim', 'backtest', 'tuning', 'cli']
const MAY_BE_MADE_OF_SIM = new Set(['venue-sim'])

export function layerViolations(project: Project): Violation[] {
  return project.rooms.flatMap((room) => [
    ...unknownRoom(room),
    ...room.files.flatMap((file) => importViolations(room, file)),
  ])
}

const isKnown = (room: Room): boolean =>
  room.isService ||
  room.name === 'cli' ||
  room.name.startsWith('adapter-') ||
  room.name in MAY_IMPORT

function unknownRoom(room: Room): Violation[] {
  if (isKnown(room)) return []
  const message = 'this package has no layer: say in tools/tidy/layers.ts what it may import'
  return [{ path: `${room.path}/package.json`, message }]
}

function importViolations(room: Room, file: CodeFile): Violation[] {
  return file.imports.flatMap(({ specifier, line, typeOnly }) => {
    const at = { path: file.path, line }
    const name = ourPackage(specifier)
    const faults: string[] = []
    if (name !== undefined) {
      faults.push(...doorFaults(room, file, specifier))
      if (file.kind !== 'test') faults.push(...layerFaults(room, name))
      if (name.startsWith('service-')) faults.push(`nobody imports a service: ${specifier}`)
      if (room.name.startsWith('model-') && file.kind === 'source' && name === 'contracts') {
        if (!typeOnly) faults.push('a model takes only types from contracts: import type')
      }
    }
    if (specifier.startsWith('.') && !isInside(room, file, specifier)) {
      faults.push(`a relative import leaves ${room.path}: ${specifier}`)
    }
    return faults.map((message) => ({ ...at, message }))
  })
}

function layerFaults(room: Room, name: string): string[] {
  if (!isKnown(room)) return []
  if (name === room.name) return ['a package does not import itself by name']
  return mayImport(room, name)
    ? []
    : [`${room.name} may not import ${name}: see tools/tidy/layers.ts`]
}

function mayImport(room: Room, name: string): boolean {
  if (room.name === 'cli') return !name.startsWith('service-')
  if (room.isService) {
    if (name === 'sim') return MAY_BE_MADE_OF_SIM.has(room.name)
    return !NOT_IN_A_SERVICE.includes(name)
  }
  const allowed = room.name.startsWith('adapter-') ? ADAPTER : MAY_IMPORT[room.name]
  return allowed?.includes(name) ?? false
}

/** Doors are `.` and `./testing`, and nothing live walks through the second; the demo of cli may. */
function doorFaults(room: Room, file: CodeFile, specifier: string): string[] {
  const door = specifier.split('/').slice(2).join('/')
  if (door !== '' && door !== 'testing') return [`there is no such door: ${specifier}`]
  const isLive = file.kind === 'source' && room.name !== 'cli'
  return door === 'testing' && isLive ? [`${specifier} is for tests`] : []
}

/** Tests may also read the loop over the reference vectors, which is in no package. */
function isInside(room: Room, file: CodeFile, specifier: string): boolean {
  const target = new URL(specifier, `file:///${file.path}`).pathname.slice(1)
  if (target.startsWith(`${room.path}/`)) return true
  return file.kind === 'test' && target.startsWith('vectors/')
}
