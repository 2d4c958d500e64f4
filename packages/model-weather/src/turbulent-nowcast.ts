import { normCdf } from '@kwm/quant'
import { STEPS_15, STEPS_60, type Nowcast, type SubGridExcess } from './nowcast.ts'
import { simulateMaxima, type FastComponent, type SimulatedMaxima } from './path-simulation.ts'
import type { ResidualPath } from './residual-path.ts'
import { roundHalfUp } from './station-rounding.ts'
import { cdfOf, clampedF, largerOf, pmfOfCdf, type WholePmf } from './whole-pmf.ts'

/** The flicker of sunshine hours beside the slow residual (MODELS 5.7). */
export type Turbulence = {
  readonly sdF: number
  /** Time in which it is forgotten by 1/e. */
  readonly tauMinutes: number
  /** Hours of local standard time between which there is any. */
  readonly fromHour: number
  readonly toHour: number
  /** Even; paths drawn for one nowcast. */
  readonly paths: number
}

/** The second component of a path whose steps are at these hours of local standard time. */
export const fastComponent = (
  { sdF, tauMinutes, fromHour, toHour }: Turbulence,
  stepHours: readonly number[],
): FastComponent => ({
  sdF: stepHours.map((hour) => (hour >= fromHour && hour < toHour ? sdF : 0)),
  phi: Math.exp(-5 / tauMinutes),
})

export type TurbulentNowcast = Nowcast & {
  /** P(the maximum is reached in each hour), 24 of them; null without a running high's own hour. */
  readonly timeOfMax: readonly number[] | null
}

export type TurbulentQuestion = {
  readonly path: ResidualPath
  /** Of each step of the path, not whole. */
  readonly stepHours: readonly number[]
  readonly soFar: { readonly pmf: WholePmf; readonly reachedHour: number | null } | null
  readonly excess: SubGridExcess
  readonly turbulence: Turbulence
  /** The same seed draws the same paths. */
  readonly seed: string
}

/**
 * What `nowcast` and `timeOfMax` say, by drawn paths with turbulence: no chain holds two components.
 * The sub-grid excess is averaged exactly over each path, so the PMF is smooth for the paths there are.
 */
export function turbulentNowcast(question: TurbulentQuestion): TurbulentNowcast {
  const { path, stepHours, soFar, turbulence, seed } = question
  const fast = fastComponent(turbulence, stepHours)
  const drawn = simulateMaxima(path, [STEPS_15, STEPS_60], { paths: turbulence.paths, seed, fast })
  const future = futurePmf(drawn.maxF, question.excess, soFar?.pmf ?? null)
  const over = (maxF: Float64Array): number | null => soFar && shareOver(maxF, soFar.pmf)
  return {
    pmf: soFar ? largerOf(soFar.pmf, future) : future,
    hazard15min: over(drawn.withinF[0]!),
    hazard60min: over(drawn.withinF[1]!),
    probabilityOfNewHigh: over(drawn.maxF),
    timeOfMax: hoursOf(question, drawn),
  }
}

/** P(round(max + x) ≤ n), the mean over the paths of the normal excess. */
function futurePmf(
  maxF: Float64Array,
  { meanF, sdF }: SubGridExcess,
  soFar: WholePmf | null,
): WholePmf {
  let [low, high] = [Infinity, -Infinity]
  for (const max of maxF) {
    low = Math.min(low, max)
    high = Math.max(high, max)
  }
  const highestF = clampedF(Math.ceil(high + meanF + 4 * sdF))
  // Below the running high nobody asks.
  const floorF = Math.min(soFar?.lowestF ?? -Infinity, highestF - 1)
  const lowestF = Math.max(floorF, clampedF(Math.floor(low + meanF - 4 * sdF)))
  const upTo = (n: number): number => {
    let sum = 0
    for (const max of maxF) {
      const above = n + 0.5 - meanF - max
      sum += sdF > 0 ? normCdf(above / sdF) : above > 0 ? 1 : 0
    }
    return sum / maxF.length
  }
  return pmfOfCdf(upTo, lowestF, highestF)
}

/** P(a path's maximum is over m + ½), averaged over the running high m. */
function shareOver(maxF: Float64Array, soFar: WholePmf): number {
  let sum = 0
  for (const max of maxF) sum += cdfOf(soFar, Math.ceil(max - 0.5) - 1)
  return Math.min(1, sum / maxF.length)
}

function hoursOf(
  { stepHours, soFar }: TurbulentQuestion,
  { maxF, atStep }: SimulatedMaxima,
): readonly number[] | null {
  // A running high that only a report proves was reached at a time nobody saw.
  if (soFar && soFar.reachedHour === null) return null
  const hours = Array.from({ length: 24 }, () => 0)
  for (const [p, max] of maxF.entries()) {
    const beats = soFar ? cdfOf(soFar.pmf, roundHalfUp(max) - 1) : 1
    hours[Math.floor(stepHours[atStep[p]!]!)]! += beats / maxF.length
    if (soFar) hours[soFar.reachedHour!]! += (1 - beats) / maxF.length
  }
  return hours
}
