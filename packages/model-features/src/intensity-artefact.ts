import { TRADE_INTENSITY, totalBranching, type Branching } from './intensity-kernel.ts'
import type { TradeIntensityConfig } from './intensity-kernel.ts'

/** What was fitted for the markets of one series. */
export type FittedIntensity = Pick<
  TradeIntensityConfig,
  | 'decaysPerSecond'
  | 'branchSelf'
  | 'branchCross'
  | 'branchNeighbourSame'
  | 'branchNeighbourOpposite'
  | 'profile'
  | 'utcOffsetMinutes'
> & { readonly seriesTicker: string }

/** Fitted Hawkes parameters as plain data, as `kwm train intensities` writes them. */
export type IntensityArtefact = {
  readonly format: 'kwm-intensities'
  readonly v: 1
  readonly version: string
  readonly series: readonly FittedIntensity[]
}

/** An artefact rides in the configuration that each start writes to the tape: a message has a size. */
export const INTENSITY_SERIES_MAX = 64
export const PROFILE_BINS_MAX = 96

/** The artefact cannot be used; the message names the field and what to do. */
export class IntensityArtefactRefusedError extends Error {
  override readonly name = 'IntensityArtefactRefusedError'
}

/**
 * The intensities of a fitted artefact by series ticker, for `tradeIntensityOfSeries`.
 * @throws {IntensityArtefactRefusedError} Plain data of any origin, checked field by field.
 */
export function intensitiesOf(artefact: unknown): Readonly<Record<string, TradeIntensityConfig>> {
  const { format, v, series } = (artefact ?? {}) as Partial<IntensityArtefact>
  if (format !== 'kwm-intensities' || v !== 1) {
    refuse('format must be kwm-intensities and v 1: train it again with this version')
  }
  if (!Array.isArray(series) || series.length > INTENSITY_SERIES_MAX) {
    refuse(`series must be a list of at most ${INTENSITY_SERIES_MAX}`)
  }
  const configs = (series as readonly FittedIntensity[]).map(
    (fitted, n) => [tickerOf(fitted, n), configOf(fitted, `series[${n}]`)] as const,
  )
  if (new Set(configs.map(([ticker]) => ticker)).size < configs.length) {
    refuse('series must name each seriesTicker once')
  }
  return Object.fromEntries(configs)
}

function tickerOf(fitted: FittedIntensity | null | undefined, n: number): string {
  const ticker = fitted?.seriesTicker
  if (typeof ticker === 'string' && /^[A-Z0-9]{1,32}$/.test(ticker)) return ticker
  return refuse(`series[${n}].seriesTicker must be 1 to 32 capitals and digits`)
}

function configOf(fitted: FittedIntensity, at: string): TradeIntensityConfig {
  const pair = (name: keyof FittedIntensity, lowest: number): Branching => {
    const value = fitted[name]
    const isPair =
      Array.isArray(value) && value.length === 2 && value.every((x) => isRate(x) && x >= lowest)
    if (!isPair) refuse(`${at}.${name} must be two numbers of at least ${lowest}`)
    return value as unknown as Branching
  }
  const config: TradeIntensityConfig = {
    ...TRADE_INTENSITY,
    decaysPerSecond: pair('decaysPerSecond', 1e-6),
    branchSelf: pair('branchSelf', 0),
    branchCross: pair('branchCross', 0),
    branchNeighbourSame: pair('branchNeighbourSame', 0),
    branchNeighbourOpposite: pair('branchNeighbourOpposite', 0),
    profile: fitted.profile,
    utcOffsetMinutes: fitted.utcOffsetMinutes,
  }
  if (!(totalBranching(config) < 1)) {
    refuse(`${at}: branching of ${totalBranching(config)} must be below 1`)
  }
  const { periodS, factors } = fitted.profile ?? {}
  if (periodS !== 86_400) refuse(`${at}.profile.periodS must be 86400`)
  const isList = Array.isArray(factors) && factors.length > 0 && factors.length <= PROFILE_BINS_MAX
  if (!isList || !factors.every((x) => isRate(x) && x > 0)) {
    refuse(`${at}.profile.factors must be 1 to ${PROFILE_BINS_MAX} positive numbers`)
  }
  const mean = factors.reduce((sum, x) => sum + x, 0) / factors.length
  if (!(Math.abs(mean - 1) < 1e-6)) refuse(`${at}.profile.factors must average 1, not ${mean}`)
  if (!(Math.abs(fitted.utcOffsetMinutes) <= 14 * 60)) {
    refuse(`${at}.utcOffsetMinutes must be within 14 hours`)
  }
  return config
}

const isRate = (x: unknown): x is number => typeof x === 'number' && x >= 0 && x < Infinity

function refuse(text: string): never {
  throw new IntensityArtefactRefusedError(`intensity artefact: ${text}`)
}
