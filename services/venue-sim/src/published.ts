import type { Cause, Channel, VenueEvent, VenueMarket } from '@kwm/sim'
import { deltaBody, lifecycleBody, tickerBody, tradeBody } from '@kwm/sim'

/** A change on its way to the subscribers. Its body is written once, however many there are. */
export class Published {
  readonly channel: Channel
  readonly marketTicker: string
  readonly sendingMs: number
  readonly #change: VenueEvent
  readonly #market: VenueMarket
  readonly #cause: Cause | undefined
  #body: string | undefined
  #yesPriceBody: string | undefined

  /** `undefined` for what no channel carries. */
  static of(change: VenueEvent, market: VenueMarket, cause?: Cause): Published | undefined {
    const channel = channelOf(change)
    return channel && new Published(change, market, channel, cause)
  }

  private constructor(
    change: VenueEvent,
    market: VenueMarket,
    channel: Channel,
    cause: Cause | undefined,
  ) {
    this.#change = change
    this.#market = market
    this.#cause = cause
    this.channel = channel
    this.marketTicker = change.marketTicker
    this.sendingMs = Math.floor(change.timeUs / 1_000)
  }

  /** The reader whose order caused a change of the book is told which order. */
  body(useYesPrice: boolean, accountNo?: number): string {
    const cause = this.#cause
    if (cause && cause.accountNo === accountNo && this.#change.type === 'level-changed') {
      const { clientOrderId } = cause
      return deltaBody(this.#market, this.#change, useYesPrice, clientOrderId || undefined)
    }
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
      case 'market-deactivated':
      case 'market-activated':
      case 'market-determined':
      case 'market-settled':
      case 'strike-announced':
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
  return type === 'market-closed' || type === 'book-replaced' ? undefined : 'market_lifecycle_v2'
}
