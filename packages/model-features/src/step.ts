import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { AssertionError } from '@kwm/std'
import { EventFeatures, type EventFeaturesSnapshot } from './event-features.ts'
import type { FeaturesConfig } from './features-config.ts'
import { IntensityKernel } from './intensity-kernel.ts'
import { MarketFeatures, type MarketFeaturesSnapshot } from './market-features.ts'

export const featuresInputTypes = [
  'md.market-listed.v1',
  'md.market-status.v1',
  'md.book-snapshot.v1',
  'md.book-delta.v1',
  'md.book-stale.v1',
  'md.trade.v1',
  'pmf.weather-pmf.v1',
  'ops.tick.v1',
] as const
export const featuresOutputTypes = ['feature.ladder-frame.v1'] as const
export type FeaturesInput = EventOf<(typeof featuresInputTypes)[number]>

export type FeaturesState = {
  readonly config: FeaturesConfig
  readonly kernels: IntensityKernels
  readonly markets: Map<string, MarketFeatures>
  readonly events: Map<string, EventFeatures>
  readonly eventOfMarket: Map<string, string>
  /** Event time never runs backwards here, however the venue's clocks jitter. */
  nowUs: number
}

export type FeaturesSnapshot = {
  readonly v: 3
  readonly nowUs: number
  readonly markets: readonly (readonly [string, MarketFeaturesSnapshot])[]
  readonly events: readonly (readonly [string, EventFeaturesSnapshot])[]
  readonly eventOfMarket: readonly (readonly [string, string])[]
}

/** Books, flows and kinematics of every market, one ladder frame of an event for each change or tick. */
export const featuresMachine = {
  initial: (config: FeaturesConfig): FeaturesState => ({
    config,
    kernels: kernelsOf(config),
    markets: new Map(),
    events: new Map(),
    eventOfMarket: new Map(),
    nowUs: 0,
  }),
  step,
  snapshot: (state: FeaturesState): FeaturesSnapshot => ({
    v: 3,
    nowUs: state.nowUs,
    markets: [...state.markets].map(([ticker, market]) => [ticker, market.snapshot()] as const),
    events: [...state.events].map(([ticker, event]) => [ticker, event.snapshot()] as const),
    eventOfMarket: [...state.eventOfMarket],
  }),
  restore,
}

function restore(config: FeaturesConfig, saved: FeaturesSnapshot): FeaturesState {
  if (saved.v !== 3) {
    throw new AssertionError(
      `features snapshot v${String(saved.v)}: remove it, the tape has it all`,
    )
  }
  const kernels = kernelsOf(config)
  const restored = saved.markets.map(
    ([t, m]) => [t, MarketFeatures.restore(t, config, kernelFor(kernels, t), m)] as const,
  )
  return {
    config,
    kernels,
    nowUs: saved.nowUs,
    markets: new Map(restored),
    events: new Map(saved.events.map(([t, e]) => [t, EventFeatures.restore(config, e)])),
    eventOfMarket: new Map(saved.eventOfMarket),
  }
}

function step(state: FeaturesState, input: FeaturesInput): readonly Emission[] {
  state.nowUs = Math.max(state.nowUs, input.eventTimeUs)
  if (input.type === 'ops.tick.v1') return onTick(state)
  if (input.type === 'pmf.weather-pmf.v1') return onWeather(state, input.data)
  const { marketTicker } = input.data
  if (input.type === 'md.market-listed.v1') {
    const { eventTicker } = input.data
    state.eventOfMarket.set(marketTicker, eventTicker)
    let event = state.events.get(eventTicker)
    if (!event) state.events.set(eventTicker, (event = new EventFeatures(state.config)))
    event.list(input.data)
    marketOf(state, marketTicker).onListed(input.data)
    return []
  }
  const market = marketOf(state, marketTicker)
  const isNews = apply(market, input, state.nowUs)
  return isNews ? onNews(state, marketTicker, input.type === 'md.book-stale.v1') : []
}

type MarketInput = Exclude<
  FeaturesInput,
  { readonly type: 'ops.tick.v1' | 'md.market-listed.v1' | 'pmf.weather-pmf.v1' }
>

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
      // Flow of a moment that is over: its windows have moved on.
      if (input.data.isLate) return false
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
  // Not listed yet: its frame comes with the first news after it is.
  return eventTicker === undefined ? [] : onEventNews(state, eventTicker, isUrgent)
}

function onEventNews(
  state: FeaturesState,
  eventTicker: string,
  isUrgent: boolean,
): readonly Emission[] {
  const event = state.events.get(eventTicker)
  if (!event) return []
  event.isDirty = true
  if (!isUrgent && state.nowUs - event.frameUs < state.config.frameIntervalUs) return []
  return [frameOf(state, eventTicker, event, 'change')]
}

/** Weather of an event that is not listed is dropped: the next PMF comes within minutes. */
function onWeather(state: FeaturesState, pmf: DataOf<'pmf.weather-pmf.v1'>): readonly Emission[] {
  state.events.get(pmf.eventTicker)?.onWeather(state.nowUs, pmf)
  return onEventNews(state, pmf.eventTicker, false)
}

function onTick(state: FeaturesState): readonly Emission[] {
  for (const market of state.markets.values()) market.onTick(state.nowUs)
  const outputs: Emission[] = []
  for (const [eventTicker, event] of state.events) {
    if (event.closeTimeUs + FORGET_AFTER_CLOSE_US < state.nowUs) {
      forget(state, eventTicker, event)
      continue
    }
    event.onTick(state.nowUs, (ticker) => marketOf(state, ticker))
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
    // Listed under another event since: that one goes on with it.
    if (state.eventOfMarket.get(ticker) !== eventTicker) continue
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
  if (!market) {
    market = new MarketFeatures(ticker, state.config, kernelFor(state.kernels, ticker))
    state.markets.set(ticker, market)
  }
  return market
}

type IntensityKernels = {
  readonly usual: IntensityKernel
  readonly ofSeries: ReadonlyMap<string, IntensityKernel>
}

const kernelsOf = ({
  tradeIntensity,
  tradeIntensityOfSeries,
}: FeaturesConfig): IntensityKernels => ({
  usual: new IntensityKernel(tradeIntensity),
  ofSeries: new Map(
    Object.entries(tradeIntensityOfSeries).map(([series, of]) => [series, new IntensityKernel(of)]),
  ),
})

/** By the ticker alone, so that a market which is not listed yet counts with the same. */
const kernelFor = ({ usual, ofSeries }: IntensityKernels, ticker: string): IntensityKernel =>
  ofSeries.get(ticker.slice(0, ticker.indexOf('-'))) ?? usual
