import type { AnyEvent, DataOf, EventType } from '@kwm/contracts'
import { defaultMachineConfigs, type MachineConfigs } from '@kwm/machines'
import { signalsConfig } from '@kwm/model-signals'
import { assert, Prng } from '@kwm/std'

const EVENT = 'KXHIGHSYN-26NOV20'
const STRIKES = [
  { ticker: 'T50', strikeType: 'less', floorStrike: null, capStrike: 50, rule: 'less than 50°' },
  {
    ticker: 'B50.5',
    strikeType: 'between',
    floorStrike: 50,
    capStrike: 51,
    rule: 'between 50-51°',
  },
  {
    ticker: 'B52.5',
    strikeType: 'between',
    floorStrike: 52,
    capStrike: 53,
    rule: 'between 52-53°',
  },
  {
    ticker: 'T53',
    strikeType: 'greater',
    floorStrike: 53,
    capStrike: null,
    rule: 'greater than 53°',
  },
] as const
const START_US = 1_795_200_000_000_000
/** The end of the climate day, five hours from UTC. */
const CLOSE_US = Date.UTC(2026, 10, 21, 5) * 1_000
const HOUR_US = 3_600_000_000
const TICKERS = STRIKES.map(({ ticker }) => `${EVENT}-${ticker}`)
const FAIR_BPS = [1_500, 3_500, 3_500, 1_500]

const eager = signalsConfig({
  allocated: ['leader-follower', 'market-making'],
  params: {
    'leader-follower': {
      leaderVelocityTMin: 0.2,
      leaderAccelerationTMin: -50,
      rasZMin: -50,
      followerVelocityTMax: 1e9,
      followerSpreadMaxBps: 3_000,
      edgeMinBps: -2_000,
      cooldownUs: 500_000,
      ttlUs: 3_000_000,
      hedgeShare: 0.2,
    },
  },
})
assert(eager.ok, 'the parameters of the random market')

/** Gates so wide that a short random market has orders, fills and denials in it. */
export const eagerConfigs: MachineConfigs = {
  ...defaultMachineConfigs,
  signals: eager.config,
  forecast: {
    ...defaultMachineConfigs.forecast,
    sampleUs: 200_000,
    online: { ...defaultMachineConfigs.forecast.online, pairsMin: 2, horizonsSeconds: [1, 3] },
  },
  risk: { ...defaultMachineConfigs.risk, openOrdersMax: 4 },
}

/**
 * A short random market of four brackets, as events from outside: listings, snapshots, deltas,
 * trades, ticks, a stale book, a halt and a resume, and the settlement. Nobody's real behaviour.
 */
export function* randomMarket(seed: number, count: number): Generator<AnyEvent> {
  const prng = new Prng(seed)
  const emit = eventMaker()
  const sizes = new Map<string, number>()
  let timeUs = START_US
  for (const strike of STRIKES) yield emit('md.market-listed.v1', timeUs, listing(strike))
  yield emit('wx.forecast.v1', timeUs, forecast)
  for (const [hour, tempF] of morning.entries()) {
    yield emit('wx.observation.v1', CLOSE_US - (24 - hour) * HOUR_US, reading(tempF))
  }
  for (const [index, marketTicker] of TICKERS.entries()) {
    const yes = levels(FAIR_BPS[index]! - 200)
    const no = levels(10_000 - FAIR_BPS[index]! - 200)
    for (const [p, c] of yes) sizes.set(`${marketTicker} yes ${p}`, c)
    for (const [p, c] of no) sizes.set(`${marketTicker} no ${p}`, c)
    yield emit('md.book-snapshot.v1', timeUs, { marketTicker, yes, no, venueSeq: index + 1 })
  }
  for (let n = 0; n < count; n++) {
    timeUs += 20_000 + prng.nextInt(400_000)
    const index = prng.nextInt(TICKERS.length)
    const marketTicker = TICKERS[index]!
    const dice = prng.nextFloat()
    if (dice < 0.12) {
      const data = { second: Math.floor(timeUs / 1e6), source: 'tape' as const }
      yield emit('ops.tick.v1', data.second * 1e6, data)
    } else if (dice < 0.25) {
      const isYes = prng.nextFloat() < 0.5
      const yesPriceBps = FAIR_BPS[index]! + (isYes ? 200 : -200) - 100 * prng.nextInt(3)
      yield emit('md.trade.v1', timeUs, {
        marketTicker,
        tradeId: `t${n}`,
        yesPriceBps,
        countCenti: 100 + prng.nextInt(5_000),
        takerSide: isYes ? 'yes' : 'no',
        isBlock: prng.nextFloat() < 0.05,
      })
    } else if (dice < 0.27) {
      yield emit('md.book-stale.v1', timeUs, { marketTicker, reason: 'sequence-gap' })
      const [yes, no] = [sideOf(sizes, marketTicker, 'yes'), sideOf(sizes, marketTicker, 'no')]
      yield emit('md.book-snapshot.v1', timeUs + 1, { marketTicker, yes, no, venueSeq: n + 10 })
    } else if (dice < 0.275) {
      yield emit('wx.observation.v1', timeUs, reading(48 + prng.nextInt(5)))
    } else if (dice < 0.285) {
      const who = { reason: 'drill', requestedBy: 'test' }
      yield emit('ops.halt-requested.v1', timeUs, who)
      yield emit('ops.resume-requested.v1', timeUs + 100_000, who)
    } else yield delta(prng, emit, sizes, marketTicker, index, timeUs, n)
  }
  for (const [index, marketTicker] of TICKERS.entries()) {
    const result = index === 1 ? 'yes' : 'no'
    const settled = {
      marketTicker,
      status: 'determined',
      result,
      settlementValueBps: null,
    } as const
    yield emit('md.market-status.v1', timeUs + 1_000_000, settled)
  }
}

type Emit = <T extends EventType>(type: T, timeUs: number, data: DataOf<T>) => AnyEvent

function eventMaker(): Emit {
  let n = 0
  return (type, timeUs, data) =>
    ({
      type,
      id: `out-${++n}`,
      causationId: `frame-${n}`,
      eventTimeUs: timeUs,
      ingestTimeUs: timeUs + 1_000,
      data,
    }) as AnyEvent
}

function delta(
  prng: Prng,
  emit: Emit,
  sizes: Map<string, number>,
  marketTicker: string,
  index: number,
  timeUs: number,
  n: number,
): AnyEvent {
  const side = prng.nextFloat() < 0.5 ? 'yes' : 'no'
  const middle = side === 'yes' ? FAIR_BPS[index]! : 10_000 - FAIR_BPS[index]!
  const priceBps = middle - 100 - 100 * prng.nextInt(4)
  const key = `${marketTicker} ${side} ${priceBps}`
  const before = sizes.get(key) ?? 0
  const after = prng.nextFloat() < 0.3 ? 0 : prng.nextInt(9_000)
  const countDeltaCenti = after === before ? 25 : after - before
  sizes.set(key, before + countDeltaCenti)
  return emit('md.book-delta.v1', timeUs, {
    marketTicker,
    side,
    priceBps,
    countDeltaCenti,
    venueSeq: n + 10,
  })
}

const HOURS = Array.from({ length: 25 }, (_, k) => k)
const forecast: DataOf<'wx.forecast.v1'> = {
  stationId: 'KSYN',
  source: 'visual-crossing',
  issueTimeUs: START_US - HOUR_US,
  basisDate: null,
  validTimesUs: HOURS.map((k) => CLOSE_US - (24 - k) * HOUR_US),
  tempsF: HOURS.map((k) => 46 - 6 * Math.cos(((k - 3) * Math.PI) / 12)),
}

/** By the hour of local standard time, until the market opens. */
const morning = Array.from({ length: 14 }, (_, hour) => Math.round(forecast.tempsF[hour]!))

const reading = (tempF: number): DataOf<'wx.observation.v1'> => ({
  ...{ stationId: 'KSYN', source: 'iem', kind: 'tenth-f', tempF, dewPointF: null },
  ...{ humidityPct: null, windMph: null, windowStartUs: null, stationIds: ['KSYN'], revision: 0 },
})

const levels = (best: number): [number, number][] => [
  [best, 5_000],
  [best - 100, 8_000],
]

const sideOf = (sizes: Map<string, number>, ticker: string, side: string): [number, number][] =>
  [...sizes]
    .filter(([key, count]) => key.startsWith(`${ticker} ${side} `) && count > 0)
    .map(([key, count]) => [Number(key.split(' ')[2]), count])

const listing = (strike: (typeof STRIKES)[number]): DataOf<'md.market-listed.v1'> => ({
  marketTicker: `${EVENT}-${strike.ticker}`,
  eventTicker: EVENT,
  seriesTicker: 'KXHIGHSYN',
  title: 'SYNTHETIC',
  strikeType: strike.strikeType,
  floorStrike: strike.floorStrike,
  capStrike: strike.capStrike,
  openTimeUs: START_US,
  closeTimeUs: CLOSE_US,
  status: 'active',
  priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
  exchangeIndex: 0,
  feeType: 'quadratic_with_maker_fees',
  feeMultiplierMilli: 1_000,
  rulesPrimary:
    `If the maximum temperature recorded at Synthetic City (CLISYN) for Nov 20, 2026, is ${strike.rule} ` +
    'fahrenheit according to the SYNTHETIC weather generator, then the market resolves to Yes.',
  isTradable: true,
  untradableReason: null,
  isSynthetic: true,
})
