import type { DataOf } from '@kwm/contracts'
import { defaultPmfConfig, pmfMachine, type PmfConfig, type PmfInput } from '../src/index.ts'

export const EVENT = 'KXHIGHNY-26NOV20'
export const START_US = 1_795_200_000_000_000
export const SECOND_US = 1_000_000

type Frame = DataOf<'feature.ladder-frame.v1'>
type Row = Frame['rows'][number]
type Pmf = DataOf<'pmf.fused-pmf.v1'>
type Weather = DataOf<'pmf.weather-pmf.v1'>
type Listed = DataOf<'md.market-listed.v1'>

/** Six brackets: below 45, four of two degrees, 53 and more. */
export const BRACKETS = [
  { ticker: 'T45', strikeType: 'less', floorStrike: null, capStrike: 45 },
  { ticker: 'B45.5', strikeType: 'between', floorStrike: 45, capStrike: 46 },
  { ticker: 'B47.5', strikeType: 'between', floorStrike: 47, capStrike: 48 },
  { ticker: 'B49.5', strikeType: 'between', floorStrike: 49, capStrike: 50 },
  { ticker: 'B51.5', strikeType: 'between', floorStrike: 51, capStrike: 52 },
  { ticker: 'T52', strikeType: 'greater', floorStrike: 52, capStrike: null },
] as const
export const TICKERS = BRACKETS.map(({ ticker }) => `${EVENT}-${ticker}`)
export const CENTRES = [43.5, 45.5, 47.5, 49.5, 51.5, 53.5]
/** Quotes of a quiet book around 0.02 0.10 0.38 0.36 0.12 0.02. */
export const QUIET: readonly Quote[] = [
  [100, 300],
  [900, 1_100],
  [3_700, 3_900],
  [3_500, 3_700],
  [1_100, 1_300],
  [100, 300],
]
export type Quote = readonly [bidBps: number, askBps: number, more?: Partial<Row>]

/** The machine with a clock and names for its inputs. */
export class Desk {
  state
  timeUs = START_US
  readonly inputs: PmfInput[] = []
  #count = 0

  constructor(config: Partial<PmfConfig> = {}, isListed = true) {
    this.state = pmfMachine.initial({ ...defaultPmfConfig, ...config })
    if (isListed) for (const bracket of BRACKETS) this.list(bracket)
  }

  list(bracket: Partial<Listed> & { readonly ticker: string }): void {
    const { ticker, ...strikes } = bracket
    this.#step('md.market-listed.v1', {
      ...{ marketTicker: `${EVENT}-${ticker}`, eventTicker: EVENT, seriesTicker: 'KXHIGHNY' },
      ...{ title: '', strikeType: 'between', floorStrike: null, capStrike: null },
      ...{ openTimeUs: START_US, closeTimeUs: START_US + 36_000 * SECOND_US, status: 'active' },
      priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
      ...{ exchangeIndex: 0, feeType: 'quadratic', feeMultiplierMilli: 1_000, rulesPrimary: '' },
      ...{ isTradable: true, untradableReason: null, isSynthetic: true },
      ...strikes,
    })
  }

  weather(pmf: readonly number[], more: Partial<Weather> = {}): void {
    this.#step('pmf.weather-pmf.v1', {
      eventTicker: EVENT,
      stationId: 'KNYC',
      climateDate: '2026-11-20',
      brackets: pmf.map((p, index) => ({ marketTicker: TICKERS[index]!, p })),
      ...{ hardLowerF: null, hazard15min: null, hazard60min: null, probabilityOfNewHigh: null },
      ...{ blockedReason: null, basis: 'nowcast', pmf: null, runningHigh: null, timeOfMax: null },
      ...{ feed: null, forecast: null, ensemble: null, isWidened: false },
      modelVersion: 'test',
      ...more,
    })
  }

  /** One frame, `seconds` after the last input. */
  frame(quotes: readonly Quote[] = QUIET, seconds = 1, more: Partial<Frame> = {}): Pmf {
    this.timeUs += Math.round(seconds * SECOND_US)
    const [said] = this.#step('feature.ladder-frame.v1', {
      ...{ eventTicker: EVENT, seriesTicker: 'KXHIGHNY' },
      closeTimeUs: START_US + 36_000 * SECOND_US,
      centres: CENTRES,
      rows: quotes.map((quote, index) => row(TICKERS[index]!, quote)),
      isPartition: true,
      trigger: 'change',
      ...more,
    })
    if (said?.type !== 'pmf.fused-pmf.v1') throw new Error('a frame without a PMF')
    return said.data
  }

  step(input: PmfInput) {
    this.inputs.push(input)
    return pmfMachine.step(this.state, input)
  }

  #step<T extends PmfInput['type']>(type: T, data: DataOf<T>) {
    const times = { eventTimeUs: this.timeUs, ingestTimeUs: this.timeUs }
    const id = `in-${this.#count++}`
    return this.step({ type, id, causationId: 'x', ...times, data } as unknown as PmfInput)
  }
}

export const probabilities = (pmf: Pmf): number[] => pmf.brackets.map(({ p }) => p!)

export const row = (marketTicker: string, [bidBps, askBps, more]: Quote): Row => ({
  marketTicker,
  quoteState: 'two',
  ...{ bidBps, askBps, bidCenti: 5_000, askCenti: 5_000 },
  ...{ mid: (bidBps + askBps) / 20_000, fairMid: (bidBps + askBps) / 20_000, fairVar: 1e-5 },
  ...{ microprice: null, queueImbalance: null, depthImbalance: null, ofi5s: null, ofi60s: null },
  ...{ signedFlow30s: 0, volume10min: 0, velocity: null, velocitySe: null },
  ...{ acceleration: null, accelerationSe: null, ras: null, rasZ: null, isActive: true },
  ...more,
})
