import type { EventOf } from '@kwm/contracts'
import { bracketOf, sortBrackets, type Bracket } from '@kwm/model-venue'
import { chainTies, type HawkesBlock } from '@kwm/quant'
import { TuningError } from './errors.ts'
import { eventDay } from './event-day.ts'

export type TradeInput = EventOf<'md.market-listed.v1' | 'md.trade.v1' | 'ops.tick.v1'>

/** What was traded in one event while its tape had no gap. */
export type TradeBlock = HawkesBlock & { readonly series: string; readonly day: string }

/** Ticks farther apart than this are a gap: nobody watched. */
const GAP_US = 60e6
/** An event of one bracket has no neighbours, and a chain of streams a bound. */
const BRACKETS_MIN = 2
const BRACKETS_MAX = 32
export const TRADE_PRINTS_MAX = 5_000_000
const SECOND_US = 1e6
const DAY_S = 86_400

type Listed = EventOf<'md.market-listed.v1'>['data']
type Print = { readonly timeUs: number; readonly ticker: string; readonly isBuy: boolean }
type Run = { fromUs: number; toUs: number; readonly prints: Print[] }
type EventTrades = { readonly markets: Map<string, Listed>; readonly runs: Run[] }

/**
 * Collects aggressive events from tapes in order, event by event: prints of one time, market and
 * taker side are one, blocks none. The ticks say when the tape was watched.
 */
export class TradeBlockBuilder {
  readonly #offsets: Readonly<Record<string, number>>
  readonly #events = new Map<string, EventTrades>()
  readonly #eventOf = new Map<string, EventTrades>()
  readonly #lastUs = new Map<string, number>()
  #tickUs = -Infinity
  #prints = 0

  /** `stdOffsetMinutes`: local standard time less UTC, by the station the rules name. */
  constructor(stdOffsetMinutes: Readonly<Record<string, number>>) {
    this.#offsets = stdOffsetMinutes
  }

  /** @throws {TuningError} More prints than `TRADE_PRINTS_MAX`. */
  add(event: TradeInput): void {
    if (event.type === 'ops.tick.v1') this.#onTick(event.data.second * SECOND_US)
    else if (event.type === 'md.market-listed.v1') this.#onListed(event.data)
    else this.#onTrade(event)
  }

  /** Blocks with a trade, in order of their day. */
  build(): TradeBlock[] {
    const blocks: TradeBlock[] = []
    for (const [eventTicker, event] of this.#events) {
      const day = eventDay(eventTicker)
      const listed = [...event.markets.values()]
      const brackets = sortBrackets(
        listed.map(bracketOf).filter((b): b is Bracket => b !== undefined),
      )
      if (day === null || brackets.length < BRACKETS_MIN || brackets.length > BRACKETS_MAX) continue
      const rungs = new Map(brackets.map(({ marketTicker }, rung) => [marketTicker, rung]))
      const { seriesTicker: series, closeTimeUs } = listed.at(-1)!
      const offset = this.#offsetOf(listed.at(-1)!)
      for (const run of event.runs) {
        const events = eventsOf(run, rungs, closeTimeUs, offset)
        if (events) blocks.push({ series, day, events, ties: chainTies(brackets.length) })
      }
    }
    return blocks.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
  }

  /** Minutes of the series' day before that of UTC; 0 where the station is not known. */
  offsetOfSeries(series: string): number {
    for (const { markets } of this.#events.values()) {
      for (const listed of markets.values()) {
        if (listed.seriesTicker === series) return this.#offsetOf(listed)
      }
    }
    return 0
  }

  #offsetOf(listed: Listed): number {
    return this.#offsets[listed.rules?.station ?? ''] ?? 0
  }

  #onTick(timeUs: number): void {
    const isGap = timeUs - this.#tickUs > GAP_US || timeUs < this.#tickUs
    this.#tickUs = timeUs
    for (const { runs } of this.#events.values()) {
      if (isGap || runs.length === 0) runs.push({ fromUs: timeUs, toUs: timeUs, prints: [] })
      else runs.at(-1)!.toUs = timeUs
    }
  }

  #onListed(listed: Listed): void {
    let event = this.#events.get(listed.eventTicker)
    if (!event) this.#events.set(listed.eventTicker, (event = { markets: new Map(), runs: [] }))
    event.markets.set(listed.marketTicker, listed)
    this.#eventOf.set(listed.marketTicker, event)
  }

  #onTrade({ eventTimeUs: timeUs, data }: EventOf<'md.trade.v1'>): void {
    if (data.isBlock) return
    const prints = this.#eventOf.get(data.marketTicker)?.runs.at(-1)?.prints
    if (!prints) return
    const isBuy = data.takerSide === 'yes'
    const stream = `${data.marketTicker} ${data.takerSide}`
    if (this.#lastUs.get(stream) === timeUs) return
    this.#lastUs.set(stream, timeUs)
    prints.push({ timeUs, ticker: data.marketTicker, isBuy })
    if (++this.#prints > TRADE_PRINTS_MAX) {
      throw new TuningError(`more than ${TRADE_PRINTS_MAX} trades: give fewer tapes`)
    }
  }
}

function eventsOf(
  run: Run,
  rungs: ReadonlyMap<string, number>,
  closeTimeUs: number,
  offsetMinutes: number,
): HawkesBlock['events'] | null {
  const { fromUs } = run
  const duration = (Math.min(run.toUs, closeTimeUs) - fromUs) / SECOND_US
  const streamOf = ({ ticker, isBuy }: Print): number | undefined => {
    const rung = rungs.get(ticker)
    return rung === undefined ? undefined : 2 * rung + (isBuy ? 0 : 1)
  }
  // A print may be told late, or between the last tick and the gap.
  const prints = run.prints
    .map((print) => ({ time: (print.timeUs - fromUs) / SECOND_US, stream: streamOf(print) }))
    .filter(({ time, stream }) => stream !== undefined && time >= 0 && time <= duration)
    .toSorted((a, b) => a.time - b.time)
  if (!(duration > 0) || prints.length === 0) return null
  const dayS = fromUs / SECOND_US + offsetMinutes * 60
  return {
    times: Float64Array.from(prints, ({ time }) => time),
    streams: Uint8Array.from(prints, ({ stream }) => stream!),
    duration,
    phaseS: dayS - DAY_S * Math.floor(dayS / DAY_S),
  }
}
