import type { DataOf, Emission, EventOf } from '@kwm/contracts'
import { fail } from '@kwm/std'
import { scanArbitrages } from './arbitrage-scan.ts'
import { Calibrations, IDENTITY_CALIBRATION } from './calibration.ts'
import type { PmfConfig } from './config.ts'
import { EventFusion, type EventFusionSnapshot, type Fused } from './event-fusion.ts'
import { MarketTerms, type ListedTerms } from './market-terms.ts'
import { separate } from './separate.ts'

export const pmfInputTypes = [
  'md.market-listed.v1',
  'pmf.weather-pmf.v1',
  'feature.ladder-frame.v1',
] as const
export const pmfOutputTypes = ['pmf.fused-pmf.v1'] as const
export type PmfInput = EventOf<(typeof pmfInputTypes)[number]>

export type PmfState = {
  readonly config: PmfConfig
  readonly calibrations: Calibrations
  readonly terms: Map<string, MarketTerms>
  /** How many listings were heard: what was worked out from `terms` is worked out again on the next. */
  listings: number
  readonly events: Map<string, EventFusion>
  /** Event time never runs backwards here. */
  nowUs: number
}
export type PmfSnapshot = {
  readonly v: 2
  readonly nowUs: number
  readonly terms: readonly ListedTerms[]
  readonly events: readonly (readonly [string, EventFusionSnapshot])[]
}

type Frame = DataOf<'feature.ladder-frame.v1'>
type Pmf = DataOf<'pmf.fused-pmf.v1'>

const FORGET_AFTER_CLOSE_US = 3_600_000_000
/** Weather of an event that no frame ever came for. */
const SILENT_MAX_US = 172_800_000_000
/** Events heard of before any frame; a desk never has so many open. */
const EVENTS_MAX = 4_096

/** One coherent PMF for each ladder frame, and how its centre of mass moves (MODELS 2.4, 6). */
export const pmfMachine = {
  initial: (config: PmfConfig): PmfState => ({
    config,
    calibrations: new Calibrations(config.calibration),
    terms: new Map(),
    listings: 0,
    events: new Map(),
    nowUs: 0,
  }),
  step,
  snapshot: (state: PmfState): PmfSnapshot => ({
    v: 2,
    nowUs: state.nowUs,
    terms: [...state.terms.values()].map((terms) => terms.listed),
    events: [...state.events].map(([ticker, event]) => [ticker, event.snapshot()] as const),
  }),
  restore: (config: PmfConfig, saved: PmfSnapshot): PmfState => {
    if (saved.v !== 2) {
      fail(
        `pmf-model snapshot of version ${String(saved.v)}: delete it, and the tape is read from its start`,
      )
    }
    return {
      config,
      calibrations: new Calibrations(config.calibration),
      terms: new Map(saved.terms.map((terms) => [terms.marketTicker, new MarketTerms(terms)])),
      listings: 0,
      events: new Map(saved.events.map(([t, event]) => [t, EventFusion.restore(config, event)])),
      nowUs: saved.nowUs,
    }
  },
}

function step(state: PmfState, input: PmfInput): readonly Emission[] {
  state.nowUs = Math.max(state.nowUs, input.eventTimeUs)
  switch (input.type) {
    case 'md.market-listed.v1':
      state.terms.set(input.data.marketTicker, new MarketTerms(input.data))
      state.listings++
      forgetClosed(state)
      return []
    case 'pmf.weather-pmf.v1':
      eventOf(state, input.data.eventTicker).hear(input, state.nowUs)
      return []
    case 'feature.ladder-frame.v1':
      return [{ type: 'pmf.fused-pmf.v1', data: onFrame(state, input) }]
  }
}

function onFrame(state: PmfState, { id, data: frame }: EventOf<'feature.ladder-frame.v1'>): Pmf {
  if (!frame.isPartition) return apart(state, id, frame)
  const event = eventOf(state, frame.eventTicker)
  const terms = event.meet(frame, state.terms, state.listings)
  const fused = event.fuse(frame, terms, state.nowUs)
  const arbitrages = scanArbitrages(frame, terms, event.dead)
  const map = state.calibrations.mapFor(frame.seriesTicker, frame.closeTimeUs - state.nowUs)
  const said = fused.pmf !== null && map !== null ? map.apply(fused.pmf) : fused.pmf
  if (said !== null) assertCoherent(said)
  const mu = said !== null ? event.follow(said, fused.weather, state.nowUs) : null
  const motion = said !== null ? event.motion.estimate() : null
  // Field by field: this is made for every book event, and spreading objects costs more than the filter.
  const pmf: Pmf = {
    eventTicker: frame.eventTicker,
    frameId: id,
    isFeasible: said !== null,
    reason: fused.fault ?? REASONS[fused.weather.refusal ?? 'none'],
    weights: fused.weights,
    brackets: bracketsOf(event, frame, fused, said),
    mu,
    muVelocity: motion === null ? null : motion.velocity,
    muVelocitySe: motion === null ? null : motion.seVelocity,
    muAcceleration: motion === null ? null : motion.acceleration,
    muAccelerationSe: motion === null ? null : motion.seAcceleration,
    sumOfMids: sumOfMids(frame),
    method: state.config.method,
    calibration: said === fused.pmf ? IDENTITY_CALIBRATION.version : state.calibrations.version,
    hasWeather: fused.weather.refusal === null,
    marketTimeUs: event.marketTimeUs,
    weatherTimeUs: event.weather.timeUs,
    hazard60min: event.weather.hazard60min(state.nowUs),
    nis: fused.nis,
    isChangePoint: event.isHot(state.nowUs),
  }
  if (arbitrages.length > 0) pmf.arbitrages = arbitrages
  return pmf
}

const REASONS = {
  none: 'fused',
  off: 'market-weather-off',
  missing: 'market-weather-missing',
  stale: 'market-weather-stale',
  blocked: 'market-weather-blocked',
  differs: 'market-weather-differs',
  incoherent: 'market-weather-incoherent',
} as const

function bracketsOf(
  { alive }: EventFusion,
  { rows }: Frame,
  fused: Fused,
  said: Float64Array | null,
): Pmf['brackets'] {
  const { pmf, sd } = fused
  const weather = fused.weather.refusal === null ? fused.weather.pmf : null
  const brackets: Pmf['brackets'] = []
  let k = 0
  for (let index = 0; index < rows.length; index++) {
    const { marketTicker, mid } = rows[index]!
    const isDead = alive[k] !== index
    const at = isDead ? -1 : k++
    const bracket: Pmf['brackets'][number] = {
      marketTicker,
      p: said === null ? null : isDead ? 0 : said[at]!,
      sd: sd === null ? null : isDead ? 0 : sd[at]!,
      mid,
      weatherP: weather === null ? null : isDead ? 0 : weather[at]!,
      isDead,
    }
    if (pmf !== null && said !== pmf) bracket.rawP = isDead ? 0 : pmf[at]!
    brackets.push(bracket)
  }
  return brackets
}

/** p >= 0 and sum 1, whatever the books and the weather were. */
function assertCoherent(pmf: Float64Array): void {
  let sum = 0
  for (let i = 0; i < pmf.length; i++) {
    if (!(pmf[i]! >= 0 && pmf[i]! <= 1)) fail(`fused probability ${pmf[i]}`)
    sum += pmf[i]!
  }
  if (!(Math.abs(sum - 1) < 1e-9)) fail(`fused PMF that sums to ${sum}`)
}

/** Markets that do not exclude each other, one by one. */
function apart(state: PmfState, frameId: string, frame: Frame): Pmf {
  const terms = frame.rows.map((row) => state.terms.get(row.marketTicker))
  const { p, sd } = separate(frame.rows, terms)
  const arbitrages = scanArbitrages(frame, terms, [])
  return {
    eventTicker: frame.eventTicker,
    frameId,
    isFeasible: p.every((value) => value !== null),
    reason: 'not-a-partition',
    weights: { market: 1, weather: 0 },
    brackets: frame.rows.map(({ marketTicker, mid }, index) => ({
      ...{ marketTicker, p: p[index]!, sd: sd[index]!, mid },
    })),
    ...{ mu: null, muVelocity: null, muVelocitySe: null, muAcceleration: null },
    ...{ muAccelerationSe: null, sumOfMids: sumOfMids(frame) },
    ...(arbitrages.length > 0 && { arbitrages }),
  }
}

/** Null unless every bracket has a mid. */
function sumOfMids({ rows }: Frame): number | null {
  let sum = 0
  for (const { mid } of rows) {
    if (mid === null) return null
    sum += mid
  }
  return sum
}

function eventOf(state: PmfState, eventTicker: string): EventFusion {
  const known = state.events.get(eventTicker)
  if (known) return known
  if (state.events.size >= EVENTS_MAX) state.events.delete(state.events.keys().next().value!)
  const event = new EventFusion(state.config)
  state.events.set(eventTicker, event)
  return event
}

/** Listings come now and then for as long as a desk runs: the time to let go of what is over. */
function forgetClosed({ events, terms, nowUs }: PmfState): void {
  for (const [ticker, event] of events) {
    if (event.isOver(nowUs, SILENT_MAX_US, FORGET_AFTER_CLOSE_US)) events.delete(ticker)
  }
  for (const [ticker, { listed }] of terms) {
    if (listed.closeTimeUs + FORGET_AFTER_CLOSE_US < nowUs) terms.delete(ticker)
  }
}
