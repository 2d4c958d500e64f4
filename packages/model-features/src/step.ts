import type { Emission, EventOf } from '@kwm/contracts'
import { EventFeatures, type EventFeaturesSnapshot } from './event-features.ts'
import {
  MarketFeatures,
  type FeaturesConfig,
  type MarketFeaturesSnapshot,
} from './market-features.ts'

export const featuresInputTypes = [
  'md.market-listed.v1',
  'md.market-status.v1',
  'md.book-snapshot.v1',
  'md.book-delta.v1',
  'md.book-stale.v1',
  'md.trade.v1',
  'ops.tick.v1',
] as const
export const featuresOutputTypes = ['feature.ladder-frame.v1'] as const
export type FeaturesInput = EventOf<(typeof featuresInputTypes)[number]>

export const defaultFeaturesConfig: FeaturesConfig = {
  kinematicsHalfLifeUs: 12_000_000,
  frameIntervalUs: 100_000,
  refreshUs: 10_000_000,
  activeSpreadMaxBps: 600,
  activeChangeUs: 60_000_000,
  activeVolumeMinCenti: 100,
}

export type FeaturesState = {
  readonly config: FeaturesConfig
  readonly markets: Map<string, MarketFeatures>
  readonly events: Map<string, EventFeatures>
  readonly eventOfMarket: Map<string, string>
  /** Event time never runs backwards here, however the venue's clocks jitter. */
  nowUs: number
}

export type FeaturesSnapshot = {
  readonly v: 1
  readonly nowUs: number
  readonly markets: readonly (readonly [string, MarketFeaturesSnapshot])[]
  readonly events: readonly (readonly [string, EventFeaturesSnapshot])[]
  readonly eventOfMarket: readonly (readonly [string, string])[]
}

/** Books, flows and kinematics of every market, one ladder frame of an event for each change or tick. */
export const featuresMachine = {
  initial: (config: FeaturesConfig): FeaturesState => ({
    config,
    markets: new Map(),
    events: new Map(),
    eventOfMarket: new Map(),
    nowUs: 0,
  }),
  step,
  snapshot: (state: FeaturesState): FeaturesSnapshot => ({
    v: 1,
    nowUs: state.nowUs,
    markets: [...state.markets].map(([ticker, market]) => [ticker, market.snapshot()] as const),
    events: [...state.events].map(([ticker, event]) => [ticker, event.snapshot()] as const),
    eventOfMarket: [...state.eventOfMarket],
  }),
  restore: (config: FeaturesConfig, saved: FeaturesSnapshot): FeaturesState => ({
    config,
    nowUs: saved.nowUs,
    markets: new Map(saved.markets.map(([t, m]) => [t, MarketFeatures.restore(t, config, m)])),
    events: new Map(saved.events.map(([t, e]) => [t, EventFeatures.restore(e)])),
    eventOfMarket: new Map(saved.eventOfMarket),
  }),
}

function step(state: FeaturesState, input: FeaturesInput): readonly Emission[] {
  state.nowUs = Math.max(state.nowUs, input.eventTimeUs)
  if (input.type === 'ops.tick.v1') return onTick(state)
  const { marketTicker } = input.data
  if (input.type === 'md.market-listed.v1') {
    const { eventTicker } = input.data
    state.eventOfMarket.set(marketTicker, eventTicker)
    let event = state.events.get(eventTicker)
    if (!event) state.events.set(eventTicker, (event = new EventFeatures()))
    event.list(input.data)
    return []
  }
  const market = marketOf(state, marketTicker)
  const isNews = apply(market, input, state.nowUs)
  return isNews ? onNews(state, marketTicker, input.type === 'md.book-stale.v1') : []
}

type MarketInput = Exclude<FeaturesInput, EventOf<'ops.tick.v1'> | EventOf<'md.market-listed.v1'>>

/** True when a frame is due for it. */
function apply(market: MarketFeatures, input: MarketInput, nowUs: number): boolean {
  switch (input.type) {
    case 'md.book-snapshot.v1':
      return market.onSnapshot(nowUs, input.data)
    case 'md.book-delta.v1':
      return market.onDelta(nowUs, input.data)
    case 'md.book-stale.v1':
      return market.onStale(input.data.reason)
    case 'md.trade.v1':
      market.onTrade(nowUs, input.data)
      return true
    case 'md.market-status.v1':
      return input.data.status === 'active' ? false : market.onStale(`market-${input.data.status}`)
  }
}

function onNews(
  state: FeaturesState,
  marketTicker: string,
  isUrgent: boolean,
): readonly Emission[] {
  const eventTicker = state.eventOfMarket.get(marketTicker)
  const event = eventTicker === undefined ? undefined : state.events.get(eventTicker)
  if (!event) return [] // Not listed yet: its frame comes with the first news after it is.
  event.isDirty = true
  if (!isUrgent && state.nowUs - event.frameUs < state.config.frameIntervalUs) return []
  return [frameOf(state, eventTicker!, event, 'change')]
}

function onTick(state: FeaturesState): readonly Emission[] {
  for (const market of state.markets.values()) market.onTick(state.nowUs)
  const outputs: Emission[] = []
  for (const [eventTicker, event] of state.events) {
    if (event.closeTimeUs + FORGET_AFTER_CLOSE_US < state.nowUs) {
      forget(state, eventTicker, event)
      continue
    }
    const isDue = event.frameUs > 0 && state.nowUs - event.frameUs >= state.config.refreshUs
    if (event.isDirty || isDue) outputs.push(frameOf(state, eventTicker, event, 'tick'))
  }
  return outputs
}

/** Long after the close nothing can change: a desk that runs for years must not carry old events. */
const FORGET_AFTER_CLOSE_US = 3_600_000_000

function forget(state: FeaturesState, eventTicker: string, event: EventFeatures): void {
  state.events.delete(eventTicker)
  for (const ticker of event.marketTickers) {
    state.markets.delete(ticker)
    state.eventOfMarket.delete(ticker)
  }
}

const frameOf = (
  state: FeaturesState,
  eventTicker: string,
  event: EventFeatures,
  trigger: 'change' | 'tick',
): Emission => ({
  type: 'feature.ladder-frame.v1',
  data: event.frame(eventTicker, state.nowUs, trigger, (ticker) => marketOf(state, ticker)),
})

function marketOf(state: FeaturesState, ticker: string): MarketFeatures {
  let market = state.markets.get(ticker)
  if (!market) state.markets.set(ticker, (market = new MarketFeatures(ticker, state.config)))
  return market
}
