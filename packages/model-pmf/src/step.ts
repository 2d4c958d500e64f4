import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { centreOfMass } from '@kwm/model-features'
import { LocalQuadratic, type LocalQuadraticSnapshot } from '@kwm/quant'
import { MARKET_VARIANCE, marketPmf, type MarketPmf } from './market-pmf.ts'

export const pmfInputTypes = ['feature.ladder-frame.v1'] as const
export const pmfOutputTypes = ['pmf.fused-pmf.v1'] as const
export type PmfInput = EventOf<'feature.ladder-frame.v1'>

export type PmfConfig = {
  /** Half-life of the local quadratic on the centre of mass. */
  readonly kinematicsHalfLifeUs: number
}
export const defaultPmfConfig: PmfConfig = { kinematicsHalfLifeUs: 12_000_000 }

export type PmfState = {
  readonly config: PmfConfig
  readonly motions: Map<string, LocalQuadratic>
}
export type PmfSnapshot = {
  readonly v: 1
  readonly motions: readonly (readonly [string, LocalQuadraticSnapshot])[]
}

type Frame = DataOf<'feature.ladder-frame.v1'>
type Pmf = DataOf<'pmf.fused-pmf.v1'>

/** One coherent PMF for each ladder frame, and how its centre of mass moves (MODELS 2.4, 6.1). */
export const pmfMachine = {
  initial: (config: PmfConfig): PmfState => ({ config, motions: new Map() }),
  step,
  snapshot: (state: PmfState): PmfSnapshot => ({
    v: 1,
    motions: [...state.motions].map(([ticker, motion]) => [ticker, motion.snapshot()] as const),
  }),
  restore: (config: PmfConfig, saved: PmfSnapshot): PmfState => ({
    config,
    motions: new Map(saved.motions.map(([t, motion]) => [t, LocalQuadratic.restore(motion)])),
  }),
}

function step(state: PmfState, input: PmfInput): readonly Emission[] {
  const frame = input.data
  forgetClosed(state, frame, input.eventTimeUs)
  const base = {
    eventTicker: frame.eventTicker,
    frameId: input.id,
    weights: { market: 1, weather: 0 },
    sumOfMids: sumOfMids(frame),
  }
  if (!frame.isPartition)
    return [{ type: 'pmf.fused-pmf.v1', data: { ...base, ...separate(frame) } }]
  if (frame.rows.some((row) => row.quoteState === 'stale')) {
    return [{ type: 'pmf.fused-pmf.v1', data: { ...base, ...nothing(frame, 'stale-book') } }]
  }
  const market = marketPmf(quotesOf(frame), MARKET_VARIANCE)
  const data = market.feasible
    ? { ...base, ...coherent(state, frame, market, input.eventTimeUs) }
    : { ...base, ...nothing(frame, market.reason) }
  return [{ type: 'pmf.fused-pmf.v1', data }]
}

type Estimate = Omit<Pmf, 'eventTicker' | 'frameId' | 'weights' | 'sumOfMids'>

const NO_MOTION = {
  mu: null,
  muVelocity: null,
  muVelocitySe: null,
  muAcceleration: null,
  muAccelerationSe: null,
} as const

function coherent(state: PmfState, frame: Frame, market: MarketPmf, timeUs: number): Estimate {
  const mu = centreOfMass(market.pmf, frame.centres)
  const motion = motionOf(state, frame.eventTicker)
  motion.add(Math.max(timeUs, motion.lastUs ?? 0), mu)
  const estimate = motion.estimate()
  return {
    isFeasible: true,
    reason: 'market',
    brackets: frame.rows.map(({ marketTicker, mid }, k) => ({
      marketTicker,
      p: clampUnit(market.pmf[k]!),
      sd: Math.sqrt(market.variance[k]!),
      mid,
    })),
    mu,
    muVelocity: estimate?.velocity ?? null,
    muVelocitySe: estimate?.seVelocity ?? null,
    muAcceleration: estimate?.acceleration ?? null,
    muAccelerationSe: estimate?.seAcceleration ?? null,
  }
}

/** Markets that do not exclude each other: each stands alone, in the middle of its quotes. */
const separate = (frame: Frame): Estimate => ({
  ...NO_MOTION,
  isFeasible: frame.rows.every((row) => isQuoted(row.quoteState)),
  reason: 'not-a-partition',
  brackets: frame.rows.map(({ marketTicker, mid, fairMid, fairVar, quoteState }) => ({
    marketTicker,
    p: isQuoted(quoteState) ? fairMid : null,
    sd: isQuoted(quoteState) ? Math.sqrt(fairVar) : null,
    mid,
  })),
})

const nothing = (frame: Frame, reason: string): Estimate => ({
  ...NO_MOTION,
  isFeasible: false,
  reason,
  brackets: frame.rows.map(({ marketTicker, mid }) => ({ marketTicker, p: null, sd: null, mid })),
})

const isQuoted = (state: Frame['rows'][number]['quoteState']): boolean =>
  state !== 'stale' && state !== 'crossed'

const quotesOf = ({ rows }: Frame): { bid: number[]; ask: number[] } => ({
  bid: rows.map((row) => row.bidBps / 10_000),
  ask: rows.map((row) => row.askBps / 10_000),
})

/** Null unless every bracket has a mid. */
function sumOfMids({ rows }: Frame): number | null {
  let sum = 0
  for (const { mid } of rows) {
    if (mid === null) return null
    sum += mid
  }
  return sum
}

/** Rounding of the projection may leave a hair outside [0, 1]. */
const clampUnit = (p: number): number => Math.min(1, Math.max(0, p))

function motionOf(state: PmfState, eventTicker: string): LocalQuadratic {
  const known = state.motions.get(eventTicker)
  if (known) return known
  const motion = new LocalQuadratic({ halfLifeUs: state.config.kinematicsHalfLifeUs })
  state.motions.set(eventTicker, motion)
  return motion
}

function forgetClosed(state: PmfState, frame: Frame, nowUs: number): void {
  if (frame.closeTimeUs < nowUs) state.motions.delete(frame.eventTicker)
}
