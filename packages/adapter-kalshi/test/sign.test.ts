import { constants, generateKeyPairSync, verify } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KeyFileError, loadPrivateKey, signText, signedHeaders } from '../src/index.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const ed25519 = generateKeyPairSync('ed25519')
const request = {
  method: 'GET',
  path: '/trade-api/v2/markets?limit=1',
  timestampMs: 1_795_000_000_123,
}
const SIGNED = Buffer.from('1795000000123GET/trade-api/v2/markets')

const signatureOf = (privateKey: typeof rsa.privateKey): Buffer =>
  Buffer.from(
    signedHeaders({ keyId: 'k', privateKey }, request)['KALSHI-ACCESS-SIGNATURE']!,
    'base64',
  )

test('RSA keys sign with PSS, a salt as long as the digest, and without the query', () => {
  const key = {
    key: rsa.publicKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  expect(verify('sha256', SIGNED, key, signatureOf(rsa.privateKey))).toBe(true)
})

test('Ed25519 keys sign the same text', () => {
  expect(verify(null, SIGNED, ed25519.publicKey, signatureOf(ed25519.privateKey))).toBe(true)
})

test('the headers name the key and the time', () => {
  expect(signedHeaders({ keyId: 'k', privateKey: rsa.privateKey }, request)).toMatchObject({
    'KALSHI-ACCESS-KEY': 'k',
    'KALSHI-ACCESS-TIMESTAMP': '1795000000123',
  })
})

test('another kind of key is refused by name', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(() => signText(privateKey, 'x')).toThrow(/of type ec: Kalshi takes RSA and Ed25519/)
})

describe('key files', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kwm-key-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  const write = async (content: string, mode: number): Promise<string> => {
    const file = join(dir, 'key.pem')
    await writeFile(file, content)
    await chmod(file, mode)
    return file
  }
  const pem = (key: typeof rsa.privateKey): string =>
    key.export({ type: 'pkcs8', format: 'pem' }) as string

  test.each([
    ['rsa', rsa.privateKey],
    ['ed25519', ed25519.privateKey],
  ])('%s in PEM, for its owner alone', async (type, key) => {
    const loaded = await loadPrivateKey(await write(pem(key), 0o600))
    expect(loaded.privateKey.asymmetricKeyType).toBe(type)
    expect(loaded.warning).toBeNull()
  })

  test('PKCS#1 as older downloads have it', async () => {
    const old = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string
    expect((await loadPrivateKey(await write(old, 0o400))).warning).toBeNull()
  })

  test('readable by the group: a warning', async () => {
    const loaded = await loadPrivateKey(await write(pem(rsa.privateKey), 0o640))
    expect(loaded.warning).toMatch(/mode 640/)
  })

  test.each([0o644, 0o604, 0o660, 0o602, 0o777])('mode %o: refused with the fix', async (mode) => {
    const file = await write(pem(rsa.privateKey), mode)
    await expect(loadPrivateKey(file)).rejects.toThrow(`chmod 600 ${file}`)
  })

  test('nothing of the content is told, whatever is wrong with it', async () => {
    const secret = 'c2VjcmV0LWJ5dGVz'
    const broken = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`
    const error = await loadPrivateKey(await write(broken, 0o600)).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(KeyFileError)
    expect((error as Error).cause).toBeUndefined()
    expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toContain(secret)
  })

  test('no such file', async () => {
    await expect(loadPrivateKey(join(dir, 'none.pem'))).rejects.toThrow(/none.pem: ENOENT/)
  })
})
