import { cutoffAnswer, type HistoricalCutoff } from './history-schemas.ts'
import type { KalshiTransport } from './transport.ts'

/** The cutoff moves about once a day; what lies this near above it may move across as we read. */
const MOVE_US_MAX = 3 * 86_400e6
const AGE_US_MAX = 600e6

export const readCutoff = (
  transport: KalshiTransport,
  signal?: AbortSignal,
): Promise<HistoricalCutoff> =>
  transport.json({ template: '/historical/cutoff', signal }, cutoffAnswer)

/** Remembers the cutoff for ten minutes. */
export class CutoffCache {
  readonly #transport: KalshiTransport
  #held: { readonly cutoff: HistoricalCutoff; readonly asOfUs: number } | undefined

  constructor(transport: KalshiTransport) {
    this.#transport = transport
  }

  /** Whether everything since `fromUs` is on the live side. */
  async isLive(
    fromUs: number,
    cutoffOf: (cutoff: HistoricalCutoff) => number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { clock } = this.#transport
    if (!this.#held || clock.nowUs() - this.#held.asOfUs > AGE_US_MAX) await this.#read(signal)
    if (fromUs >= cutoffOf(this.#held!.cutoff) + MOVE_US_MAX) return true
    await this.#read(signal)
    return fromUs >= cutoffOf(this.#held!.cutoff)
  }

  async #read(signal: AbortSignal | undefined): Promise<void> {
    const cutoff = await readCutoff(this.#transport, signal)
    this.#held = { cutoff, asOfUs: this.#transport.clock.nowUs() }
  }
}
