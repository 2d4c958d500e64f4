import type { KeyObject } from 'node:crypto'
import { constants, createPublicKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ConfigError } from '@kwm/runtime'

/** A client whose clock is further off than this is refused. */
const SKEW_MAX_MS = 30_000

export type PublicKeys = ReadonlyMap<string, KeyObject>
type Headers = Readonly<Record<string, string | string[] | undefined>>

export async function loadPublicKey(file: string): Promise<KeyObject> {
  const fix = 'VENUE_SIM_PUBLIC_KEY_FILE must name the PEM file of an RSA or Ed25519 key'
  let key: KeyObject
  try {
    key = createPublicKey(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new ConfigError(`${fix}: ${file}: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    })
  }
  const type = key.asymmetricKeyType
  if (type !== 'rsa' && type !== 'ed25519') throw new ConfigError(`${fix}: ${file} is ${type}`)
  return key
}

/** Why a signed request is refused, or `undefined` when it is genuine. */
export function refusalOf(
  request: { readonly method: string; readonly path: string; readonly headers: Headers },
  keys: PublicKeys,
  nowMs: number,
): string | undefined {
  const keyId = header(request.headers, 'kalshi-access-key')
  const timestamp = header(request.headers, 'kalshi-access-timestamp')
  const signature = header(request.headers, 'kalshi-access-signature')
  if (!keyId || !timestamp || !signature) return 'missing header'
  const key = keys.get(keyId)
  if (!key) return 'unknown key'
  if (!/^\d{1,15}$/.test(timestamp)) return 'bad timestamp'
  if (Math.abs(Number(timestamp) - nowMs) > SKEW_MAX_MS) return 'timestamp skew'
  const text = Buffer.from(timestamp + request.method + request.path, 'utf8')
  return isSigned(key, text, Buffer.from(signature, 'base64')) ? undefined : 'bad signature'
}

function header(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function isSigned(key: KeyObject, text: Buffer, signature: Buffer): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, text, key, signature)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  return verify('sha256', text, { key, padding, saltLength }, signature)
}
