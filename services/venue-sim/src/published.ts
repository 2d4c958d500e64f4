import type { Channel, VenueEvent, VenueMarket } from '@kwm/sim'
import { deltaBody, lifecycleBody, tickerBody, tradeBody } from '@kwm/sim'

/** A change on its way to the subscribers. Its body is written once, however many there are. */
export class Published {
  readonly channel: Channel
  readonly marketTicker: string
  readonly sendingMs: number
  readonly #change: VenueEvent
  readonly #market: VenueMarket
  #body: string | undefined
  #yesPriceBody: string | undefined

  /** `undefined` for what no channel carries. */
  static of(change: VenueEvent, market: VenueMarket): Published | undefined {
    const channel = channelOf(change)
    return channel && new Published(change, market, channel)
  }

  private constructor(change: VenueEvent, market: VenueMarket, channel: Channel) {
    this.#change = change
    this.#market = market
    this.channel = channel
    this.marketTicker = change.marketTicker
    this.sendingMs = Math.floor(change.timeUs / 1_000)
  }

  body(useYesPrice: boolean): string {
    const isNo = this.#change.type === 'level-changed' && this.#change.side === 'no'
    if (useYesPrice && isNo) return (this.#yesPriceBody ??= this.#write(true))
    return (this.#body ??= this.#write(false))
  }

  #write(useYesPrice: boolean): string {
    const change = this.#change
    switch (change.type) {
      case 'level-changed':
        return deltaBody(this.#market, change, useYesPrice)
      case 'trade-printed':
        return tradeBody(change)
      case 'ticker-changed':
        return tickerBody(this.#market, change)
      case 'market-determined':
      case 'market-settled':
        return lifecycleBody(change)
      default:
        return '{}'
    }
  }
}

function channelOf({ type }: VenueEvent): Channel | undefined {
  if (type === 'level-changed') return 'orderbook_delta'
  if (type === 'trade-printed') return 'trade'
  if (type === 'ticker-changed') return 'ticker'
  if (type === 'market-determined' || type === 'market-settled') return 'market_lifecycle_v2'
  return undefined
}
