/** Channels of markets, of our account, and of indices. */
export type Channel =
  | 'orderbook_delta'
  | 'trade'
  | 'ticker'
  | 'market_lifecycle_v2'
  | 'fill'
  | 'user_orders'
  | 'market_positions'
  | 'order_group_updates'
  | 'cfbenchmarks_value'

/**
 * What we say to the venue. One subscription per channel, grown and shrunk: what a second
 * subscription to a channel does is nowhere documented.
 */
export type Command =
  | {
      readonly kind: 'subscribe'
      readonly channel: Channel
      /** Index ids for `cfbenchmarks_value`; ignored by the channels that take no filter. */
      readonly marketTickers: readonly string[]
    }
  | {
      readonly kind: 'add-markets' | 'delete-markets' | 'get-snapshot'
      readonly sid: number
      readonly marketTickers: readonly string[]
    }
  | { readonly kind: 'unsubscribe'; readonly sid: number }
  | { readonly kind: 'list-subscriptions' }

/** NO levels in NO prices. The venue's default is about to change, so it is always said. */
const USE_YES_PRICE = false

export function encodeCommand(id: number, command: Command): string {
  switch (command.kind) {
    case 'subscribe':
      return JSON.stringify({ id, cmd: 'subscribe', params: subscribeParams(command) })
    case 'unsubscribe':
      return JSON.stringify({ id, cmd: 'unsubscribe', params: { sids: [command.sid] } })
    case 'list-subscriptions':
      return JSON.stringify({ id, cmd: 'list_subscriptions' })
    default:
      return JSON.stringify({
        id,
        cmd: 'update_subscription',
        params: {
          sids: [command.sid],
          market_tickers: command.marketTickers,
          action: command.kind.replace('-', '_'),
        },
      })
  }
}

function subscribeParams(command: Extract<Command, { kind: 'subscribe' }>): object {
  const { channel, marketTickers } = command
  const channels = [channel]
  switch (channel) {
    case 'orderbook_delta':
      return { channels, market_tickers: marketTickers, use_yes_price: USE_YES_PRICE }
    case 'ticker':
      return { channels, market_tickers: marketTickers, send_initial_snapshot: true }
    case 'trade':
      return { channels, market_tickers: marketTickers }
    case 'cfbenchmarks_value':
      return { channels, index_ids: marketTickers }
    // Of our account: every market of ours, whichever it is.
    case 'fill':
    case 'user_orders':
    case 'market_positions':
    case 'order_group_updates':
    case 'market_lifecycle_v2':
      return { channels }
  }
}
