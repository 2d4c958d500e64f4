import type { AnyChannel } from '@kwm/sim'
import { CHANNELS, INDEX_CHANNEL, PRIVATE_CHANNELS } from '@kwm/sim'

/** A client's command, understood, or the venue's numbered refusal of it. */
export type Command =
  | {
      readonly cmd: 'subscribe'
      readonly id: number
      readonly channels: readonly AnyChannel[]
      readonly unknownChannels: readonly string[]
      /** `undefined`: all markets. */
      readonly marketTickers: readonly string[] | undefined
      readonly indexIds: readonly string[]
      readonly useYesPrice: boolean
      readonly sendInitialSnapshot: boolean
    }
  | { readonly cmd: 'unsubscribe'; readonly id: number; readonly sids: readonly number[] }
  | {
      readonly cmd: 'update_subscription'
      readonly id: number
      readonly sid: number
      readonly action: UpdateAction
      readonly marketTickers: readonly string[]
    }
  | {
      readonly cmd: 'update_indices'
      readonly id: number
      readonly sid: number
      readonly action: IndexAction
      readonly indexIds: readonly string[]
    }
  | { readonly cmd: 'list_subscriptions'; readonly id: number }

export type UpdateAction = 'add_markets' | 'delete_markets' | 'get_snapshot'
export type IndexAction = 'subscribe_indices' | 'unsubscribe_indices' | 'indexlist'
export type Refusal = {
  readonly cmd: 'refused'
  readonly id: number | undefined
  readonly code: number
  readonly msg: string
}

/** The venue's own words, by code. */
export const ERRORS = {
  1: 'Unable to process message',
  2: 'Params required',
  3: 'Channels required',
  4: 'Subscription IDs required',
  5: 'Unknown command',
  7: 'Unknown subscription ID',
  8: 'Unknown channel name',
  12: 'Exactly one subscription ID is required',
  13: 'Unsupported action',
  14: 'Market Ticker required',
  15: 'Action required',
  24: 'Index IDs required',
  25: 'Subscription buffer overflow',
} as const
export type ErrorCode = keyof typeof ERRORS

const ALL_CHANNELS: readonly AnyChannel[] = [...CHANNELS, ...PRIVATE_CHANNELS, INDEX_CHANNEL]

type Fields = Readonly<Record<string, unknown>>

export function parseCommand(text: string): Command | Refusal {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return refuse(undefined, 1)
  }
  if (!isFields(message)) return refuse(undefined, 1)
  const { id, cmd, params } = message
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return refuse(undefined, 1)
  if (cmd === 'list_subscriptions') return { cmd, id }
  if (cmd !== 'subscribe' && cmd !== 'unsubscribe' && cmd !== 'update_subscription') {
    return refuse(id, 5)
  }
  if (params === undefined || params === null) return refuse(id, 2)
  if (!isFields(params)) return refuse(id, 1)
  if (cmd === 'subscribe') return parseSubscribe(id, params)
  return cmd === 'unsubscribe' ? parseUnsubscribe(id, params) : parseUpdate(id, params)
}

function parseSubscribe(id: number, params: Fields): Command | Refusal {
  const names = params['channels']
  if (names === undefined || (Array.isArray(names) && names.length === 0)) return refuse(id, 3)
  const marketTickers = tickersOf(params)
  const { index_ids: indexIds = [] } = params
  if (!isTexts(names) || marketTickers === null || !isTexts(indexIds)) return refuse(id, 1)
  const channels = ALL_CHANNELS.filter((channel) => names.includes(channel))
  if (channels.includes('orderbook_delta') && !marketTickers?.length) return refuse(id, 14)
  return {
    cmd: 'subscribe',
    id,
    channels,
    unknownChannels: names.filter((name) => !ALL_CHANNELS.some((channel) => channel === name)),
    ...{ marketTickers, indexIds },
    useYesPrice: params['use_yes_price'] === true,
    sendInitialSnapshot: params['send_initial_snapshot'] === true,
  }
}

function parseUnsubscribe(id: number, params: Fields): Command | Refusal {
  const { sids } = params
  if (sids === undefined || (Array.isArray(sids) && sids.length === 0)) return refuse(id, 4)
  return isSids(sids) ? { cmd: 'unsubscribe', id, sids } : refuse(id, 1)
}

function parseUpdate(id: number, params: Fields): Command | Refusal {
  const { sid, sids = sid === undefined ? [] : [sid], action } = params
  if (!isSids(sids)) return refuse(id, 1)
  const [only] = sids
  if (only === undefined || sids.length !== 1) return refuse(id, 12)
  if (action === undefined) return refuse(id, 15)
  if (isIndexAction(action)) {
    const { index_ids: indexIds = [] } = params
    if (!isTexts(indexIds)) return refuse(id, 1)
    if (action !== 'indexlist' && indexIds.length === 0) return refuse(id, 24)
    return { cmd: 'update_indices', id, sid: only, action, indexIds }
  }
  if (action !== 'add_markets' && action !== 'delete_markets' && action !== 'get_snapshot') {
    return refuse(id, 13)
  }
  const marketTickers = tickersOf(params)
  if (marketTickers === null) return refuse(id, 1)
  if (!marketTickers?.length) return refuse(id, 14)
  return { cmd: 'update_subscription', id, sid: only, action, marketTickers }
}

/** `null` when they are not texts. */
function tickersOf(params: Fields): readonly string[] | undefined | null {
  const { market_ticker: one, market_tickers: many } = params
  if (one === undefined && many === undefined) return undefined
  const tickers = [...(Array.isArray(many) ? (many as unknown[]) : []), ...(one ? [one] : [])]
  if (many !== undefined && !Array.isArray(many)) return null
  return isTexts(tickers) ? [...new Set(tickers)] : null
}

export const refuse = (id: number | undefined, code: ErrorCode): Refusal => ({
  cmd: 'refused',
  id,
  code,
  msg: ERRORS[code],
})

const isIndexAction = (action: unknown): action is IndexAction =>
  action === 'subscribe_indices' || action === 'unsubscribe_indices' || action === 'indexlist'
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
const isSids = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item))
