import { fahrenheit, tenthsCOfWholeF } from './station-rounding.ts'

/** How a feed's numbers were rounded on their way here, finest truth first. */
export type FeedType = 'tenthF' | 'wholeF' | 'wholeC' | 'smooth'

/** The shares of readings that lie on each grid. */
export type FeedFractions = {
  readonly onWholeC: number
  readonly onWholeF: number
  /** On what a station writes in tenths of °C for a whole °F, in °F to one decimal. */
  readonly onTenthFromF: number
}

const ON_GRID_F = 0.01
/** A value to one decimal is at most half of it away from the truth. */
const ON_TENTH_F = 0.05 + 1e-9
const SHARE_MIN = 0.9
/** A quiet hour lies on several grids at once; this many different values tell them apart. */
const DISTINCT_MIN = 5

export function feedFractions(tempsF: readonly number[]): FeedFractions {
  const share = (isOn: (tempF: number) => boolean): number =>
    tempsF.length === 0 ? 0 : tempsF.filter(isOn).length / tempsF.length
  return {
    onWholeC: share((t) => Math.abs(t - fahrenheit(Math.round(((t - 32) * 5) / 9))) < ON_GRID_F),
    onWholeF: share((t) => Math.abs(t - Math.round(t)) < ON_GRID_F),
    onTenthFromF: share(
      (t) => Math.abs(t - fahrenheit(tenthsCOfWholeF(Math.round(t)) / 10)) < ON_TENTH_F,
    ),
  }
}

/** The grid nine in ten readings lie on; null while the readings do not tell. */
export function feedType(tempsF: readonly number[]): FeedType | null {
  if (new Set(tempsF).size < DISTINCT_MIN) return null
  const { onWholeC, onWholeF, onTenthFromF } = feedFractions(tempsF)
  if (onWholeF >= SHARE_MIN) return 'wholeF'
  if (onWholeC >= SHARE_MIN) return 'wholeC'
  return onTenthFromF >= SHARE_MIN ? 'tenthF' : 'smooth'
}
