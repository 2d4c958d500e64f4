import { KalshiRest, type RestOptions, type VenueMarket } from '@kwm/adapter-kalshi'
import { rawFrameId, rawSubject, type RawFrame } from '@kwm/contracts'
import type { Clock, RawLog } from '@kwm/runtime'
import { venueLabels, type VenueReading } from './venue-labels.ts'

export type VenueReaderPorts = { readonly raw: RawLog; readonly clock: Clock }

export type VenueRead = VenueReading & {
  /** The last answer it was made from, in RAW. */
  readonly causationId: string
  readonly receivedTimeUs: number
  readonly answers: number
}

const RAW_SUBJECT = rawSubject('kalshi', 'settled')
/** Below the broker's largest message. */
const BYTES_MAX = 512 * 1_024
const encoder = new TextEncoder()

/** Settled markets of a series, each answer kept in RAW before anything is made of it. */
export class VenueReader {
  readonly #rest: KalshiRest
  readonly #ports: VenueReaderPorts
  readonly #connectionId: string
  #answers = 0
  #lastId = ''
  #pending: Promise<unknown>[] = []

  constructor(
    ports: VenueReaderPorts,
    options: Omit<RestOptions, 'observer' | 'clock'>,
    runId: string,
  ) {
    this.#ports = ports
    this.#connectionId = `kalshi-settled-${runId}`
    this.#rest = new KalshiRest({
      ...options,
      clock: ports.clock,
      observer: { raw: (path, status, body, timeUs) => this.#keep(path, status, body, timeUs) },
    })
  }

  /** @throws {OperatingError} The venue does not answer, or not as it says it does. */
  async read(seriesTicker: string, fromUs: number, signal: AbortSignal): Promise<VenueRead> {
    const before = this.#answers
    let markets: VenueMarket[]
    try {
      const minSettledTs = Math.floor(fromUs / 1e6)
      markets = await this.#rest.markets({ seriesTicker, status: 'settled', minSettledTs }, signal)
    } finally {
      await Promise.all(this.#pending)
      this.#pending = []
    }
    const ours = markets.filter(({ event_ticker: ticker }) => ticker.startsWith(`${seriesTicker}-`))
    return {
      ...venueLabels(ours),
      ...{ causationId: this.#lastId, receivedTimeUs: this.#ports.clock.nowUs() },
      answers: this.#answers - before,
    }
  }

  /** One connection an answer, byte for byte. */
  #keep(path: string, status: number, body: string, receivedTimeUs: number): void {
    const connectionId = `${this.#connectionId}-${this.#answers++}`
    const bytes = encoder.encode(body)
    const pieces: Uint8Array[] = []
    for (let from = 0; from < bytes.length || from === 0; from += BYTES_MAX) {
      pieces.push(bytes.subarray(from, from + BYTES_MAX))
    }
    const records: [RawFrame['kind'], Uint8Array][] = [
      ['open', encoder.encode(`${status} ${path}`)],
      ...pieces.map((piece): [RawFrame['kind'], Uint8Array] => ['frame', piece]),
      ['close', encoder.encode('whole')],
    ]
    for (const [frameNo, [kind, content]] of records.entries()) {
      const frame = { kind, connectionId, frameNo, receivedTimeUs, bytes: content }
      this.#pending.push(this.#ports.raw.append(RAW_SUBJECT, frame))
    }
    this.#lastId = rawFrameId({ connectionId, frameNo: 1 })
  }
}
