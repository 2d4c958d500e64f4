/**
 * Something the world did to us: expected, named, handled. A bug in our own code is an
 * `AssertionError` instead, and is never caught.
 */
export abstract class OperatingError extends Error {
  /** Stable and searchable: it labels the metric, the log line and the dead letter. */
  abstract readonly code: string
}

/** A setting is missing or wrong. `main` prints the message, one line, and exits with 2. */
export class ConfigError extends OperatingError {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
}
