import { createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { KeyFileError } from './errors.ts'

const GROUP_OR_WORLD_WRITE = 0o022
const GROUP_OR_WORLD_READ = 0o044

export type LoadedKey = {
  readonly privateKey: KeyObject
  /** What the operator should mend, though it does not stop us. */
  readonly warning: string | null
}

/**
 * Read a private key in PEM. A file that others may write or everybody may read is refused; one
 * readable by its group (as Kubernetes mounts secrets) is warned about. Nothing that is thrown or
 * returned for a log contains a byte of the file.
 * @throws {KeyFileError} It names the file and the fix.
 */
export async function loadPrivateKey(file: string): Promise<LoadedKey> {
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    (error: NodeJS.ErrnoException) => {
      throw new KeyFileError(`private key file ${file}: ${error.code ?? 'unreadable'}`)
    },
  )
  const octal = mode.toString(8).padStart(3, '0')
  if (mode & GROUP_OR_WORLD_WRITE || mode & 0o004) {
    throw new KeyFileError(`private key file ${file} has mode ${octal}: run chmod 600 ${file}`)
  }
  return {
    privateKey: await readKey(file),
    warning:
      mode & GROUP_OR_WORLD_READ
        ? `private key file ${file} has mode ${octal}: its group can read it; chmod 600 is better`
        : null,
  }
}

async function readKey(file: string): Promise<KeyObject> {
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new KeyFileError(`private key file ${file}: ${error.code ?? 'unreadable'}`)
  })
  try {
    return createPrivateKey(pem)
  } catch {
    // The reason OpenSSL gives is dropped with the error: it may quote what it could not read.
    throw new KeyFileError(`private key file ${file} holds no unencrypted PEM private key`)
  }
}
