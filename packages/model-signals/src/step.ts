import type {
  DataOf,
  Emission,
  EventOf,
  LadderEvent,
  LadderRow,
  ShadowEvaluation,
  WantedOrder,
} from '@kwm/contracts'
import { feeRates, priceGrid } from '@kwm/model-venue'
import { AssertionError, fail } from '@kwm/std'
import type { SignalsConfig } from './signals-config.ts'
import { strategies } from './strategies.ts'
import {
  INTENTS_MAX,
  type Holding,
  type Intent,
  type MarketTerms,
  type Reads,
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
  return {
    initial: (config: SignalsConfig): SignalsState => ({
      config,
      terms: new Map(),
      frames: new Map(),
      intentUs: new Map(),
      holdings: new Map(),
    }),
    step: (state: SignalsState, input: SignalsInput): readonly Emission[] =>
      step(all, state, input),
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
  all: readonly Strategy[],
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
      return runAll(all, state, input)
  }
}

function runAll(
  all: readonly Strategy[],
  state: SignalsState,
  pmf: EventOf<'pmf.fused-pmf.v1'>,
): readonly Emission[] {
  const frame = state.frames.get(pmf.data.frameId)
  if (!frame) return []
  state.frames.delete(pmf.data.frameId)
  if (frame.closeTimeUs < pmf.eventTimeUs) forget(state, frame)
  const outputs: Emission[] = []
  const shadow: ShadowEvaluation[] = []
  const nowUs = pmf.eventTimeUs
  const termsOfMarket = (ticker: string) => state.terms.get(ticker)
  const holdingOf = (ticker: string) => state.holdings.get(ticker)
  for (const strategy of all) {
    const lastIntentUs = state.intentUs.get(strategy.name)?.get(frame.eventTicker) ?? null
    const context = { nowUs, frame, pmf, termsOf: termsOfMarket, holdingOf, lastIntentUs }
    if (!run(strategy, state.config, context, outputs, shadow)) continue
    let times = state.intentUs.get(strategy.name)
    if (!times) state.intentUs.set(strategy.name, (times = new Map()))
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
  strategy: Strategy,
  config: SignalsConfig,
  context: StrategyContext,
  outputs: Emission[],
  shadow: ShadowEvaluation[],
): boolean {
  const { name, reads } = strategy
  const { frame, pmf } = context
  const { opportunity, intents } = strategy.evaluate(config.params[name]!, context)
  if (!(intents.length <= INTENTS_MAX)) fail(`${name} wants ${intents.length} orders at once`)
  const isAllocated = config.allocated.includes(name)
  const { decision, reason, leaderTicker, followerTicker, evBps, gates } = opportunity
  const inputs = inputsOf(reads, frame, leaderTicker, followerTicker)
  const wanted = intents.length === 0 ? NOTHING : intents.map(wantedOf)
  const said = { decision, reason, leaderTicker, followerTicker, evBps, gates }
  const evaluation = { strategy: name, ...said, isAllocated, inputs, wanted }
  if (!isAllocated && decision === 'no-trade') shadow.push(evaluation)
  else {
    const data = { eventTicker: frame.eventTicker, pmfId: pmf.id, ...evaluation }
    outputs.push({ type: 'signal.opportunity.v1', data })
  }
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

type Inputs = Record<string, number | null>
type Role = 'event' | 'leader' | 'follower'
type FieldNames = readonly (readonly [field: string, name: string])[]

/** `[field, role.field]` of everything a strategy reads, and a blank for each set of roles. */
type InputPlan = {
  readonly event: FieldNames
  readonly leader: FieldNames
  readonly follower: FieldNames
  readonly blanks: Map<string, Inputs>
}

const plans = new WeakMap<Reads, InputPlan>()

function planOf(reads: Reads): InputPlan {
  const known = plans.get(reads)
  if (known) return known
  const named = (role: Role, fields: readonly string[]): FieldNames =>
    fields.map((field) => [field, `${role}.${field}`] as const)
  const { event, rows } = reads
  const plan = {
    event: named('event', event),
    leader: named('leader', rows),
    follower: named('follower', rows),
    blanks: new Map<string, Inputs>(),
  }
  plans.set(reads, plan)
  return plan
}

/**
 * What the strategy read, as numbers: a flag is 1 or 0, what is missing null. A copy of a blank with all
 * its names: an object that grows name by name costs several times as much.
 */
function inputsOf(
  reads: Reads,
  frame: Frame,
  leaderTicker: string | null,
  followerTicker: string | null,
): Inputs {
  const plan = planOf(reads)
  const leader = rowOf(frame, leaderTicker)
  const follower = followerTicker === leaderTicker ? undefined : rowOf(frame, followerTicker)
  const roles = `${leader ? 'l' : ''}${follower ? 'f' : ''}`
  let blank = plan.blanks.get(roles)
  if (!blank) {
    const fields = [plan.event, leader ? plan.leader : [], follower ? plan.follower : []].flat()
    blank = Object.fromEntries(fields.map(([, name]) => [name, null]))
    plan.blanks.set(roles, blank)
  }
  const inputs = { ...blank }
  if (frame.event) fill(inputs, plan.event, frame.event)
  if (leader) fill(inputs, plan.leader, leader)
  if (follower) fill(inputs, plan.follower, follower)
  return inputs
}

function fill(inputs: Inputs, fields: FieldNames, from: LadderRow | LadderEvent): void {
  const values = from as Readonly<Record<string, LadderRow[keyof LadderRow]>>
  for (const pair of fields) inputs[pair[1]] = asNumber(values[pair[0]])
}

function rowOf({ rows }: Frame, ticker: string | null): LadderRow | undefined {
  if (ticker === null) return undefined
  return rows.find(({ marketTicker }) => marketTicker === ticker)
}

function asNumber(value: LadderRow[keyof LadderRow] | LadderEvent[keyof LadderEvent] | undefined) {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  return value === 'two' ? 1 : null
}

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
