import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { feeRates, priceGrid } from '@kwm/model-venue'
import { leaderFollower, type LeaderFollowerParams } from './leader-follower.ts'
import type { MarketTerms, Strategy } from './strategy.ts'

export const signalsInputTypes = [
  'md.market-listed.v1',
  'feature.ladder-frame.v1',
  'pmf.fused-pmf.v1',
] as const
export const signalsOutputTypes = ['signal.opportunity.v1', 'signal.order-intent.v1'] as const
export type SignalsInput = EventOf<(typeof signalsInputTypes)[number]>

export type SignalsConfig = { readonly leaderFollower: LeaderFollowerParams }
export const defaultSignalsConfig: SignalsConfig = { leaderFollower: leaderFollower.defaults }

type Frame = DataOf<'feature.ladder-frame.v1'>
export type SignalsState = {
  readonly config: SignalsConfig
  readonly terms: Map<string, MarketTerms>
  /** By their ids, until the PMF made of them arrives. */
  readonly frames: Map<string, Frame>
  /** When a strategy last wanted an order on an event, by `<strategy> <event>`. */
  readonly intentUs: Map<string, number>
}
export type SignalsSnapshot = {
  readonly v: 1
  readonly terms: readonly (readonly [string, MarketTerms])[]
  readonly frames: readonly (readonly [string, Frame])[]
  readonly intentUs: readonly (readonly [string, number])[]
}

/** Every strategy on every new PMF. Each evaluation is said, with the reason when the answer is no. */
export const signalsMachine = {
  initial: (config: SignalsConfig): SignalsState => ({
    config,
    terms: new Map(),
    frames: new Map(),
    intentUs: new Map(),
  }),
  step,
  snapshot: (state: SignalsState): SignalsSnapshot => ({
    v: 1,
    terms: [...state.terms],
    frames: [...state.frames],
    intentUs: [...state.intentUs],
  }),
  restore: (config: SignalsConfig, saved: SignalsSnapshot): SignalsState => ({
    config,
    terms: new Map(saved.terms),
    frames: new Map(saved.frames),
    intentUs: new Map(saved.intentUs),
  }),
}

function step(state: SignalsState, input: SignalsInput): readonly Emission[] {
  switch (input.type) {
    case 'md.market-listed.v1':
      state.terms.set(input.data.marketTicker, termsOf(input.data))
      return []
    case 'feature.ladder-frame.v1':
      keepFrame(state, input.id, input.data)
      return []
    case 'pmf.fused-pmf.v1':
      return run(state, leaderFollower, state.config.leaderFollower, input)
  }
}

function run<Params>(
  state: SignalsState,
  strategy: Strategy<Params>,
  params: Params,
  pmf: EventOf<'pmf.fused-pmf.v1'>,
): readonly Emission[] {
  const { eventTicker } = pmf.data
  const frame = state.frames.get(pmf.data.frameId)
  if (!frame) return []
  state.frames.delete(pmf.data.frameId)
  const key = `${strategy.name} ${eventTicker}`
  const { opportunity, intent } = strategy.evaluate(params, {
    nowUs: pmf.eventTimeUs,
    frame,
    pmf,
    termsOf: (ticker) => state.terms.get(ticker),
    lastIntentUs: state.intentUs.get(key) ?? null,
  })
  const base = { strategy: strategy.name, eventTicker, pmfId: pmf.id }
  const said: Emission = { type: 'signal.opportunity.v1', data: { ...base, ...opportunity } }
  if (!intent) return [said]
  state.intentUs.set(key, pmf.eventTimeUs)
  const data = { ...intent, strategy: strategy.name, pmfId: pmf.id }
  return [said, { type: 'signal.order-intent.v1', data }]
}

/** Frames that no PMF was made of yet; more are never under way at once. */
const FRAMES_MAX = 4_096

/**
 * A PMF is judged beside the very frame it was made of. The newest frame would do in one process; with
 * a process for each machine a newer one may overtake, and the answer would depend on the pace.
 */
function keepFrame(state: SignalsState, id: string, frame: Frame): void {
  state.frames.set(id, frame)
  if (state.frames.size > FRAMES_MAX) state.frames.delete(state.frames.keys().next().value!)
}

/** A market we do not understand has no terms to trade on. */
function termsOf(listed: DataOf<'md.market-listed.v1'>): MarketTerms {
  if (!listed.isTradable) return { grid: null, rates: null }
  const grid = priceGrid(listed.priceRanges)
  // Expectations take the worse fee until our own fills say otherwise (MODELS 8.1).
  const rates = feeRates(listed, 'always')
  return { grid: grid.ok ? grid.grid : null, rates: rates.ok ? rates.rates : null }
}
