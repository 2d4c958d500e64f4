import pino, { type DestinationStream, type Logger } from 'pino'

export type { Logger }

export type LoggerOptions = {
  /** Default: `info`. */
  readonly level?: string
  readonly destination?: DestinationStream
}

const SECRET_NAME =
  /authorization|signature|secret|token|passw|passphrase|cookie|credential|(private|api|access)[-_]?key/i
const DEPTH_MAX = 6
const REDACTED = '[redacted]'

/**
 * JSON lines on stdout, one short line each on a terminal. Fields named like a secret are redacted
 * at any depth, and so are the credentials of addresses and PEM blocks wherever they stand.
 */
export function createLogger(service: string, options: LoggerOptions = {}): Logger {
  const destination = options.destination ?? (process.stdout.isTTY ? terminal : process.stdout)
  return pino(
    {
      level: options.level ?? 'info',
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactFields(fields, 0),
      },
      serializers: { err: (error: Error) => redact(pino.stdSerializers.err(error), 0) },
      hooks: { streamWrite: redactText },
    },
    destination,
  )
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth === DEPTH_MAX) return '[deep]'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  return redactFields(value, depth)
}

const redactFields = (fields: object, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      SECRET_NAME.test(name) ? REDACTED : redact(field, depth + 1),
    ]),
  )

/** A text field of the finished line; the bindings of a child logger pass no formatter. */
const SECRET_FIELD = new RegExp(
  `"([^"\\\\]*(?:${SECRET_NAME.source})[^"\\\\]*)":"(?:[^"\\\\]|\\\\.)*"`,
  'gi',
)

/** On the finished line: `https://user:password@host`, Telegram's `/bot<token>/`, PEM blocks. */
const redactText = (line: string): string =>
  line
    .replace(SECRET_FIELD, `"$1":"${REDACTED}"`)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"]+@/gi, `$1${REDACTED}@`)
    .replace(/\/bot\d+:[\w-]+/g, `/bot${REDACTED}`)
    .replace(/-----BEGIN [^-]*PRIVATE KEY-----.*?(-----END [^-]*PRIVATE KEY-----|$)/gs, REDACTED)

const terminal: DestinationStream = {
  write(line) {
    process.stdout.write(`${toOneLine(line)}\n`)
  },
}

/** `12:34:56 info  risk: caught up records=12` */
export function toOneLine(line: string): string {
  const { time, level, service, msg, err, ...fields }: LogLine = JSON.parse(line)
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  const head = `${time.slice(11, 19)} ${level.padEnd(5)} ${service}: ${msg ?? ''}${rest.join('')}`
  return err?.stack ? `${head}\n${err.stack}` : head
}

type LogLine = {
  readonly time: string
  readonly level: string
  readonly service: string
  readonly msg?: string
  readonly err?: { readonly stack?: string }
}
