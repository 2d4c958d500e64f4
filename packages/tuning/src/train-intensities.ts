import {
  estimateSharedProfile,
  fitHawkesBlocks,
  FLAT_PROFILE,
  HAWKES_EVENTS_MIN,
  hawkesLevels,
  judgeHawkes,
  type CyclicProfile,
  type HawkesBlocksFit,
  type HawkesJudgement,
} from '@kwm/quant'
import {
  totalBranching,
  TRADE_INTENSITY,
  type FittedIntensity,
  type IntensityArtefact,
} from '@kwm/model-features'
import { hash32 } from '@kwm/std'
import type { TradeBlock } from './trade-blocks.ts'

/** Of one series. */
export type IntensityReport = {
  readonly series: string
  readonly days: readonly string[]
  /** Events fitted, and events of the last day, which judge. */
  readonly fitted: number
  readonly judged: number
  /** Of the fit with the profile, and of the same without one: the difference is the time of day. */
  readonly spectralRadius: number | null
  readonly radiusWithoutProfile: number | null
  readonly judgement: Pick<HawkesJudgement, 'accepted' | 'count' | 'ks' | 'lagOne'> | null
  readonly isAccepted: boolean
  readonly reason: string
}

export type TrainIntensitiesResult = {
  readonly reports: readonly IntensityReport[]
  /** Null when no series was accepted. */
  readonly artefact: IntensityArtefact | null
}

export const PROFILE_BINS = 24
const DECAYS = TRADE_INTENSITY.decaysPerSecond

/**
 * Hawkes parameters of each series (MODELS 4): ratios tied over the brackets, two fixed decays, a
 * level of its own for each block, a profile of 24 hours of standard time. Fitted on all days but the
 * last, which judges by time rescaling with levels of its own; a series that does not stand there, or
 * has fewer than 200 events or one day, keeps the usual parameters.
 */
export function trainIntensities(
  blocks: readonly TradeBlock[],
  offsetOfSeries: (series: string) => number,
): TrainIntensitiesResult {
  const series = [...new Set(blocks.map((block) => block.series))].toSorted()
  const results = series.map((name) =>
    trainSeries(
      name,
      blocks.filter((block) => block.series === name),
      offsetOfSeries(name),
    ),
  )
  const reports = results.map(({ report }) => report)
  const fitted = results.flatMap((result) => (result.fitted ? [result.fitted] : []))
  if (fitted.length === 0) return { reports, artefact: null }
  const hash = hash32(JSON.stringify(fitted)).toString(16).padStart(8, '0')
  return {
    reports,
    artefact: { format: 'kwm-intensities', v: 1, version: `intensities-${hash}`, series: fitted },
  }
}

function trainSeries(
  series: string,
  blocks: readonly TradeBlock[],
  utcOffsetMinutes: number,
): { report: IntensityReport; fitted: FittedIntensity | null } {
  const days = [...new Set(blocks.map(({ day }) => day))].toSorted()
  const train = blocks.filter(({ day }) => day !== days.at(-1))
  const test = blocks.filter(({ day }) => day === days.at(-1))
  const base = { series, days, fitted: eventCount(train), judged: eventCount(test) }
  const refuse = (reason: string, of: Partial<IntensityReport> = {}) => ({
    report: {
      ...{ ...base, spectralRadius: null, radiusWithoutProfile: null, judgement: null },
      ...{ ...of, isAccepted: false, reason },
    },
    fitted: null,
  })
  if (train.length === 0) return refuse('one day: a second one must judge')
  if (base.fitted < HAWKES_EVENTS_MIN) return refuse(`fewer than ${HAWKES_EVENTS_MIN} events`)
  const windows = train.map(({ events }) => events)
  const profile = estimateSharedProfile(windows, { bins: PROFILE_BINS })
  const fit = fitHawkesBlocks(train, { decays: DECAYS, profile })
  const flat = fitHawkesBlocks(train, { decays: DECAYS })
  const judgement = judgeDay(test, fit, profile)
  const known = {
    spectralRadius: fit.spectralRadius,
    radiusWithoutProfile: flat.spectralRadius,
    judgement,
  }
  if (!fit.converged) return refuse('the fit did not converge', known)
  if (!judgement.accepted) return refuse('the last day does not look like it', known)
  const fitted = { seriesTicker: series, ...configOf(fit), profile, utcOffsetMinutes }
  if (totalBranching(fitted) >= 1) return refuse('every event sets off one more for ever', known)
  const report = { ...base, ...known, isAccepted: true, reason: 'stands on the last day' }
  return { report, fitted }
}

/** The block of the most events of the day. */
function judgeDay(
  blocks: readonly TradeBlock[],
  { tied }: HawkesBlocksFit,
  profile: CyclicProfile = FLAT_PROFILE,
): Pick<HawkesJudgement, 'accepted' | 'count' | 'ks' | 'lagOne'> {
  const block = blocks.reduce((a, b) => (b.events.times.length > a.events.times.length ? b : a))
  const { events, ties } = block
  const baselines = hawkesLevels(block, { tied, decays: DECAYS, profile })
  const branching = DECAYS.flatMap((_, k) =>
    ties.groups.map((group) => (group < 0 ? 0 : tied[k * ties.groupCount + group]!)),
  )
  const parameters = { streams: ties.streams, baselines, decays: DECAYS, branching, profile }
  const { accepted, count, ks, lagOne } = judgeHawkes(parameters, events)
  return { accepted, count, ks, lagOne }
}

function configOf({
  tied,
}: HawkesBlocksFit): Omit<FittedIntensity, 'seriesTicker' | 'profile' | 'utcOffsetMinutes'> {
  const groups = tied.length / DECAYS.length
  const pair = (group: number) => [tied[group]!, tied[groups + group]!] as const
  return {
    decaysPerSecond: DECAYS,
    branchSelf: pair(0),
    branchCross: pair(1),
    branchNeighbourSame: pair(2),
    branchNeighbourOpposite: pair(3),
  }
}

const eventCount = (blocks: readonly TradeBlock[]): number =>
  blocks.reduce((sum, { events }) => sum + events.times.length, 0)
