export const REDACTED = '[redacted]'

const PEM = /-----BEGIN [A-Z ]*KEY-----[\s\S]*?(?:-----END [A-Z ]*KEY-----|$)/g
const HEADER = /(KALSHI-ACCESS-(?:KEY|SIGNATURE)["']?\s*[:=]\s*["']?)[^\s"',;}]+/gi
const BEARER = /\b(bearer\s+)[\w.~+/-]+=*/gi

/**
 * Text without secrets: the given ones in every spelling a JSON body, a URL or a header can have,
 * and whatever looks like a key or a token.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) clean = clean.replaceAll(spelling, REDACTED)
  }
  return clean
    .replace(PEM, REDACTED)
    .replace(HEADER, `$1${REDACTED}`)
    .replace(BEARER, `$1${REDACTED}`)
}

function spellings(secret: string): readonly string[] {
  if (secret === '') return []
  const all = new Set([
    secret,
    secret.replaceAll('/', String.raw`\/`),
    secret.replaceAll('+', String.raw`\u002b`),
    secret.replaceAll('+', ' '),
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    secret.toLowerCase(),
    secret.toUpperCase(),
  ])
  return [...all]
}
