import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { scan, type Scan } from './scan.ts'

/** A file of the repository; `path` is relative to its root, with forward slashes. */
export type SourceFile = { readonly path: string; readonly text: string }

export type Violation = {
  readonly path: string
  readonly line?: number
  readonly message: string
}

/** A rule sees the whole list of files and answers with everything that is wrong. */
export type Rule = (project: Project) => Violation[]

/** A package or a service: a folder with a package.json. */
export type Room = {
  /** `packages/std`, `services/risk` */
  readonly path: string
  /** `std`, `risk` */
  readonly name: string
  readonly isService: boolean
  readonly manifest: Manifest
  readonly files: readonly CodeFile[]
}

export type CodeFile = SourceFile & Scan & { readonly kind: 'source' | 'testing' | 'test' }

export type Manifest = {
  readonly name?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export type Project = {
  readonly files: readonly SourceFile[]
  readonly rooms: readonly Room[]
  /** Source and tests of every room, of tools/ and of the root. */
  readonly code: readonly CodeFile[]
}

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.kwm', '.turbo'])
const IS_TEXT =
  /(?:\.(?:ts|mjs|js|json|ya?ml|md|sql|css|html|sh|conf|toml|example)|\/(?:run|kwm|Makefile|Dockerfile|\.[a-z]+))$/
export const IS_CODE = /\.(?:ts|mjs|js)$/

/** Every text file of the repository, without what is installed or built. */
export function readRepository(root: string): SourceFile[] {
  const files: SourceFile[] = []
  const walk = (directory: string): void => {
    for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
      const name = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (NOT_OURS.has(entry.name)) continue
      if (entry.isDirectory()) walk(name)
      else if (entry.isFile() && IS_TEXT.test(`/${name}`) && name !== 'pnpm-lock.yaml') {
        files.push({ path: name, text: readFileSync(path.join(root, name), 'utf8') })
      }
    }
  }
  walk('')
  return files
}

export function projectOf(files: readonly SourceFile[]): Project {
  const code = files
    .filter((file) => IS_CODE.test(file.path) && !file.path.startsWith('vectors/'))
    .map((file): CodeFile => ({ ...file, ...scan(file.text), kind: kindOf(file.path) }))
  const rooms = files.flatMap((file): Room[] => {
    const found = /^((packages|services)\/([^/]+))\/package\.json$/.exec(file.path)
    if (!found) return []
    const [, at, area, name] = found
    const own = code.filter((c) => c.path.startsWith(`${at}/`))
    const manifest: Manifest = JSON.parse(file.text)
    return [{ path: at!, name: name!, isService: area === 'services', manifest, files: own }]
  })
  return { files, rooms, code }
}

function kindOf(filePath: string): CodeFile['kind'] {
  if (/(?:^|\/)test\//.test(filePath)) return 'test'
  return /\/src\/testing\//.test(filePath) ? 'testing' : 'source'
}

/** `@kwm/std/testing` -> `@kwm/std`, `pg/lib/x` -> `pg`; a file, an address, node: -> undefined. */
export function packageOf(specifier: string): string | undefined {
  if (/^(?:[./]|node:)/.test(specifier)) return undefined
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}

/** `@kwm/std` -> `std`; anything else -> undefined. */
export const ourPackage = (specifier: string): string | undefined =>
  packageOf(specifier)?.match(/^@kwm\/(.+)$/)?.[1]
