import { eventTypes, tapeSubject } from '@kwm/contracts'
import type { AnyEvent, DataOf, EventType, WantedOrder } from '@kwm/contracts'
import type { Outgoing } from '@kwm/runtime'
import { Prng } from '@kwm/std'

const MARKETS = ['KXHIGHNY-26NOV20-B46.5', 'KXHIGHNY-26NOV20-B48.5', 'KXHIGHCHI-26NOV20-T40']
const EVENTS = ['KXHIGHNY-26NOV20', 'KXHIGHCHI-26NOV20']
export const START_US = Date.parse('2026-11-20T17:00:00Z') * 1_000

const row = (marketTicker: string) => ({
  marketTicker,
  quoteState: 'two' as const,
  ...{ bidBps: 4_100, askBps: 4_300, bidCenti: 10_000, askCenti: 250 },
  ...{ mid: 0.42, fairMid: 0.42, fairVar: 1e-5, microprice: 0.4190243902439024 },
  ...{ queueImbalance: 0.95, depthImbalance: null, ofi5s: -3, ofi60s: 1e-300 },
  ...{ signedFlow30s: 0, volume10min: 12.5, velocity: 1.5e-4, velocitySe: null },
  ...{ acceleration: null, accelerationSe: null, ras: null, rasZ: null, isActive: true },
  ...{ spreadBps: 200, bidDepth: [100, 150.25], askDepth: [], ofiLevels5s: [-3, 0, 1.5] },
  ...{ cusum: -1 as const, isSpike: false, burst: -1e-9, weatherP: 0.25, isDead: null },
})

const eventState = {
  ...{ mu: 47.9, muVelocity: 1e-7, muVelocitySe: null, muAcceleration: null },
  ...{ muAccelerationSe: null, muCusum: 0 as const, muFocus: null, hardLowerF: -3 },
  ...{ hazard15min: 0.05, hazard60min: 1, probabilityOfNewHigh: null, weatherAgeMs: 1_500 },
  ...{ localHour: 13.5, minutesToClose: -0.25 },
}

const terms = (ticker: string) => ({
  eventTicker: EVENTS[0]!,
  marketTicker: ticker,
  side: 'yes' as const,
  ...{ priceBps: 4_200, countCenti: 1_000, isPostOnly: true, ttlUs: 60_000_000 },
})

const wantedOf = ({ marketTicker, side, priceBps, countCenti, fairBps }: WantedOrder) => ({
  ...{ marketTicker, side, priceBps, countCenti, fairBps },
})

/** One valid event of every type, with awkward texts and numbers. */
export function sampleData(prng: Prng): { readonly [T in EventType]: DataOf<T> } {
  const n = prng.nextUint32() % 1_000
  const ticker = MARKETS[n % MARKETS.length]!
  const eventTicker = EVENTS[n % EVENTS.length]!
  const order = { eventTicker, marketTicker: ticker, clientOrderId: `order-${n}` }
  const strategy = 'momentum'
  const odd = `tab\t newline\n back\\slash "quoted" 'single' ümlaut 😀 \\N \\. ${n}`
  return {
    'md.book-delta.v1': {
      marketTicker: ticker,
      side: n % 2 ? 'yes' : 'no',
      ...{ priceBps: 1 + n, countDeltaCenti: n % 3 ? -100 : 9_007_199_254_740_991, venueSeq: n },
    },
    'md.book-snapshot.v1': { marketTicker: ticker, yes: [[4_100, 250]], no: [], venueSeq: n },
    'md.book-stale.v1': { marketTicker: ticker, reason: 'sequence-gap' },
    'md.market-listed.v1': listing(ticker, false),
    'md.market-status.v1': {
      marketTicker: ticker,
      status: 'finalized',
      result: 'yes',
      settlementValueBps: 10_000,
    },
    'md.ticker.v1': {
      marketTicker: ticker,
      ...{ lastPriceBps: null, yesBidBps: 0, yesAskBps: 10_000, yesBidCenti: null },
      ...{ yesAskCenti: 5, volumeCenti: n, openInterestCenti: n },
    },
    'md.trade.v1': {
      marketTicker: ticker,
      tradeId: `trade-${n}`,
      ...{ yesPriceBps: 4_200, countCenti: 1 + n, takerSide: 'no', isBlock: false },
    },
    'wx.climate-report.v1': {
      stationId: 'KNYC',
      product: 'CLI',
      climateDate: '2026-11-20',
      status: 'final',
      ...{ maxTempF: 48, minTempF: -3, textHash: `hash-${n}` },
    },
    'wx.ensemble.v1': {
      stationId: 'KNYC',
      source: 'gefs',
      issueTimeUs: START_US,
      validTimesUs: [START_US, START_US + 3_600_000_001],
      membersF: [
        [48.1, 47],
        [0.1 + 0.2, -5],
      ],
    },
    'wx.observation.v1': {
      stationId: 'KNYC',
      source: 'nws',
      kind: 'max-6h',
      ...{ tempF: 48.02, dewPointF: null, humidityPct: 50, windMph: 0 },
      windowStartUs: n % 2 ? START_US - 1 : null,
      stationIds: ['KNYC', 'a "b" \\c, {d}', ''],
      revision: 0,
    },
    'wx.settlement.v1': {
      eventTicker,
      stationId: 'KNYC',
      climateDate: '2026-11-20',
      source: 'kalshi',
      maxTempF: 48,
    },
    'wx.forecast.v1': {
      stationId: 'KNYC',
      source: 'vc',
      issueTimeUs: START_US,
      basisDate: n % 2 ? '2026-11-20' : null,
      validTimesUs: [START_US],
      tempsF: [48.5],
    },
    'spot.index.v1': { index: 'BRTI', source: 'cf', valueMicros: 1 + n, average60sMicros: null },
    'spot.quote.v1': { source: 'x', product: 'BTC-USD', bidMicros: 1 + n, askMicros: 2 + n },
    'spot.trade.v1': {
      source: 'x',
      product: 'BTC-USD',
      tradeId: `t${n}`,
      ...{ priceMicros: 1 + n, sizeSatoshi: 5, takerSide: 'buy' },
    },
    'ops.feed-status.v1': {
      feed: 'kalshi-ws',
      status: 'live',
      reason: odd,
      connectionId: 'c1',
      ...{ framesIn: n, applied: n, duplicate: 0, quarantined: 0, rejected: 0 },
      isSynthetic: false,
    },
    'ops.mode-changed.v1': { mode: 'paper', requestedBy: 'cli' },
    'ops.halt-requested.v1': { reason: odd, requestedBy: 'gateway' },
    'ops.resume-requested.v1': { reason: 'ok', requestedBy: 'gateway' },
    'ops.service-started.v1': {
      service: 'features',
      machines: ['features', 'pmf-model'],
      config: { 'a "key"\\': odd, nested: [1, null, { x: 1e-7 }] },
      version: 'v1',
      resumedFromSeq: n,
    },
    'ops.tick.v1': { second: START_US / 1_000_000 + n, source: 'wall' },
    'feature.ladder-frame.v1': {
      eventTicker,
      seriesTicker: 'KXHIGHNY',
      closeTimeUs: START_US + 1,
      centres: [46.5, 48.5],
      rows: MARKETS.map(row),
      isPartition: true,
      trigger: 'change',
      ...(n % 2 ? { event: eventState } : {}),
    },
    'pmf.fused-pmf.v1': {
      eventTicker,
      frameId: 'features-1-0',
      isFeasible: true,
      reason: odd.slice(0, 100),
      weights: { market: 0.7, weather: 0.3 },
      brackets: [
        { marketTicker: ticker, p: 0.42, sd: null, mid: 0.41, ...(n % 2 ? { rawP: 0.375 } : {}) },
        { marketTicker: ticker, p: 0, sd: 0, mid: null, weatherP: null, isDead: true },
      ],
      ...{ mu: 47.25, muVelocity: -1e-5, muVelocitySe: 0.1, muAcceleration: null },
      ...{ muAccelerationSe: null, sumOfMids: 1.01, method: 'filter', calibration: 'identity' },
      ...{ hasWeather: true, marketTimeUs: START_US + n, weatherTimeUs: null, hazard60min: 0.25 },
      ...{ nis: n % 2 ? 5.5 : null, isChangePoint: false },
      arbitrages: [
        {
          kind: 'dead-bracket',
          legs: [{ marketTicker: ticker, side: 'no', priceBps: 9_900 }],
          ...{ countCenti: 1 + n, grossBps: 70, feesMicros: 10_000, netMicros: -n },
        },
      ],
    },
    'pmf.forecast.v1': {
      eventTicker,
      horizonSeconds: 60,
      modelVersion: 'v1',
      rows: [{ marketTicker: ticker, meanChange: -0.001, sd: 0.02 }],
    },
    'pmf.weather-pmf.v1': {
      eventTicker,
      stationId: 'KNYC',
      climateDate: '2026-11-20',
      brackets: [{ marketTicker: ticker, p: 1 }],
      ...{ blockedReason: null, basis: 'nowcast', pmf: { lowestF: 47, p: [0.25, 0.75] } },
      runningHigh: {
        ...{ modeF: 47, pmf: { lowestF: 47, p: [1] }, reachedTimeUs: 1, unseenMinutes: 0 },
      },
      ...{ hardLowerF: 47, hazard15min: 0.01, hazard60min: null, probabilityOfNewHigh: 0 },
      ...{ timeOfMax: null, feed: null, forecast: null, ensemble: null, isWidened: false },
      modelVersion: 'v1',
    },
    'signal.opportunity.v1': {
      strategy,
      eventTicker,
      pmfId: 'pmf-model-1-0',
      decision: 'no-trade',
      reason: 'spread',
      ...{ leaderTicker: ticker, followerTicker: null, evBps: -1.5 },
      gates: [{ gate: 'spread', value: 200, threshold: null, passed: false }],
      ...(n % 2 ? { isAllocated: false, inputs: { 'frame.mu': 47.5, 'leader.ras': null } } : {}),
      ...(n % 3 ? { wanted: [{ ...terms(ticker), fairBps: 4_321.5 }].map(wantedOf) } : {}),
    },
    'signal.shadow-evaluations.v1': {
      eventTicker,
      pmfId: 'pmf-model-1-0',
      evaluations: [
        {
          ...{ strategy: 'migration', decision: 'no-trade', reason: 'velocity', evBps: null },
          ...{ leaderTicker: null, followerTicker: null, gates: [], isAllocated: false },
        },
      ],
    },
    'signal.order-intent.v1': {
      ...terms(ticker),
      strategy,
      pmfId: 'pmf-model-1-0',
      ...{ fairBps: 4_321.5, evBps: 12.25, reason: odd },
    },
    'risk.order-approved.v1': {
      ...terms(ticker),
      ...{ intentId: 'signals-1-0', clientOrderId: `order-${n}`, strategy, worstCaseMicros: -n },
    },
    'risk.order-denied.v1': {
      intentId: 'signals-1-0',
      eventTicker,
      marketTicker: ticker,
      ...{ strategy, reason: 'exposure-limit', valueMicros: n, limitMicros: null },
    },
    'risk.halted.v1': { reason: odd, requestedBy: 'risk' },
    'risk.resumed.v1': { reason: 'ok', requestedBy: 'gateway' },
    'exec.cancel-requested.v1': { ...order, reason: 'ttl' },
    'exec.fill.v1': {
      ...order,
      fillId: `fill-${n}`,
      ...{ side: 'no', priceBps: 4_200, countCenti: 100, feeMicros: 17_500 },
      ...{ isTaker: false, remainingCenti: 900, cause: 'print' },
    },
    'exec.order-accepted.v1': {
      ...order,
      ...{ venueOrderId: `v-${n}`, remainingCenti: 1_000, queueAheadCenti: null },
    },
    'exec.order-canceled.v1': { ...order, canceledCenti: 900, reason: 'ttl' },
    'exec.order-rejected.v1': { ...order, reason: odd.slice(0, 100) },
    'exec.order-submitted.v1': {
      ...terms(ticker),
      ...{ clientOrderId: `order-${n}`, approvalId: 'risk-1-0', strategy, mode: 'paper' },
      expireTimeUs: START_US + 60_000_000,
    },
    'exec.position.v1': {
      eventTicker,
      marketTicker: ticker,
      ...{ positionCenti: -100, costMicros: 420_000, feesMicros: 17_500, realizedPnlMicros: -1 },
    },
    'exec.reconciled.v1': { mode: 'paper', openOrders: 1, positions: 2, differences: [odd] },
    'exec.settled.v1': {
      eventTicker,
      marketTicker: ticker,
      ...{ settlementValueBps: 10_000, positionCenti: 100, payoutMicros: 1_000_000 },
      ...{ feesMicros: 17_500, pnlMicros: 562_500 },
    },
    'exec.settlement-disputed.v1': {
      ...{ eventTicker, marketTicker: ticker, bookedValueBps: 10_000, disputedValueBps: 0 },
    },
  }
}

export const listing = (
  marketTicker: string,
  isSynthetic: boolean,
): DataOf<'md.market-listed.v1'> => ({
  marketTicker,
  eventTicker: marketTicker.split('-').slice(0, 2).join('-'),
  seriesTicker: marketTicker.split('-')[0]!,
  title: 'Highest temperature in "New York" \\ today',
  ...{ strikeType: 'between', floorStrike: 46, capStrike: null },
  ...{ openTimeUs: START_US, closeTimeUs: START_US + 1, status: 'active' },
  priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
  ...{ exchangeIndex: 0, feeType: 'quadratic', feeMultiplierMilli: 1_000 },
  rulesPrimary: 'If the highest temperature\nis between …',
  ...{ isTradable: true, untradableReason: null, isSynthetic },
})

export function eventOf<T extends EventType>(
  type: T,
  data: DataOf<T>,
  at: { readonly id: string; readonly eventTimeUs: number; readonly ingestTimeUs?: number },
): AnyEvent {
  return {
    type,
    causationId: 'frame-1',
    ingestTimeUs: at.eventTimeUs + 250,
    ...at,
    data,
  } as AnyEvent
}

export const outgoing = (shard: string, event: AnyEvent): Outgoing => ({
  subject: tapeSubject(shard, event.type, 'key'),
  id: event.id,
  inputSeq: 0,
  body: JSON.stringify(event),
})

/** Bodies that are not what their subject says: each still has to reach the complete record. */
const BROKEN = [
  'not JSON \\ \t at all',
  '{"type":"ops.tick.v1"}',
  'raw \u0000 and a lone \ud800',
  JSON.stringify(
    eventOf('ops.halt-requested.v1', { reason: 'nul \u0000', requestedBy: 'x' }, now('nul')),
  ),
]

function now(id: string) {
  return { id, eventTimeUs: START_US }
}

export type TapeOptions = {
  readonly seed: number
  readonly records: number
  readonly shard: string
  /** The types to draw from; every type when absent. */
  readonly types?: readonly EventType[]
}

/** A seeded tape of every type: days years apart, and now and then a record that is broken. */
export function sampleTape({ seed, records, shard, types = eventTypes }: TapeOptions): Outgoing[] {
  const prng = new Prng(seed)
  return Array.from({ length: records }, (_, i) => {
    if (prng.nextUint32() % 25 === 0) {
      const body = BROKEN[prng.nextUint32() % BROKEN.length]!
      const subject = tapeSubject(shard, 'ops.halt-requested.v1', 'key')
      return { subject, id: `broken-${i}`, inputSeq: 0, body }
    }
    const type = types[prng.nextUint32() % types.length]!
    const days = [0, -400, 1][prng.nextUint32() % 3]!
    const eventTimeUs = START_US + days * 86_400_000_000 + i * 333_333
    const data = sampleData(prng)[type]
    return outgoing(shard, eventOf(type, data, { id: `e${i}`, eventTimeUs }))
  })
}
