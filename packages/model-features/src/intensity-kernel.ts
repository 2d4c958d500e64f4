import { assertProfile, FLAT_PROFILE, profileAt, type CyclicProfile } from '@kwm/quant'
import { assert } from '@kwm/std'

/** Mean number of events one event sets off, over the fast and over the slow kernel. */
export type Branching = readonly [fast: number, slow: number]

export type TradeIntensityConfig = {
  /** Decay rates per second of the two kernels. */
  readonly decaysPerSecond: readonly [number, number]
  /** Events of its own kind, */
  readonly branchSelf: Branching
  /** of the other kind in its bracket, */
  readonly branchCross: Branching
  /** of the same kind in each adjacent bracket, and of the other kind there. */
  readonly branchNeighbourSame: Branching
  readonly branchNeighbourOpposite: Branching
  /** How the baseline goes with the time of day, which starts `utcOffsetMinutes` before that of UTC. */
  readonly profile: CyclicProfile
  readonly utcOffsetMinutes: number
  /** Time constant of the mean rate that the baseline is taken from. */
  readonly rateSeconds: number
  /** Nothing is said before this much has been watched. */
  readonly warmUpUs: number
  /** The baseline is never below this part of the mean rate. */
  readonly baselineShareMin: number
}

/** MODELS 4.1 and 12; a time constant of 30 minutes for the baseline, and no time of day. */
export const TRADE_INTENSITY: TradeIntensityConfig = {
  decaysPerSecond: [1 / 3, 1 / 60],
  branchSelf: [0.2, 0.2],
  branchCross: [0.05, 0.05],
  branchNeighbourSame: [0.025, 0.025],
  branchNeighbourOpposite: [0.025, 0.025],
  profile: FLAT_PROFILE,
  utcOffsetMinutes: 0,
  rateSeconds: 1_800,
  warmUpUs: 300_000_000,
  baselineShareMin: 0.1,
}

/** Events that an event of a bracket with two neighbours sets off in all. */
export function totalBranching({
  branchSelf,
  branchCross,
  branchNeighbourSame,
  branchNeighbourOpposite,
}: Pick<
  TradeIntensityConfig,
  'branchSelf' | 'branchCross' | 'branchNeighbourSame' | 'branchNeighbourOpposite'
>): number {
  const own = sumOf(branchSelf) + sumOf(branchCross)
  return own + 2 * (sumOf(branchNeighbourSame) + sumOf(branchNeighbourOpposite))
}

/** The branching ratios of one kernel, or of both together. */
type Weights = {
  readonly self: number
  readonly cross: number
  readonly same: number
  readonly opposite: number
}

/**
 * What the intensities of all markets of one series have in common. Remembers the decays over the
 * last step and the exposure at the last moment, which are the same for every market of a frame.
 */
export class IntensityKernel {
  readonly config: TradeIntensityConfig
  readonly fast: Weights
  readonly slow: Weights
  readonly both: Weights
  /** The exposure at the start of each bin after an endless past. */
  readonly #binExposures: readonly number[]
  #seconds = 0
  keepFast = 1
  keepSlow = 1
  keepRate = 1
  #nowUs = NaN
  /** The profile at the moment of `moveTo`, */
  factor = 1
  /** and its mean over an endless past, weights falling by the time constant of the mean rate. */
  exposure = 1

  constructor(config: TradeIntensityConfig) {
    const { branchSelf, branchCross, branchNeighbourSame, branchNeighbourOpposite } = config
    const total = totalBranching(config)
    assert(total < 1, `branching of ${total}: every event sets off one more for ever`)
    assertProfile(config.profile)
    this.config = config
    const weights = (of: (branching: Branching) => number): Weights => ({
      self: of(branchSelf),
      cross: of(branchCross),
      same: of(branchNeighbourSame),
      opposite: of(branchNeighbourOpposite),
    })
    this.fast = weights(([fast]) => fast)
    this.slow = weights(([, slow]) => slow)
    this.both = weights(sumOf)
    this.#binExposures = binExposures(config)
  }

  /** Sets the decays over this many seconds. */
  over(seconds: number): void {
    if (seconds === this.#seconds) return
    this.#seconds = seconds
    const { decaysPerSecond, rateSeconds } = this.config
    this.keepFast = Math.exp(-decaysPerSecond[0] * seconds)
    this.keepSlow = Math.exp(-decaysPerSecond[1] * seconds)
    this.keepRate = Math.exp(-seconds / rateSeconds)
  }

  /** Sets the factor and the exposure of this moment. */
  moveTo(nowUs: number): void {
    if (nowUs === this.#nowUs) return
    this.#nowUs = nowUs
    const { profile, utcOffsetMinutes, rateSeconds } = this.config
    if (profile.factors.length === 1) return
    const seconds = nowUs / 1e6 + utcOffsetMinutes * 60
    const binS = profile.periodS / profile.factors.length
    const bins = Math.floor(seconds / binS)
    const keep = Math.exp(-(seconds - bins * binS) / rateSeconds)
    this.factor = profileAt(profile, seconds)
    const atStart = this.#binExposures[bins % profile.factors.length]!
    this.exposure = keep * atStart + (1 - keep) * this.factor
  }
}

/** Solved for the day that ends as it began. */
function binExposures({ profile, rateSeconds }: TradeIntensityConfig): number[] {
  const { periodS, factors } = profile
  const keep = Math.exp(-periodS / factors.length / rateSeconds)
  let exposure = 0
  for (const factor of factors) exposure = keep * exposure + (1 - keep) * factor
  exposure /= 1 - keep ** factors.length
  return factors.map((factor) => {
    const atStart = exposure
    exposure = keep * exposure + (1 - keep) * factor
    return atStart
  })
}

const sumOf = ([fast, slow]: Branching): number => fast + slow
