import {
  dieboldMariano,
  holm,
  meanOf,
  multiclassLogScore,
  PMF_CALIBRATIONS,
  PmfCalibrator,
  walkForwardFolds,
} from '@kwm/quant'
import type { PmfCalibration, PmfCalibratorJson } from '@kwm/quant'
import { hash32 } from '@kwm/std'
import type { CalibrationRow } from './calibration-rows.ts'
import { TuningError } from './errors.ts'

export type TournamentOptions = { readonly trainDays: number; readonly testDays: number }

export type MethodScore = {
  readonly method: PmfCalibration
  /** Mean log score out of sample, in nats. */
  readonly logScore: number
  /** Holm-adjusted, of being as good as none; null for none, and where they never differ. */
  readonly p: number | null
}

export type CalibrationEntry = {
  readonly series: string
  readonly leadHours: number
  readonly method: PmfCalibration
  readonly map: PmfCalibratorJson
  readonly testDays: number
  readonly scores: readonly MethodScore[]
  /** The last climate day it was fitted on. */
  readonly fittedThrough: string
  /** The last climate day it was held against a newer fit; absent while it never was. */
  readonly judgedThrough?: string
}

/** A versioned set of maps; what it has no entry for is left as it is. */
export type CalibrationArtefact = {
  readonly format: 'kwm-calibration'
  readonly v: 1
  /** Of the maps alone: equal maps have one name. */
  readonly version: string
  /** The one it took over from. */
  readonly previous?: string
  readonly entries: readonly CalibrationEntry[]
}

/** A PMF of a test day, mapped by what was fitted on the days before. */
export type TestedPmf = {
  readonly day: string
  readonly outcome: number
  readonly mapped: Readonly<Record<PmfCalibration, Float64Array>>
}

/** One city and lead: its winner, and what every map said of days it had not seen. */
export type TournamentPlace = {
  readonly entry: CalibrationEntry
  readonly tested: readonly TestedPmf[]
}

export type TournamentResult = {
  readonly artefact: CalibrationArtefact
  readonly places: readonly TournamentPlace[]
  /** City and lead with too few days, and how many there were. */
  readonly skipped: readonly { series: string; leadHours: number; days: number }[]
}

export const TOURNAMENT_P = 0.05

/**
 * For each city and lead, every map of MODELS 7.6 is fitted on the train days and scored on the days
 * after, walking forward. A map wins only when it beats none by the log score with a Holm-adjusted
 * p of at most 0.05 over daily losses; otherwise none wins. The winner is fitted on the last block.
 */
export function calibrationTournament(
  rows: readonly CalibrationRow[],
  options: TournamentOptions,
): TournamentResult {
  const { trainDays, testDays } = options
  if (!(trainDays > 1 && testDays > 0)) {
    throw new TuningError(`train days ${trainDays} and test days ${testDays}: at least 2 and 1`)
  }
  const places: TournamentPlace[] = []
  const skipped: { series: string; leadHours: number; days: number }[] = []
  for (const group of groups(rows)) {
    const { series, leadHours } = group[0]!
    const place = compete(group, options)
    if (place) places.push(place)
    else skipped.push({ series, leadHours, days: daysOf(group).length })
  }
  return { artefact: calibrationArtefact(places.map(({ entry }) => entry)), places, skipped }
}

export function calibrationArtefact(entries: readonly CalibrationEntry[]): CalibrationArtefact {
  const maps = entries.map(({ series, leadHours, map }) => [series, leadHours, map])
  const hash = hash32(JSON.stringify(maps)).toString(16).padStart(8, '0')
  return { format: 'kwm-calibration', v: 1, version: `calibration-${hash}`, entries }
}

type Place = { readonly series: string; readonly leadHours: number }

/** By city, then by how long before the close. */
export const comparePlaces = (a: Place, b: Place): number =>
  a.series === b.series ? a.leadHours - b.leadHours : a.series < b.series ? -1 : 1

/** One list a city and lead, in order of the day. */
function groups(rows: readonly CalibrationRow[]): readonly (readonly CalibrationRow[])[] {
  const byKey = new Map<string, CalibrationRow[]>()
  for (const row of rows) {
    const key = `${row.series} ${row.leadHours}`
    const group = byKey.get(key) ?? []
    group.push(row)
    byKey.set(key, group)
  }
  return [...byKey.values()]
    .map((group) => group.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)))
    .toSorted(([a], [b]) => comparePlaces(a!, b!))
}

const fit = (method: PmfCalibration, rows: readonly CalibrationRow[]): PmfCalibrator | null =>
  PmfCalibrator.fit(
    method,
    rows.map((row) => row.pmf),
    rows.map((row) => row.outcome),
  )

const daysOf = (rows: readonly CalibrationRow[]): readonly string[] => [
  ...new Set(rows.map((row) => row.day)),
]

function compete(
  rows: readonly CalibrationRow[],
  { trainDays, testDays }: TournamentOptions,
): TournamentPlace | null {
  const days = daysOf(rows)
  // A settlement is known the next morning.
  const blocks = { train: trainDays, test: testDays, step: testDays, embargo: 1 }
  const folds = walkForwardFolds(days.length, blocks)
  if (folds.length === 0) return null
  const within = (from: number, to: number): readonly CalibrationRow[] =>
    rows.filter(({ day }) => day >= days[from]! && day <= days[to - 1]!)
  const tested = folds.flatMap(({ trainFrom, trainableTo, testFrom, testTo }) => {
    const train = within(trainFrom, trainableTo)
    // A map that cannot be fitted leaves the PMF as it is.
    const maps = PMF_CALIBRATIONS.map((method) => fit(method, train) ?? NO_MAP)
    return within(testFrom, testTo).map(({ day, outcome, pmf }): TestedPmf => {
      const mapped = PMF_CALIBRATIONS.map((method, i) => [method, maps[i]!.apply(pmf)])
      return { day, outcome, mapped: Object.fromEntries(mapped) as TestedPmf['mapped'] }
    })
  })
  const scores = scoresOf(tested)
  const winner = scores.reduce((best, next) =>
    next.p !== null && next.p <= TOURNAMENT_P && next.logScore < best.logScore ? next : best,
  )
  const map = fit(winner.method, within(days.length - trainDays, days.length))
  const { series, leadHours } = rows[0]!
  const entry: CalibrationEntry = {
    ...{ series, leadHours },
    method: map ? winner.method : 'none',
    map: map?.json ?? { kind: 'none' },
    testDays: new Set(tested.map(({ day }) => day)).size,
    scores,
    fittedThrough: days.at(-1)!,
  }
  return { entry, tested }
}

const NO_MAP = new PmfCalibrator({ kind: 'none' })

/** Mean log score of each day: the rows of a day hang together. */
export function dailyLogScores(
  tested: readonly TestedPmf[],
  mapOf: (one: TestedPmf) => ArrayLike<number>,
): Float64Array {
  const days = new Map<string, { sum: number; n: number }>()
  for (const one of tested) {
    const day = days.get(one.day) ?? { sum: 0, n: 0 }
    day.sum += multiclassLogScore(mapOf(one), one.outcome)
    day.n++
    days.set(one.day, day)
  }
  return Float64Array.from(days.values(), ({ sum, n }) => sum / n)
}

/** None first, so that a tie leaves it the winner. */
function scoresOf(tested: readonly TestedPmf[]): readonly MethodScore[] {
  const losses = PMF_CALIBRATIONS.map((method) =>
    dailyLogScores(tested, (one) => one.mapped[method]),
  )
  const none = losses[PMF_CALIBRATIONS.indexOf('none')]!
  const p = losses.map((loss) =>
    none.length > 1 ? (dieboldMariano(loss, none)?.pTwoSided ?? null) : null,
  )
  const others = PMF_CALIBRATIONS.flatMap((method, i) => (method === 'none' ? [] : [i]))
  const adjusted = holm(others.map((i) => p[i] ?? 1))
  return [
    { method: 'none', logScore: meanOf(none), p: null },
    ...others.map((i, k) => ({
      method: PMF_CALIBRATIONS[i]!,
      logScore: meanOf(losses[i]!),
      p: p[i] === null ? null : adjusted[k]!,
    })),
  ]
}
