// A key pair for the simulated venue, once: kalshi-ws signs with the private key, venue-sim checks
// with the public one. Nothing outside the two containers ever sees it.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const directory = process.argv[2] ?? '/keys'
const privateKeyFile = path.join(directory, 'private.pem')
const publicKeyFile = path.join(directory, 'public.pem')
if (existsSync(privateKeyFile) && existsSync(publicKeyFile)) {
  console.log(`the key pair in ${directory} is kept`)
} else {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  writeFileSync(privateKeyFile, privateKey, { mode: 0o600 })
  writeFileSync(publicKeyFile, publicKey, { mode: 0o644 })
  console.log(`a new key pair is in ${directory}`)
}
