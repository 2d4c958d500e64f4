import * as schemas from './exchange-schemas.ts'
import type { EventLiveData, ExchangeSchedule, WeatherIndex } from './exchange-schemas.ts'
import type { TimeRange } from './history.ts'
import type { KalshiTransport } from './transport.ts'

/** What the exchange says about its hours, and the data its markets go by. All of it public. */
export class KalshiExchange {
  readonly #transport: KalshiTransport

  constructor(transport: KalshiTransport) {
    this.#transport = transport
  }

  async schedule(signal?: AbortSignal): Promise<ExchangeSchedule> {
    const request = { template: '/exchange/schedule', signal }
    return (await this.#transport.json(request, schemas.scheduleAnswer)).schedule
  }

  /** The venue's own minute temperature of a city, in degrees Fahrenheit. */
  weatherIndex(
    city: string,
    { fromUs, toUs }: TimeRange,
    signal?: AbortSignal,
  ): Promise<WeatherIndex> {
    const query = { from: Math.floor(fromUs / 1_000), to: Math.ceil(toUs / 1_000) }
    const request = { template: '/live_data/weather/{city}', params: { city }, query, signal }
    return this.#transport.json(request, schemas.weatherIndexAnswer)
  }

  async eventLiveData(eventTicker: string, signal?: AbortSignal): Promise<EventLiveData> {
    const params = { event_ticker: eventTicker }
    const request = { template: '/live_data/events/{event_ticker}', params, signal }
    return (await this.#transport.json(request, schemas.eventLiveDataAnswer)).live_data
  }
}
