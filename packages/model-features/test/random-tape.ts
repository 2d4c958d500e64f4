import type { DataOf } from '@kwm/contracts'
import { Prng } from '@kwm/std'
import {
  defaultFeaturesConfig,
  featuresMachine,
  type FeaturesConfig,
  type FeaturesInput,
} from '../src/index.ts'

type Frame = DataOf<'feature.ladder-frame.v1'>

export const EVENT = 'KXHIGHNY-26NOV20'
/** Noon in New York. */
export const START_US = Date.parse('2026-11-20T17:00:00Z') * 1_000
const STRIKES = [
  { ticker: 'T50', strikeType: 'less', floorStrike: null, capStrike: 50 },
  { ticker: 'B50.5', strikeType: 'between', floorStrike: 50, capStrike: 51 },
  { ticker: 'B52.5', strikeType: 'between', floorStrike: 52, capStrike: 53 },
  { ticker: 'T53', strikeType: 'greater', floorStrike: 53, capStrike: null },
] as const
export const TICKERS = STRIKES.map(({ ticker }) => `${EVENT}-${ticker}`)
const FAIR_CENTS = [20, 40, 30, 10]

/** Everything is said within minutes, and a frame comes of every change. */
export const quickConfig: FeaturesConfig = {
  ...defaultFeaturesConfig,
  frameIntervalUs: 1,
  pairMotion: {
    ...{ stepUs: 1_000_000, fastHalfLifeUs: 10_000_000, slowHalfLifeUs: 60_000_000, minNEff: 6 },
  },
  tradeIntensity: { ...defaultFeaturesConfig.tradeIntensity, warmUpUs: 20_000_000 },
  stdOffsetMinutes: { CLINYC: -300 },
}

type Book = { readonly yes: Map<number, number>; readonly no: Map<number, number> }

/**
 * A seeded market of four brackets whose fair prices wander: quotes around them come and go, takers
 * hit both sides, books go stale and come back, the weather is told now and then, and a tick comes
 * every second. Nobody's real behaviour.
 */
export function randomTape(seed: number, seconds: number): FeaturesInput[] {
  const prng = new Prng(seed)
  const tape: FeaturesInput[] = []
  const books: Book[] = TICKERS.map(() => ({ yes: new Map(), no: new Map() }))
  const fair = [...FAIR_CENTS]
  let timeUs = START_US
  const emit = <T extends FeaturesInput['type']>(type: T, data: DataOf<T>): void => {
    const times = { eventTimeUs: timeUs, ingestTimeUs: timeUs + 1_000 }
    tape.push({ type, id: `e${tape.length}`, causationId: 'x', ...times, data } as never)
  }
  for (const strike of STRIKES) emit('md.market-listed.v1', listing(strike))
  const snapshot = (index: number): void => {
    const { yes, no } = books[index]!
    const marketTicker = TICKERS[index]!
    emit('md.book-snapshot.v1', { marketTicker, yes: [...yes], no: [...no], venueSeq: 1 })
  }
  for (const [index, cents] of fair.entries()) {
    for (const [side, best] of [
      ['yes', cents - 2],
      ['no', 98 - cents],
    ] as const) {
      books[index]![side].set(best * 100, 5_000).set((best - 1) * 100, 8_000)
    }
    snapshot(index)
  }
  const endUs = START_US + seconds * 1e6
  while (timeUs < endUs) {
    const before = Math.floor(timeUs / 1e6)
    const nextUs = timeUs + 20_000 + prng.nextInt(400_000)
    for (let second = before + 1; second * 1e6 <= nextUs; second++) {
      timeUs = second * 1e6
      emit('ops.tick.v1', { second, source: 'tape' })
    }
    timeUs = nextUs
    const index = prng.nextInt(TICKERS.length)
    const dice = prng.nextFloat()
    if (dice < 0.1) fair[index] = Math.min(90, Math.max(8, fair[index]! + prng.nextInt(3) - 1))
    else if (dice < 0.3) trade(prng, emit, index, fair[index]!, books[index]!)
    else if (dice < 0.31) {
      emit('md.book-stale.v1', { marketTicker: TICKERS[index]!, reason: 'sequence-gap' })
      if (prng.nextFloat() < 0.9) snapshot(index)
    } else if (dice < 0.32) emit('pmf.weather-pmf.v1', weather(prng))
    else if (dice < 0.33) snapshot(index)
    else delta(prng, emit, index, fair[index]!, books[index]!)
  }
  return tape
}

type Emit = <T extends FeaturesInput['type']>(type: T, data: DataOf<T>) => void

function change(emit: Emit, index: number, book: Book, side: 'yes' | 'no', at: number, to: number) {
  const countDeltaCenti = to - (book[side].get(at) ?? 0)
  if (countDeltaCenti === 0) return
  if (to === 0) book[side].delete(at)
  else book[side].set(at, to)
  const where = { marketTicker: TICKERS[index]!, side, priceBps: at }
  emit('md.book-delta.v1', { ...where, countDeltaCenti, venueSeq: 1 })
}

function delta(prng: Prng, emit: Emit, index: number, fair: number, book: Book): void {
  const side = prng.nextFloat() < 0.5 ? 'yes' : 'no'
  const middle = side === 'yes' ? fair : 100 - fair
  // What stands too near the fair price is pulled first, so that books do not stay crossed.
  for (const [priceBps] of book[side]) {
    if (priceBps > (middle - 1) * 100) return change(emit, index, book, side, priceBps, 0)
  }
  const priceBps = (middle - 1 - prng.nextInt(5)) * 100
  if (priceBps <= 0) return
  const to = prng.nextFloat() < 0.4 ? 0 : 100 * (1 + prng.nextInt(90))
  change(emit, index, book, side, priceBps, to)
}

function trade(prng: Prng, emit: Emit, index: number, fair: number, book: Book): void {
  const takerSide = prng.nextFloat() < 0.5 ? 'yes' : 'no'
  const hit = takerSide === 'yes' ? 'no' : 'yes'
  const best = Math.max(0, ...book[hit].keys())
  if (best === 0) return
  const countCenti = 100 * (1 + prng.nextInt(20))
  const yesPriceBps = takerSide === 'yes' ? 10_000 - best : best
  const isBlock = prng.nextFloat() < 0.05
  const print = { tradeId: `t${fair}-${prng.nextUint32()}`, yesPriceBps, countCenti, takerSide }
  emit('md.trade.v1', { marketTicker: TICKERS[index]!, ...print, isBlock } as never)
  const left = Math.max(0, book[hit].get(best)! - countCenti)
  if (!isBlock) change(emit, index, book, hit, best, left)
}

/** What a weather PMF says beside its probabilities, when nothing of it matters. */
export const NO_DETAIL = {
  ...{
    blockedReason: null,
    basis: 'nowcast' as const,
    pmf: null,
    runningHigh: null,
    timeOfMax: null,
  },
  ...{ feed: null, forecast: null, ensemble: null, isWidened: false },
}

const weather = (prng: Prng): DataOf<'pmf.weather-pmf.v1'> => ({
  ...{ eventTicker: EVENT, stationId: 'KNYC', climateDate: '2026-11-20' },
  brackets: TICKERS.map((marketTicker, index) => ({ marketTicker, p: FAIR_CENTS[index]! / 100 })),
  ...{ hardLowerF: 47 + prng.nextInt(6), hazard15min: prng.nextFloat(), hazard60min: null },
  ...{ probabilityOfNewHigh: prng.nextFloat(), modelVersion: 'random', ...NO_DETAIL },
})

const listing = (strike: (typeof STRIKES)[number]): DataOf<'md.market-listed.v1'> => ({
  ...{ marketTicker: `${EVENT}-${strike.ticker}`, eventTicker: EVENT, seriesTicker: 'KXHIGHNY' },
  ...{ title: '', strikeType: strike.strikeType },
  ...{ floorStrike: strike.floorStrike, capStrike: strike.capStrike, status: 'active' },
  ...{ openTimeUs: START_US, closeTimeUs: START_US + 12 * 3_600e6, exchangeIndex: 0 },
  priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
  ...{ feeType: 'quadratic', feeMultiplierMilli: 1_000, rulesPrimary: '' },
  ...{ isTradable: true, untradableReason: null, isSynthetic: true },
  rules: {
    ...{ templateId: 'x', templateHash: '0123456789abcdef', statistic: 'maximum' },
    ...{ station: 'CLINYC', comparator: 'between', unit: 'fahrenheit', source: '', revision: '' },
  },
})

/** The frames the machine makes of a tape, each with the number of the event it came of. */
export function framesOf(
  tape: readonly FeaturesInput[],
  config: FeaturesConfig = quickConfig,
): { readonly n: number; readonly frame: Frame }[] {
  const state = featuresMachine.initial(config)
  return tape.flatMap((input, n) =>
    featuresMachine.step(state, input).map(({ data }) => ({ n, frame: data as Frame })),
  )
}
