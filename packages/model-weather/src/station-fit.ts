import type { ClimateDay } from './climate-day.ts'
import { countExcess, defaultExcess, EXCESS_SIZE, excessPosterior } from './excess-model.ts'
import type { ExcessCounts, ExcessPmf } from './excess-model.ts'
import { EXCLUDE_DAY_DIFFERENCE_F } from './feed-quality.ts'
import { GRID_STEP_US, type ReadingKind } from './observation-grid.ts'
import { OBSERVED_GAP_MAX_US, observedHigh, type TemperaturePoint } from './observed-high.ts'
import { fitResidualModel } from './residual-fit.ts'
import { defaultResidualModel, type ResidualModel } from './residual-model.ts'
import { residualRuns, standardisedRuns, type KnownForecast } from './residual-samples.ts'
import { roundHalfUp } from './station-rounding.ts'

/** A finished day: what one feed read, in order of time, and the official high if there is one. */
export type FitDay = {
  readonly day: ClimateDay
  readonly points: readonly TemperaturePoint[]
  readonly officialF: number | null
}

export type FitInput = {
  readonly version: string
  readonly stdOffsetMinutes: number
  readonly kind: Exclude<ReadingKind, 'smooth'>
  readonly rowsPerReading: number
  /** In order of date. */
  readonly days: readonly FitDay[]
  readonly forecasts: readonly KnownForecast[]
}

/** Fitted, or the default and why. */
export type FitPart<T> = T &
  ({ readonly provenance: 'fitted' } | { readonly provenance: 'default'; readonly reason: string })

export type StationFit = {
  readonly residual: FitPart<{
    readonly model: ResidualModel
    /** Samples per `[lead bin][hour bin]`. */
    readonly counts: readonly (readonly number[])[]
    /** Climate days that any forecast was compared on. */
    readonly days: number
  }>
  readonly excess: FitPart<{
    readonly pmf: ExcessPmf
    readonly counts: ExcessCounts
    readonly days: number
  }>
  readonly leftOut: readonly { readonly date: string; readonly reason: string }[]
}

/** Fewer days would be the weather of one week. */
export const RESIDUAL_DAYS_MIN = 20
/** The prior weighs 20 days, so a few of its own do no harm; fewer say nothing. */
export const EXCESS_DAYS_MIN = 5

/**
 * The residual model and the between-reading excess of one station and feed, with shrinkage to the
 * defaults (MODELS 5.4, 5.7, appendix D). A part with too few days is the default and says so.
 */
export function fitStation(input: FitInput): StationFit {
  const leftOut: { date: string; reason: string }[] = []
  const usable = input.days.filter((day) => {
    const reason = dayFault(day, gapMaxUs(input.rowsPerReading))
    if (reason !== null) leftOut.push({ date: day.day.date, reason })
    return reason === null
  })
  return { residual: fitResidual(input), excess: fitExcess(input, usable), leftOut }
}

/** Why a day teaches nothing about the excess, or null. */
function dayFault({ day, points, officialF }: FitDay, maxUs: number): string | null {
  const seen = observedHigh(day, points)
  if (officialF === null) return 'no official high'
  if (seen.highF === null) return 'no reading'
  if (seen.longestGapUs > maxUs)
    return `no reading for ${Math.round(seen.longestGapUs / 60_000_000)} minutes`
  const difference = officialF - roundHalfUp(seen.highF)
  return Math.abs(difference) > EXCLUDE_DAY_DIFFERENCE_F
    ? `the official high is ${difference} °F from the feed`
    : null
}

/** Hourly reports come a few minutes early or late. */
const gapMaxUs = (rowsPerReading: number): number =>
  rowsPerReading > 2 ? 1.25 * rowsPerReading * GRID_STEP_US : OBSERVED_GAP_MAX_US

function fitExcess(
  { kind, rowsPerReading }: FitInput,
  days: readonly FitDay[],
): StationFit['excess'] {
  const prior = defaultExcess(kind, rowsPerReading)
  let counts: ExcessCounts = Array.from({ length: EXCESS_SIZE }, () => 0)
  for (const { day, points, officialF } of days) {
    counts = countExcess(counts, officialF!, roundHalfUp(observedHigh(day, points).highF!))
  }
  const common = { counts, days: days.length }
  if (days.length >= EXCESS_DAYS_MIN) {
    return { provenance: 'fitted', pmf: excessPosterior(counts, prior), ...common }
  }
  const reason = `${days.length} complete days with an official high, ${EXCESS_DAYS_MIN} are needed`
  return { provenance: 'default', reason, pmf: prior, ...common }
}

function fitResidual({
  version,
  stdOffsetMinutes,
  rowsPerReading,
  days,
  forecasts,
}: FitInput): StationFit['residual'] {
  const points = days.flatMap((day) => day.points)
  const runs = residualRuns(forecasts, points, stdOffsetMinutes).filter((run) => run.length > 0)
  const samples = runs.flat()
  const compared = days.filter(({ day }) =>
    runs.some((run) => run.at(-1)!.timeUs >= day.startUs && run[0]!.timeUs < day.endUs),
  ).length
  const first = fitResidualModel(samples, [], version)
  if (compared < RESIDUAL_DAYS_MIN) {
    const reason = `${compared} days with both readings and forecasts, ${RESIDUAL_DAYS_MIN} are needed`
    const { counts } = first
    return { provenance: 'default', reason, model: defaultResidualModel, counts, days: compared }
  }
  const fit = fitResidualModel(
    samples,
    standardisedRuns(runs, first.model, rowsPerReading),
    version,
    rowsPerReading,
  )
  return { provenance: 'fitted', ...fit, days: compared }
}
