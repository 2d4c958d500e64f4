import type { DataOf, LadderRow } from '@kwm/contracts'
import type { Prng } from '@kwm/std'

export const US = 1_000_000
export const DAY_START_US = Date.UTC(2026, 10, 20, 5) * 1_000
export const HOUR_US = 3_600 * US

export type Bracket = {
  readonly ticker: string
  readonly floor: number | null
  readonly cap: number | null
  readonly strikeType: 'less' | 'between' | 'greater'
}
export type DayEvent = {
  readonly eventTicker: string
  readonly seriesTicker: string
  readonly stationId: string
  readonly centre: number
  readonly high: number
  readonly brackets: readonly Bracket[]
}

/** Six brackets of two degrees around `centre`, tails open. */
export function dayEvent(city: string, stationId: string, centre: number, high: number): DayEvent {
  const eventTicker = `KXHIGH${city}-26NOV20`
  const low = centre - 4
  const between = [0, 1, 2, 3].map((i): Bracket => {
    const floor = low + 2 * i
    const ticker = `${eventTicker}-B${floor + 0.5}`
    return { ticker, floor, cap: floor + 1, strikeType: 'between' }
  })
  const brackets: Bracket[] = [
    { ticker: `${eventTicker}-T${low}`, floor: null, cap: low, strikeType: 'less' },
    ...between,
    { ticker: `${eventTicker}-T${low + 7}`, floor: low + 7, cap: null, strikeType: 'greater' },
  ]
  return { eventTicker, seriesTicker: `KXHIGH${city}`, stationId, centre, high, brackets }
}

export const listing = (
  event: DayEvent,
  bracket: Bracket,
  openTimeUs: number,
  closeTimeUs: number,
  isSynthetic: boolean,
): DataOf<'md.market-listed.v1'> => ({
  marketTicker: bracket.ticker,
  eventTicker: event.eventTicker,
  seriesTicker: event.seriesTicker,
  title: `Highest temperature, ${event.stationId}`,
  strikeType: bracket.strikeType,
  floorStrike: bracket.floor,
  capStrike: bracket.cap,
  openTimeUs,
  closeTimeUs,
  status: 'active',
  priceRanges: [{ startBps: 100, endBps: 9_900, stepBps: 100 }],
  exchangeIndex: 0,
  feeType: 'quadratic',
  feeMultiplierMilli: 1_000,
  rulesPrimary: '',
  isTradable: true,
  untradableReason: null,
  isSynthetic,
})

export const paysYes = ({ floor, cap, strikeType }: Bracket, high: number): boolean =>
  strikeType === 'less'
    ? high < cap!
    : strikeType === 'greater'
      ? high > floor!
      : high >= floor! && high <= cap!

/** Probabilities of the brackets when the high is normal around `mu`. */
export function bracketProbabilities(event: DayEvent, mu: number, sd: number): number[] {
  const edges = event.brackets
    .slice(1)
    .map((b) => b.floor! - (b.strikeType === 'greater' ? -0.5 : 0.5))
  const below = [0, ...edges.map((edge) => normalCdf((edge - mu) / sd)), 1]
  return event.brackets.map((_, index) => below[index + 1]! - below[index]!)
}

const normalCdf = (z: number): number => 1 / (1 + Math.exp(-1.5976 * z - 0.07056 * z ** 3))

export function ladderRows(
  event: DayEvent,
  p: readonly number[],
  rng: Prng,
  isStale: boolean,
): LadderRow[] {
  return event.brackets.map(({ ticker }, index) => {
    const fair = Math.min(Math.max(p[index]! + 0.012 * rng.nextNormal(), 0), 1)
    const bidBps = clampGrid(Math.floor(fair * 100) - rng.nextInt(2), 0, 98) * 100
    const askBps = clampGrid(bidBps / 100 + 1 + rng.nextInt(3), 1, 100) * 100
    const hasBid = bidBps > 0
    const hasAsk = askBps < 10_000
    const mid = hasBid && hasAsk ? (bidBps + askBps) / 20_000 : null
    const quoteState = isStale
      ? 'stale'
      : hasBid && hasAsk
        ? 'two'
        : hasBid
          ? 'bid-only'
          : 'ask-only'
    const isActive = mid !== null && mid > 0.03 && mid < 0.97 && !isStale
    const shock = rng.nextNormal()
    return {
      marketTicker: ticker,
      quoteState,
      bidBps,
      askBps,
      bidCenti: hasBid ? 100 * (20 + rng.nextInt(900)) : 0,
      askCenti: hasAsk ? 100 * (20 + rng.nextInt(900)) : 0,
      mid,
      fairMid: fair,
      fairVar: 0.0001,
      microprice: mid,
      queueImbalance: rng.nextFloat() * 2 - 1,
      depthImbalance: rng.nextFloat() * 2 - 1,
      ofi5s: Math.round(40 * rng.nextNormal()),
      ofi60s: Math.round(220 * rng.nextNormal()),
      signedFlow30s: Math.round(60 * rng.nextNormal()),
      volume10min: rng.nextInt(4_000),
      velocity: isActive ? 0.0004 * shock : null,
      velocitySe: isActive ? 0.0003 : null,
      acceleration: isActive ? 0.00002 * rng.nextNormal() : null,
      accelerationSe: isActive ? 0.00002 : null,
      ras: isActive ? 0.00002 * shock : null,
      rasZ: isActive ? 1.6 * shock : null,
      isActive,
    }
  })
}

/** The fused PMF, leaning a little to the warm side. */
export function weatherView(event: DayEvent, p: readonly number[]): DataOf<'pmf.weather-pmf.v1'> {
  const tilted = p.map((value, index) => value * (1 + 0.08 * (index - 2.5)))
  const sum = tilted.reduce((a, b) => a + b, 0)
  return {
    eventTicker: event.eventTicker,
    stationId: event.stationId,
    climateDate: '2026-11-20',
    brackets: event.brackets.map(({ ticker }, i) => ({
      marketTicker: ticker,
      p: tilted[i]! / sum,
    })),
    ...{ blockedReason: null, basis: 'nowcast', pmf: null, runningHigh: null, timeOfMax: null },
    ...{ feed: null, forecast: null, ensemble: null, isWidened: false },
    hardLowerF: event.high - 6,
    hazard15min: 0.11,
    hazard60min: 0.34,
    probabilityOfNewHigh: 0.82,
    modelVersion: 'nowcast-1',
  }
}

const curveF = ({ high }: DayEvent, hour: number): number =>
  high - 7 - 7 * Math.cos(((hour - 3) * Math.PI) / 12)

export const reading = (
  event: DayEvent,
  kind: 'smooth' | 'tenth-f',
  hour: number,
): DataOf<'wx.observation.v1'> => ({
  stationId: event.stationId,
  source: kind === 'smooth' ? 'visual-crossing' : 'metar',
  kind,
  tempF: Math.round(10 * (curveF(event, hour) + Math.sin(hour * 5))) / 10,
  dewPointF: null,
  humidityPct: null,
  windMph: null,
  windowStartUs: null,
  stationIds: [event.stationId],
  revision: 0,
})

export const forecastOf = (event: DayEvent): DataOf<'wx.forecast.v1'> => {
  const hours = Array.from({ length: 25 }, (_, hour) => hour)
  return {
    stationId: event.stationId,
    source: 'visual-crossing',
    issueTimeUs: DAY_START_US - HOUR_US,
    basisDate: '2026-11-19',
    validTimesUs: hours.map((hour) => DAY_START_US + hour * HOUR_US),
    tempsF: hours.map((hour) => curveF(event, hour)),
  }
}

const clampGrid = (value: number, min: number, max: number): number =>
  Math.min(Math.max(value, min), max)
