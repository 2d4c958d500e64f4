import { chooseCalibration, type CalibrationChoice, type PitDay } from './calibration-choice.ts'
import { HOUR_US } from './climate-day.ts'
import {
  dressedSample,
  fitDressing,
  fitPoolWeight,
  type DressingFit,
  type DressingSample,
  type PoolFit,
  type PoolSample,
} from './ensemble-fit.ts'
import { memberMaxima, type Ensemble } from './ensemble-max.ts'
import { covers, curveFault } from './forecast-path.ts'
import { KilledChain } from './killed-chain.ts'
import { nowcast, type SubGridExcess } from './nowcast.ts'
import { nowcastPath } from './nowcast-path.ts'
import type { ScoredNowcast } from './nowcast-score.ts'
import { GRID_STEP_US, ObservationGrid } from './observation-grid.ts'
import { runningHigh, type RunningHigh } from './running-high.ts'
import { fitStation, type FitDay, type FitInput, type StationFit } from './station-fit.ts'
import { cdfOf, pooled, type WholePmf } from './whole-pmf.ts'

/** Hours of local standard time at which a day is nowcast. */
export const EVALUATION_HOURS = [0, 6, 9, 12, 15, 18] as const
/** Days between two fits of the walk forward; an ensemble's takes longer and moves less. */
const REFIT_DAYS = 7
const ENSEMBLE_REFIT_DAYS = 28
/** The official high of a day is known the morning after. */
const EMBARGO_DAYS = 1
const RECENT_US = 15 * 60_000_000
const SUB_GRID: SubGridExcess = { meanF: 0.2, sdF: 0.3 }

/** An ensemble as it was issued, and when we had it. */
export type KnownEnsemble = Ensemble & {
  readonly issueTimeUs: number
  readonly knownTimeUs: number
}

export type WalkInput = FitInput & {
  readonly ensembles: readonly KnownEnsemble[]
  /** What the machine takes without a fit: an ensemble's bias, and its weight in the pool. */
  readonly ensembleDefaults: { readonly biasF: number; readonly weight: number }
}

export type WalkForward = {
  /** What the machine would have said at each hour, before calibration. */
  readonly scored: readonly ScoredNowcast[]
  readonly dressing: DressingFit
  readonly pool: PoolFit
  readonly calibration: CalibrationChoice
}

/** What was learnt of the days before. */
type Learnt = {
  fit: StationFit
  chain: KilledChain
  dressing: DressingFit
  pool: PoolFit
}

/**
 * Every day with an official high, said from fits of the days before it alone and from what was known
 * at the hour; then dressing, pool and calibration of all of it. A day of a station with forecasts
 * counts from the first fit of their residual on; minutes unseen that block the machine are left out.
 */
export function walkForward(all: WalkInput): WalkForward {
  const input = { ...all, forecasts: all.forecasts.filter((known) => curveFault(known) === null) }
  const { biasF, weight } = input.ensembleDefaults
  const scored: ScoredNowcast[] = []
  const dressings: DressingSample[] = []
  const pools: PoolSample[] = []
  let learnt: Learnt | undefined
  for (const [at, day] of input.days.entries()) {
    const until = Math.max(0, at - EMBARGO_DAYS)
    const isKnown = ({ date }: { readonly date: string }): boolean =>
      until > 0 && date <= input.days[until - 1]!.day.date
    if (at % REFIT_DAYS === 0) {
      const fit = fitStation({ ...input, days: input.days.slice(0, until) })
      const { phi } = fit.residual.model
      const isDue = !learnt || at % ENSEMBLE_REFIT_DAYS === 0
      learnt = {
        fit,
        chain: learnt?.chain.phi === phi ? learnt.chain : new KilledChain(phi),
        dressing: isDue ? fitDressing(dressings.filter(isKnown), biasF) : learnt!.dressing,
        pool: isDue ? fitPoolWeight(pools.filter(isKnown), weight) : learnt!.pool,
      }
    }
    if (!learnt || day.officialF === null) continue
    for (const hour of EVALUATION_HOURS) {
      const said = saidAt(input, { ...day, officialF: day.officialF }, hour, learnt)
      if (said?.dressing) dressings.push(said.dressing)
      if (said?.pool) pools.push(said.pool)
      if (said?.scored) scored.push(said.scored)
    }
  }
  return {
    scored,
    dressing: fitDressing(dressings, biasF),
    pool: fitPoolWeight(pools, weight),
    calibration: chooseCalibration(pitDays(scored), input.version),
  }
}

type LabelledDay = FitDay & { readonly officialF: number }
type Said = {
  readonly scored: ScoredNowcast | null
  readonly dressing: DressingSample | null
  readonly pool: PoolSample | null
}

function saidAt(input: WalkInput, day: LabelledDay, hour: number, learnt: Learnt): Said | null {
  const nowUs = day.day.startUs + hour * HOUR_US
  const high = highAt(input, day, nowUs, learnt.fit)
  if (high.unseenMinutes > 0) return null
  const { date } = day.day
  const { officialF } = day
  const dressing = dressingSample(input, day, nowUs, high.pmf)
  const hasForecasts = input.forecasts.length > 0
  const isFitted = learnt.fit.residual.provenance === 'fitted'
  if (hasForecasts && !isFitted) return { scored: null, dressing, pool: null }
  const ahead = nowcastAt(input, day, nowUs, high.pmf, learnt)
  const members = dressing && dressedSample(dressing, learnt.dressing.dressing)
  const common = { date, hour, officialF }
  if (!ahead) {
    // Where forecasts are made a hole in them is not a day of ensembles alone.
    const scored = members && !hasForecasts ? { ...common, leadHours: 0, pmf: members } : null
    return { scored, dressing, pool: null }
  }
  if (!members) return { scored: { ...common, ...ahead }, dressing, pool: null }
  const floorF = high.hardLowerF
  const pmf = pooled(ahead.pmf, members, 1 - learnt.pool.weight, floorF)
  return {
    scored: { ...common, leadHours: ahead.leadHours, pmf },
    dressing,
    pool: { date, nowcast: ahead.pmf, ensemble: members, floorF, officialF },
  }
}

function highAt(
  { kind, rowsPerReading }: WalkInput,
  { day, points }: FitDay,
  nowUs: number,
  { excess }: StationFit,
): RunningHigh {
  const grid = new ObservationGrid(day.startUs)
  for (const { timeUs, tempF } of points) {
    if (timeUs < day.startUs || timeUs > nowUs) continue
    const rest = { dewPointF: null, humidityPct: null, windMph: null, isForeign: false }
    grid.put({ timeUs, kind, tempF, ...rest, revision: 0 })
  }
  const isGenuine = (row: number): boolean => !Number.isNaN(grid.tempF(row))
  return runningHigh({
    ...{ day, nowUs, windows: [], reportedAtLeastF: [] },
    feeds: [{ grid, kind, rowsPerReading, isGenuine, excess: excess.pmf }],
  })
}

function nowcastAt(
  { forecasts, stdOffsetMinutes }: WalkInput,
  { day, points }: FitDay,
  nowUs: number,
  soFar: WholePmf | null,
  { fit, chain }: Learnt,
): { leadHours: number; pmf: WholePmf } | null {
  const lastUs = day.endUs - GRID_STEP_US
  const forecast = latestKnown(forecasts, nowUs, (one) => covers(one, nowUs, lastUs))
  if (!forecast) return null
  const recent = points.filter(({ timeUs }) => timeUs <= nowUs && timeUs > nowUs - RECENT_US)
  const { model } = fit.residual
  const path = nowcastPath({ day, nowUs, stdOffsetMinutes, forecast, model, recent })
  if (!path) return null
  const { pmf } = nowcast(chain, path.path, soFar, SUB_GRID)
  return { leadHours: (nowUs - forecast.issueTimeUs) / HOUR_US, pmf }
}

function dressingSample(
  { ensembles }: WalkInput,
  { day, officialF }: LabelledDay,
  nowUs: number,
  soFar: WholePmf | null,
): DressingSample | null {
  const ensemble = latestKnown(ensembles, nowUs, () => true)
  const maximaF = ensemble && memberMaxima(ensemble, nowUs, day.endUs)
  if (!maximaF) return null
  const hoursLeft = (day.endUs - nowUs) / HOUR_US
  return { date: day.date, hoursLeft, maximaF, soFar, officialF }
}

type Known = { readonly issueTimeUs: number; readonly knownTimeUs: number }

/** The newest one that was known by then, of those that can be used. */
function latestKnown<T extends Known>(
  issued: readonly T[],
  nowUs: number,
  isUsable: (one: T) => boolean,
): T | undefined {
  let latest: T | undefined
  for (const one of issued) {
    if (one.knownTimeUs > nowUs || (latest && one.issueTimeUs <= latest.issueTimeUs)) continue
    if (isUsable(one)) latest = one
  }
  return latest
}

function pitDays(scored: readonly ScoredNowcast[]): PitDay[] {
  const days = new Map<string, PitDay>()
  for (const { date, pmf, officialF } of scored) {
    const step = { below: cdfOf(pmf, officialF - 1), upTo: cdfOf(pmf, officialF) }
    days.set(date, [...(days.get(date) ?? []), step])
  }
  return [...days.values()]
}
