import type { DataOf, Emission, EventOf, ShadowEvaluation, WantedOrder } from '@kwm/contracts'
import { feeRates, priceGrid } from '@kwm/model-venue'
import { AssertionError, fail } from '@kwm/std'
import { InputLog } from './inputs.ts'
import type { SignalsConfig } from './signals-config.ts'
import { strategies } from './strategies.ts'
import {
  INTENTS_MAX,
  type Holding,
  type Intent,
  type MarketTerms,
  type Strategy,
  type StrategyContext,
} from './strategy.ts'

export const signalsInputTypes = [
  'md.market-listed.v1',
  'feature.ladder-frame.v1',
  'pmf.fused-pmf.v1',
  'exec.position.v1',
] as const
export const signalsOutputTypes = [
  'signal.opportunity.v1',
  'signal.shadow-evaluations.v1',
  'signal.order-intent.v1',
] as const
export type SignalsInput = EventOf<(typeof signalsInputTypes)[number]>

type Frame = DataOf<'feature.ladder-frame.v1'>
type Opportunity = DataOf<'signal.opportunity.v1'>
/** A strategy, and what is written down of what it reads. */
type Runner = { readonly strategy: Strategy; readonly log: InputLog }
export type SignalsState = {
  readonly config: SignalsConfig
  readonly terms: Map<string, MarketTerms>
  /** By their ids, until the PMF made of them arrives. */
  readonly frames: Map<string, Frame>
  /** When a strategy last wanted an order on an event, in shadow too: by strategy, then event. */
  readonly intentUs: Map<string, Map<string, number>>
  /** What the last position event of a market said; settled and closed ones are forgotten. */
  readonly holdings: Map<string, Holding>
}
export type SignalsSnapshot = {
  readonly v: 2
  readonly terms: readonly (readonly [string, MarketTerms])[]
  readonly frames: readonly (readonly [string, Frame])[]
  readonly intentUs: readonly (readonly [string, readonly (readonly [string, number])[]])[]
  readonly holdings: readonly (readonly [string, Holding])[]
}

/** Every strategy on every new PMF. Each evaluation is said, with the reason when the answer is no. */
export const signalsMachine = signalsMachineOf(strategies)

/** The machine of some strategies: of all, but for a test of one. */
export function signalsMachineOf(all: readonly Strategy[]) {
  const runners = all.map((strategy) => ({ strategy, log: new InputLog(strategy.reads) }))
  return {
    initial: (config: SignalsConfig): SignalsState => ({
      config,
      terms: new Map(),
      frames: new Map(),
      intentUs: new Map(),
      holdings: new Map(),
    }),
    step: (state: SignalsState, input: SignalsInput): readonly Emission[] =>
      step(runners, state, input),
    snapshot: (state: SignalsState): SignalsSnapshot => ({
      v: 2,
      terms: [...state.terms],
      frames: [...state.frames],
      intentUs: [...state.intentUs].map(([name, times]) => [name, [...times]] as const),
      holdings: [...state.holdings],
    }),
    restore: (config: SignalsConfig, saved: SignalsSnapshot): SignalsState => {
      if (saved.v !== 2) {
        const version = String(saved.v)
        throw new AssertionError(`signals snapshot v${version}: remove it, the tape has it all`)
      }
      return {
        config,
        terms: new Map(saved.terms),
        frames: new Map(saved.frames),
        intentUs: new Map(saved.intentUs.map(([name, times]) => [name, new Map(times)])),
        holdings: new Map(saved.holdings),
      }
    },
  }
}

function step(
  runners: readonly Runner[],
  state: SignalsState,
  input: SignalsInput,
): readonly Emission[] {
  switch (input.type) {
    case 'md.market-listed.v1':
      state.terms.set(input.data.marketTicker, termsOf(input.data))
      return []
    case 'feature.ladder-frame.v1':
      keepFrame(state, input.id, input.data)
      return []
    case 'exec.position.v1':
      hold(state, input.data)
      return []
    case 'pmf.fused-pmf.v1':
      return runAll(runners, state, input)
  }
}

function runAll(
  runners: readonly Runner[],
  state: SignalsState,
  pmf: EventOf<'pmf.fused-pmf.v1'>,
): readonly Emission[] {
  const frame = state.frames.get(pmf.data.frameId)
  if (!frame) return []
  state.frames.delete(pmf.data.frameId)
  if (frame.closeTimeUs <= pmf.eventTimeUs) forget(state, frame)
  const outputs: Emission[] = []
  const shadow: ShadowEvaluation[] = []
  const nowUs = pmf.eventTimeUs
  const termsOfMarket = (ticker: string) => state.terms.get(ticker)
  const holdingOf = (ticker: string) => state.holdings.get(ticker)
  for (const runner of runners) {
    const { name } = runner.strategy
    const lastIntentUs = state.intentUs.get(name)?.get(frame.eventTicker) ?? null
    const context = { nowUs, frame, pmf, termsOf: termsOfMarket, holdingOf, lastIntentUs }
    if (!run(runner, state.config, context, outputs, shadow)) continue
    let times = state.intentUs.get(name)
    if (!times) state.intentUs.set(name, (times = new Map()))
    times.set(frame.eventTicker, nowUs)
  }
  if (shadow.length > 0) {
    const data = { eventTicker: frame.eventTicker, pmfId: pmf.id, evaluations: shadow }
    outputs.push({ type: 'signal.shadow-evaluations.v1', data })
  }
  return outputs
}

/** After the close nothing is traded: a desk that runs for years must not carry old events. */
function forget(state: SignalsState, { eventTicker, rows }: Frame): void {
  for (const times of state.intentUs.values()) times.delete(eventTicker)
  for (const { marketTicker } of rows) state.terms.delete(marketTicker)
}

/** Says what the strategy thinks, and what it wants where it is allocated. True: it wanted something. */
function run(
  { strategy, log }: Runner,
  config: SignalsConfig,
  context: StrategyContext,
  outputs: Emission[],
  shadow: ShadowEvaluation[],
): boolean {
  const { name } = strategy
  const { frame, pmf } = context
  const { opportunity, intents } = strategy.evaluate(config.params[name]!, context)
  if (!(intents.length <= INTENTS_MAX)) fail(`${name} wants ${intents.length} orders at once`)
  const isAllocated = config.allocated.includes(name)
  const { decision, reason, leaderTicker, followerTicker, evBps, gates } = opportunity
  const inputs = log.of(frame, leaderTicker, followerTicker)
  const wanted = intents.length === 0 ? NOTHING : intents.map(wantedOf)
  // Field by field: this is made for every strategy on every PMF, and spreading costs as much as thinking.
  if (!isAllocated && decision === 'no-trade') {
    shadow.push({
      strategy: name,
      decision,
      reason,
      leaderTicker,
      followerTicker,
      evBps,
      gates,
      isAllocated,
      inputs,
      wanted,
    })
    return intents.length > 0
  }
  const data: Opportunity = {
    eventTicker: frame.eventTicker,
    pmfId: pmf.id,
    strategy: name,
    decision,
    reason,
    leaderTicker,
    followerTicker,
    evBps,
    gates,
    isAllocated,
    inputs,
    wanted,
  }
  outputs.push({ type: 'signal.opportunity.v1', data })
  if (isAllocated) {
    for (const intent of intents) {
      const order = { ...intent, strategy: name, pmfId: pmf.id }
      outputs.push({ type: 'signal.order-intent.v1', data: order })
    }
  }
  return intents.length > 0
}

const NOTHING: WantedOrder[] = []

const wantedOf = ({ marketTicker, side, priceBps, countCenti, fairBps }: Intent): WantedOrder => ({
  ...{ marketTicker, side, priceBps, countCenti, fairBps },
})

function hold(state: SignalsState, position: DataOf<'exec.position.v1'>): void {
  const { marketTicker, positionCenti, costMicros } = position
  if (positionCenti === 0) state.holdings.delete(marketTicker)
  else state.holdings.set(marketTicker, { positionCenti, costMicros })
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
  const { strikeType } = listed
  if (!listed.isTradable) return { grid: null, rates: null, strikeType }
  const grid = priceGrid(listed.priceRanges)
  // Expectations take the worse fee until our own fills say otherwise (MODELS 8.1).
  const rates = feeRates(listed, 'always')
  return { grid: grid.ok ? grid.grid : null, rates: rates.ok ? rates.rates : null, strikeType }
}
