import { ConfigError } from '@kwm/runtime'
import { DatabaseUnavailableError, sqlState } from './errors.ts'

/** Where a database is, in words that may be logged: never the password. */
export function addressOf(url: string): string {
  const { hostname, port, pathname } = parseUrl(url)
  return `${hostname || 'localhost'}:${port || '5432'}${pathname}`
}

export function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'postgres:' || parsed?.protocol === 'postgresql:') return parsed
  throw new ConfigError('DATABASE_URL is not of the form postgres://user:password@host:5432/name')
}

/** Why a first connection failed and what to do, in one line. */
export function unavailable(url: string, error: unknown): DatabaseUnavailableError {
  const where = addressOf(url)
  const user = decodeURIComponent(parseUrl(url).username)
  const code = sqlState(error)
  const cause = { cause: error }
  if (code === '28P01' || code === '28000') {
    return new DatabaseUnavailableError(
      `Postgres at ${where} refuses user ${JSON.stringify(user)}: check DATABASE_URL`,
      cause,
    )
  }
  if (code === '3D000') {
    return new DatabaseUnavailableError(
      `Postgres at ${where} has no such database: create it (createdb) or correct DATABASE_URL`,
      cause,
    )
  }
  const reason = code || (error instanceof Error ? error.message : String(error))
  return new DatabaseUnavailableError(
    `Postgres does not answer at ${where} (${reason}). Start one with \`docker compose up -d ` +
      'postgres`, or use `kwm demo`, which brings its own, or correct DATABASE_URL',
    cause,
  )
}
