import { OperatingError } from '@kwm/runtime'

/** No server answers, or it does not let us in. The message says where and what to do about it. */
export class DatabaseUnavailableError extends OperatingError {
  override readonly name = 'DatabaseUnavailableError'
  readonly code = 'PG_UNAVAILABLE'
}

/** The schema cannot be brought to where this release needs it. */
export class MigrationError extends OperatingError {
  override readonly name = 'MigrationError'
  readonly code = 'PG_MIGRATION'
}

/** A PostgreSQL of our own could not be started here. */
export class LocalPostgresError extends OperatingError {
  override readonly name = 'LocalPostgresError'
  readonly code = 'PG_LOCAL_START'
}

/** The server or the way to it failed in the middle of something: whether it was done is not known. */
export class ConnectionLostError extends OperatingError {
  override readonly name = 'ConnectionLostError'
  readonly code = 'PG_CONNECTION_LOST'
}

/** PostgreSQL refuses the values themselves; trying again does not help. */
export class DataRefusedError extends OperatingError {
  override readonly name = 'DataRefusedError'
  readonly code = 'PG_DATA_REFUSED'
}

const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** Name what the driver threw. An error that is none of these is ours and comes back as it was. */
export function classify(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OperatingError) return error
  const code = sqlState(error)
  // 08: connection exceptions; 40: rolled back by the server; 53: no disk, memory or free slot;
  // 57P: the server was told to stop or drop us. All pass, or show again on the next connection.
  const isLost =
    /^(08|40|53|57P)/.test(code) ||
    NOT_CONNECTED.has(code) ||
    /^Connection terminated|^Client (was closed|has encountered)|timeout/.test(error.message)
  if (isLost) return new ConnectionLostError(`Postgres: ${error.message}`, { cause: error })
  // 22: data exceptions; 23: integrity constraints; 54: program limits, such as a row too large.
  if (/^(22|23|54)/.test(code)) {
    return new DataRefusedError(`Postgres: ${error.message} (${code})`, { cause: error })
  }
  return error
}

export const sqlState = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
