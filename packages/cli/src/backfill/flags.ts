import {
  BASIC_LIMITS,
  KalshiAccount,
  KalshiHistory,
  KalshiRest,
  KalshiTransport,
  RateBudget,
  loadPrivateKey,
  type BudgetLimits,
} from '@kwm/adapter-kalshi'
import { OperatingError, systemClock } from '@kwm/runtime'
import { say } from '../terminal.ts'
import type { Venue } from './work.ts'

export type BackfillFlags = {
  readonly series?: string
  readonly station?: string
  readonly days: string
  readonly to?: string
  readonly interval: '1' | '60' | '1440'
  readonly out?: string
  readonly databaseUrl?: string
  readonly restUrl: string
  readonly tokensPerSecond?: string
  readonly iemUrl?: string
  readonly visualCrossingUrl?: string
  readonly minIntervalMs?: string
  readonly refresh?: boolean
  readonly json?: boolean
}

const DAY_US = 86_400_000_000

export class BackfillOptionError extends OperatingError {
  override readonly name = 'BackfillOptionError'
  readonly code = 'BACKFILL_OPTION'
}

/** The API keys, where the environment names them. */
export type KeyEnvironment = {
  readonly KALSHI_KEY_ID?: string | undefined
  readonly KALSHI_PRIVATE_KEY_FILE?: string | undefined
  readonly VISUAL_CROSSING_API_KEY?: string | undefined
}

/** The venue with what the environment and the flags say of its budget. */
export async function openVenue(
  flags: BackfillFlags,
  key: KeyEnvironment,
  onRequest: () => void,
): Promise<Venue> {
  const clock = systemClock
  const budget = new RateBudget({ clock, limits: limitsOf(flags) })
  const credentials = await credentialsOf(key)
  const transport = new KalshiTransport({
    baseUrl: flags.restUrl,
    clock,
    budget,
    ...(credentials && { credentials }),
    observer: { request: onRequest },
  })
  if (credentials) say(`tier ${await new KalshiAccount(transport).configure(budget)}`)
  return { rest: new KalshiRest(transport), history: new KalshiHistory(transport), clock }
}

export function seriesOf({ series }: BackfillFlags): readonly string[] {
  const tickers = listOf(series)
  if (tickers.length === 0) throw new BackfillOptionError('--series <tickers> is missing')
  const bad = tickers.find((ticker) => !/^[A-Z0-9.-]{1,64}$/.test(ticker))
  if (bad === undefined) return tickers
  throw new BackfillOptionError(`--series: ${JSON.stringify(bad)} is no ticker of a series`)
}

/** `a, B` is A and B; nothing is the empty list. */
export const listOf = (text = ''): readonly string[] =>
  text.split(',').flatMap((one) => one.trim().toUpperCase() || [])

export function rangeOf({ days, to }: BackfillFlags): { fromUs: number; toUs: number } {
  const count = Number(days)
  if (!Number.isInteger(count) || count < 1 || count > 5_000) {
    throw new BackfillOptionError(`--days: ${days} is not a number of days from 1 to 5000`)
  }
  const todayUs = Math.floor(systemClock.nowUs() / DAY_US) * DAY_US
  const endUs = to === undefined ? todayUs : Date.parse(`${to}T00:00:00Z`) * 1_000
  if (!Number.isFinite(endUs))
    throw new BackfillOptionError(`--to: ${to} is not a date, YYYY-MM-DD`)
  return { fromUs: endUs + DAY_US - count * DAY_US, toUs: endUs + DAY_US }
}

function limitsOf({ tokensPerSecond }: BackfillFlags): BudgetLimits {
  if (tokensPerSecond === undefined) return BASIC_LIMITS
  const rate = Number(tokensPerSecond)
  if (!(rate >= 10 && rate <= 100_000)) {
    throw new BackfillOptionError(
      `--tokens-per-second: ${tokensPerSecond} is not from 10 to 100000`,
    )
  }
  return { ...BASIC_LIMITS, read: { refillPerSecond: rate, capacity: rate } }
}

async function credentialsOf({
  KALSHI_KEY_ID: keyId,
  KALSHI_PRIVATE_KEY_FILE: file,
}: KeyEnvironment) {
  if (keyId === undefined && file === undefined) return undefined
  if (keyId === undefined || file === undefined) {
    throw new BackfillOptionError('set both KALSHI_KEY_ID and KALSHI_PRIVATE_KEY_FILE, or neither')
  }
  return { keyId, privateKey: (await loadPrivateKey(file)).privateKey }
}
