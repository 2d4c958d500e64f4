import type { DataOf, Emission, LadderEvent, LadderRow } from '@kwm/contracts'
import { scanArbitrages } from '@kwm/model-pmf'
import {
  defaultParams,
  defaultSignalsConfig,
  signalsMachine,
  strategies,
  type Evaluation,
  type MarketTerms,
  type Params,
  type SignalsConfig,
  type SignalsInput,
  type Strategy,
  type StrategyContext,
} from '../src/index.ts'

export const EVENT = 'KXHIGHNY-26NOV20'
export const TICKERS = ['T40', 'B40.5', 'T41'].map((strike) => `${EVENT}-${strike}`)
/** Ten past the hour: no station reports. */
export const NOW_US = Date.parse('2026-11-20T17:10:00Z') * 1_000

export type Row = Partial<LadderRow>
export type Pmf = Partial<DataOf<'pmf.fused-pmf.v1'>>

/** A quiet, active bracket: 40 at 44 cents. */
export const row = (marketTicker: string, more: Row = {}): LadderRow => ({
  marketTicker,
  ...{ quoteState: 'two', bidBps: 4_000, askBps: 4_400, bidCenti: 1_000, askCenti: 1_000 },
  ...{ mid: 0.42, fairMid: 0.42, fairVar: 0, microprice: 0.42, queueImbalance: 0.5 },
  ...{ depthImbalance: 0, ofi5s: 0, ofi60s: 0, signedFlow30s: 0, volume10min: 6_000 },
  ...{ velocity: 0, velocitySe: 0.001, acceleration: 0, accelerationSe: 0.001 },
  ...{ ras: 0, rasZ: 0, isActive: true, spreadBps: 400, ofiNorm15s: 0 },
  ...{ bookVelocity: 0, bookVelocitySe: 0.001, bookDivergenceT: 0 },
  ...{ correlationUp: -0.6, correlationShiftUp: 0, leadLagUp: 0.2, pairGapUp: 0, pairGapUpZ: 0 },
  ...{ cusum: 0, focus: 0, isSpike: false, isDead: false, weatherP: 0.33 },
  ...more,
})

/** The first bracket runs away upwards; the second, its neighbour, has not moved. */
export const LEADER: Row = {
  velocity: 0.002,
  velocitySe: 0.0002,
  acceleration: 0.001,
  accelerationSe: 0.0002,
  rasZ: 4,
}

export const ladderEvent = (more: Partial<LadderEvent> = {}): LadderEvent => ({
  ...{ mu: 2, muVelocity: 0, muVelocitySe: 0.001, muAcceleration: 0, muAccelerationSe: 0.001 },
  ...{ muCusum: 0, muFocus: 0, hardLowerF: 38, hazard15min: 0, hazard60min: 0 },
  ...{ probabilityOfNewHigh: 0.5, weatherAgeMs: 30_000, localHour: 12, minutesToClose: 600 },
  ...more,
})

export type Scene = {
  readonly rows?: readonly Row[]
  readonly event?: Partial<LadderEvent> | null
  readonly pmf?: Pmf
  readonly frame?: Partial<DataOf<'feature.ladder-frame.v1'>>
  readonly terms?: Partial<MarketTerms>
  readonly lastIntentUs?: number | null
  readonly nowUs?: number
  readonly held?: StrategyContext['holdingOf']
  readonly params?: Readonly<Record<string, number>>
}

const rates = { takerRateE7: 700_000, makerRateE7: 175_000 }
const grid = [{ startBps: 0, endBps: 10_000, stepBps: 100 }]

export const frameOf = ({ rows = [], event = {}, frame = {} }: Scene) => ({
  ...{ eventTicker: EVENT, seriesTicker: 'KXHIGHNY', closeTimeUs: NOW_US + 3.6e9 },
  centres: [39, 40.5, 42],
  rows: TICKERS.map((ticker, index) => row(ticker, rows[index])),
  isPartition: true,
  trigger: 'change' as const,
  ...(event === null ? {} : { event: ladderEvent(event) }),
  ...frame,
})

/** What the PMF says of quotes that no PMF fits, as pmf-model finds it; nothing where there is nothing. */
function incoherent({ terms }: Scene, frame: ReturnType<typeof frameOf>): Pmf {
  const isLadder = terms?.strikeType?.startsWith('greater') ?? false
  const dead = frame.rows.flatMap((one, k) => (one.isDead === true ? [k] : []))
  const arbitrages = scanArbitrages(
    frame,
    frame.centres.map((strike) => ({ rates, ...terms, strikeAbove: isLadder ? strike : null })),
    dead,
  )
  return arbitrages.length === 0 ? {} : { arbitrages }
}

export const pmfData = (frameId: string, more: Pmf = {}): DataOf<'pmf.fused-pmf.v1'> => ({
  ...{ eventTicker: EVENT, frameId, isFeasible: true, reason: '' },
  brackets: TICKERS.map((marketTicker, index) => ({
    ...{ marketTicker, p: [0.3, 0.4, 0.3][index]!, sd: 0.01, mid: 0.4 },
  })),
  ...{ weights: { market: 1, weather: 0 }, mu: 2, muVelocity: null, muVelocitySe: null },
  ...{ muAcceleration: null, muAccelerationSe: null, sumOfMids: 1 },
  ...more,
})

export function contextOf(scene: Scene): StrategyContext {
  const { nowUs = NOW_US, lastIntentUs = null, terms, held = () => undefined } = scene
  const frame = frameOf(scene)
  const pmf = { ...incoherent(scene, frame), ...scene.pmf }
  return {
    ...{ nowUs, lastIntentUs },
    frame,
    pmf: {
      ...{ type: 'pmf.fused-pmf.v1', id: 'pmf-1', causationId: 'f-1' },
      ...{ eventTimeUs: nowUs, ingestTimeUs: nowUs, data: pmfData('f-1', pmf) },
    },
    termsOf: () => ({ grid, rates, strikeType: 'between', ...terms }),
    holdingOf: held,
  }
}

/** One strategy on one scene, with its defaults unless the scene says otherwise. */
export const evaluate = (strategy: Strategy, scene: Scene): Evaluation =>
  strategy.evaluate(paramsOf(strategy, scene), contextOf(scene))

export const paramsOf = (strategy: Strategy, { params = {} }: Scene): Params => ({
  ...defaultParams(strategy.params),
  ...params,
})

export const strategyOf = (name: string): Strategy =>
  strategies.find((strategy) => strategy.name === name)!

/** A market of whole cents that runs to an hour from now. */
export const listing = (ticker: string): DataOf<'md.market-listed.v1'> => ({
  ...{ marketTicker: ticker, eventTicker: EVENT, seriesTicker: 'KXHIGHNY', title: '' },
  ...{ strikeType: 'between', floorStrike: 1, capStrike: 2, status: 'active' },
  ...{ openTimeUs: NOW_US, closeTimeUs: NOW_US + 3.6e9, exchangeIndex: 0 },
  priceRanges: grid,
  ...{ feeType: 'quadratic', feeMultiplierMilli: 1_000, rulesPrimary: '' },
  ...{ isTradable: true, untradableReason: null, isSynthetic: true },
})

/** The whole machine, fed with events. */
export class Desk {
  state
  #count = 0

  constructor(config: SignalsConfig = defaultSignalsConfig) {
    this.state = signalsMachine.initial(config)
    for (const ticker of TICKERS) this.list(ticker)
  }

  step<T extends SignalsInput['type']>(
    type: T,
    id: string,
    data: DataOf<T>,
    timeUs = NOW_US,
  ): readonly Emission[] {
    const times = { eventTimeUs: timeUs, ingestTimeUs: timeUs }
    const event = { type, id, causationId: 'x', ...times, data } as unknown as SignalsInput
    return signalsMachine.step(this.state, event)
  }

  list(ticker: string, more: Partial<DataOf<'md.market-listed.v1'>> = {}): void {
    this.step('md.market-listed.v1', `list-${this.#count++}`, { ...listing(ticker), ...more })
  }

  frame(id: string, scene: Scene): readonly Emission[] {
    return this.step('feature.ladder-frame.v1', id, frameOf(scene))
  }

  pmf(frameId: string, more: Pmf = {}, timeUs = NOW_US): readonly Emission[] {
    return this.step('pmf.fused-pmf.v1', `pmf-${frameId}`, pmfData(frameId, more), timeUs)
  }

  /** What every strategy says of one scene. */
  say(scene: Scene, timeUs = NOW_US): readonly Emission[] {
    const id = `f-${this.#count++}`
    this.frame(id, scene)
    return this.pmf(id, { ...incoherent(scene, frameOf(scene)), ...scene.pmf }, timeUs)
  }

  /** Why one strategy says no, or `trade`. */
  reason(scene: Scene, strategy = 'leader-follower', timeUs = NOW_US): string {
    const said = opportunities(this.say(scene, timeUs)).find((one) => one.strategy === strategy)
    return said?.reason ?? 'nothing said'
  }
}

/** Every evaluation, those that share a record too. */
export const opportunities = (emissions: readonly Emission[]): DataOf<'signal.opportunity.v1'>[] =>
  emissions.flatMap(({ type, data }) => {
    if (type === 'signal.opportunity.v1') return [data]
    if (type !== 'signal.shadow-evaluations.v1') return []
    const { evaluations, ...where } = data
    return evaluations.map((evaluation) => ({ ...where, ...evaluation }))
  })

export const intents = (emissions: readonly Emission[]): DataOf<'signal.order-intent.v1'>[] =>
  emissions.filter((one) => one.type === 'signal.order-intent.v1').map((one) => one.data)
