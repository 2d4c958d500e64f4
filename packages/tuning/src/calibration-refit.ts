import { meanOf, PmfCalibrator } from '@kwm/quant'
import { checkCalibrationDrift } from './calibration-drift.ts'
import type { CalibrationRow } from './calibration-rows.ts'
import {
  calibrationArtefact,
  calibrationTournament,
  comparePlaces,
  dailyLogScores,
  type CalibrationArtefact,
  type CalibrationEntry,
  type TournamentOptions,
  type TournamentPlace,
  type TournamentResult,
} from './calibration-tournament.ts'

export type RefitOptions = TournamentOptions & {
  /** Leave alone what no month has passed for and what has not drifted. */
  readonly isOnlyDue: boolean
}

export type RefitReason = 'new' | 'month' | 'drift' | 'asked'

export type RefitVerdict =
  | 'first'
  /** The new fit did better on the days that neither had seen. */
  | 'replaced'
  /** It did not. */
  | 'kept'
  /** It had drifted and there were too few days to fit another: now there is none. */
  | 'dropped'
  | 'not-due'
  /** No day that neither fit has seen is on the tapes. */
  | 'no-news'
  | 'too-few-days'

/** Mean log scores in nats over the days after the fit of the map in force. */
export type RefitTrial = {
  readonly days: number
  readonly none: number
  readonly inForce: number
  readonly challenger: number
}

export type RefitPlace = {
  readonly series: string
  readonly leadHours: number
  /** Why it was looked at; null when it was not. */
  readonly reason: RefitReason | null
  readonly verdict: RefitVerdict
  readonly before: CalibrationEntry | null
  readonly after: CalibrationEntry | null
  readonly trial: RefitTrial | null
}

export type Refit = {
  /** What is to be in force now; null when there is nothing yet. */
  readonly artefact: CalibrationArtefact | null
  /** True when its maps differ from those before. */
  readonly isChanged: boolean
  readonly places: readonly RefitPlace[]
  readonly tournament: TournamentResult
}

/**
 * Fits the maps of each city and lead again and holds each new one against the one in force, on the
 * days after the fit of that one: the lower log score stays. One that drifted goes in any case. A map
 * of too few days stays. Run twice on the same rows it changes nothing the second time.
 */
export function refitCalibration(
  current: CalibrationArtefact | null,
  rows: readonly CalibrationRow[],
  options: RefitOptions,
): Refit {
  const tournament = calibrationTournament(rows, options)
  const checks = current === null ? [] : checkCalibrationDrift(current, rows)
  const judged = (current?.entries ?? []).map((entry, i) => {
    const mine = rows.filter((row) => isAt(row, entry))
    const place = tournament.places.find((one) => isAt(one.entry, entry))
    const { isDrifted, isDue } = checks[i]!
    const reason = isDrifted ? 'drift' : isDue ? 'month' : options.isOnlyDue ? null : 'asked'
    return judge(entry, place, reason, newest(mine))
  })
  const isNew = ({ series, leadHours }: { series: string; leadHours: number }): boolean =>
    !judged.some((one) => one.series === series && one.leadHours === leadHours)
  const added = tournament.places.map(({ entry }) => entry).filter(isNew)
  const places = [
    ...judged,
    ...added.map((after) => ({ ...about(after, 'new', 'first'), before: null, after })),
    ...tournament.skipped
      .filter(isNew)
      .map((at) => ({ ...about(at, 'new', 'too-few-days'), before: null, after: null })),
  ].toSorted(comparePlaces)
  const entries = places.flatMap(({ after }) => (after ? [after] : []))
  if (entries.length === 0) return { artefact: null, isChanged: false, places, tournament }
  const made = calibrationArtefact(entries)
  const isChanged = made.version !== current?.version
  const previous = isChanged ? current?.version : current?.previous
  const artefact = previous === undefined ? made : { ...made, previous }
  return { artefact, isChanged, places, tournament }
}

/** A newer fit was wanted and could not be had: someone should look. */
export const isRefitShort = ({ places, artefact }: Refit): boolean =>
  artefact === null ||
  places.some(({ verdict, reason }) => verdict === 'too-few-days' && reason !== 'new') ||
  places.some(({ verdict }) => verdict === 'dropped')

function judge(
  before: CalibrationEntry,
  challenger: TournamentPlace | undefined,
  reason: RefitReason | null,
  newestDay: string | null,
): RefitPlace {
  const stays = (verdict: RefitVerdict): RefitPlace => ({
    ...about(before, reason, verdict),
    before,
    after: before,
  })
  if (reason === null) return stays('not-due')
  if (newestDay === null || newestDay <= (before.judgedThrough ?? before.fittedThrough)) {
    return stays('no-news')
  }
  if (challenger === undefined) {
    if (reason !== 'drift') return stays('too-few-days')
    const none = { method: 'none', map: { kind: 'none' } } as const
    const after = { ...before, ...none, fittedThrough: newestDay, judgedThrough: newestDay }
    return { ...about(before, reason, 'dropped'), before, after }
  }
  const trial = trialOf(before, challenger)
  if (reason !== 'drift') {
    if (trial === null) return stays('no-news')
    if (trial.challenger >= trial.inForce) {
      const after = { ...before, judgedThrough: newestDay }
      return { ...about(before, reason, 'kept'), trial, before, after }
    }
  }
  return { ...about(before, reason, 'replaced'), trial, before, after: challenger.entry }
}

/** Walking forward, the challenger's method was fitted on the days before each; the map in force on none. */
function trialOf(
  { map, fittedThrough }: CalibrationEntry,
  { entry, tested }: TournamentPlace,
): RefitTrial | null {
  const after = tested.filter(({ day }) => day > fittedThrough)
  if (after.length === 0) return null
  const inForce = new PmfCalibrator(map)
  const meanScore = (mapOf: Parameters<typeof dailyLogScores>[1]): number =>
    meanOf(dailyLogScores(after, mapOf))
  return {
    days: new Set(after.map(({ day }) => day)).size,
    none: meanScore(({ mapped }) => mapped.none),
    inForce: meanScore(({ mapped }) => inForce.apply(mapped.none)),
    challenger: meanScore(({ mapped }) => mapped[entry.method]),
  }
}

type Place = { readonly series: string; readonly leadHours: number }

const isAt = (one: Place, other: Place): boolean =>
  one.series === other.series && one.leadHours === other.leadHours

const newest = (rows: readonly CalibrationRow[]): string | null =>
  rows.reduce<string | null>((last, { day }) => (last === null || day > last ? day : last), null)

const about = (
  { series, leadHours }: Place,
  reason: RefitReason | null,
  verdict: RefitVerdict,
) => ({ series, leadHours, reason, verdict, trial: null })
