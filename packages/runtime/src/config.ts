import { ConfigError } from './errors.ts'

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string }
type Schema<T> = {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } }
}

/**
 * Parse the environment with a zod schema whose keys are the names of the variables. An empty
 * variable counts as missing.
 * @throws {ConfigError} One line that names every wrong variable, what it holds and what is wanted.
 */
export function parseEnvironment<T>(schema: Schema<T>, env: Record<string, string | undefined>): T {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'environment')
    const value = given[name]
    const state = value === undefined ? 'is not set' : `is ${JSON.stringify(redact(name, value))}`
    return `${name} ${state}: ${issue.message}`
  })
  throw new ConfigError(`configuration: ${faults.join('; ')}. Set it in the environment or in .env`)
}

const redact = (name: string, value: string): string =>
  /KEY|SECRET|TOKEN|PASSWORD|URL/.test(name) ? '(hidden)' : value
