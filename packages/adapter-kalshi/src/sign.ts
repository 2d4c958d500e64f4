import { constants, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { KeyFileError } from './errors.ts'

export type Credentials = { readonly keyId: string; readonly privateKey: KeyObject }

/** The headers of a signed request. `path` starts at the API root and has no query. */
export function signedHeaders(
  { keyId, privateKey }: Credentials,
  request: { readonly method: string; readonly path: string; readonly timestampMs: number },
): Record<string, string> {
  const path = request.path.split('?', 1)[0]!
  const text = `${request.timestampMs}${request.method}${path}`
  return {
    'KALSHI-ACCESS-KEY': keyId,
    'KALSHI-ACCESS-TIMESTAMP': String(request.timestampMs),
    'KALSHI-ACCESS-SIGNATURE': signText(privateKey, text),
  }
}

/** Keys made before October 2026 are RSA, later ones Ed25519: the key itself says which. */
export function signText(privateKey: KeyObject, text: string): string {
  const data = Buffer.from(text, 'utf8')
  switch (privateKey.asymmetricKeyType) {
    case 'ed25519':
      return sign(null, data, privateKey).toString('base64')
    case 'rsa':
    case 'rsa-pss':
      return sign('sha256', data, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }).toString('base64')
    default:
      throw new KeyFileError(
        `the private key is of type ${privateKey.asymmetricKeyType ?? 'unknown'}: Kalshi takes RSA and Ed25519`,
      )
  }
}
