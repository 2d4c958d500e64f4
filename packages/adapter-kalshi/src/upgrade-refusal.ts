import { OperatingError } from '@kwm/runtime'

/** The venue will not have us, and trying again changes nothing. The message names the fix. */
export class UpgradeRefusedError extends OperatingError {
  override readonly name = 'UpgradeRefusedError'
  readonly code = 'KALSHI_UPGRADE_REFUSED'
  readonly status: number

  constructor(url: string, status: number) {
    super(`${new URL(url).host} refused the WebSocket with HTTP ${status}: ${fixOf(status)}`)
    this.status = status
  }
}

export const isRefusal = (status: number): boolean => status === 401 || status === 403

const fixOf = (status: number): string =>
  status === 401
    ? "check that KALSHI_KEY_ID belongs to KALSHI_PRIVATE_KEY_FILE, that the key is of this venue (demo and production have keys of their own) and that this machine's clock is right"
    : 'the key lacks the "read" scope or this address is blocked: make a key with read access at kalshi.com/account'
