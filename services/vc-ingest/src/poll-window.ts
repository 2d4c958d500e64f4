import type { FeedPlan } from '@kwm/adapter-weather'

const HOUR_US = 3_600_000_000
/** Late reports and corrections come within this. */
const LOOKBACK_US = 2 * HOUR_US
/** Reports of the day before: final, corrected, and the one before an outage. */
const TEXT_LOOKBACK_US = 36 * HOUR_US
/** At the start, and after an outage at most. */
const LOOKBACK_MAX_US = 36 * HOUR_US
const OVERLAP_US = HOUR_US / 2

/** The first round after `nowUs`: on the feed's grid, as late as it publishes. In microseconds. */
export function nextRoundUs({ everySeconds, delaySeconds }: FeedPlan, nowUs: number): number {
  const everyUs = everySeconds * 1e6
  const delayUs = delaySeconds * 1e6
  return Math.floor((nowUs - delayUs) / everyUs) * everyUs + everyUs + delayUs
}

/**
 * From when on a feed is asked. Undefined `lastWholeUs`: nothing of it was read yet; then, and after
 * an outage, from farther back, so that the gap is filled.
 */
export function lookbackUs(feed: string, nowUs: number, lastWholeUs: number | undefined): number {
  const usualUs = feed.startsWith('afos-') ? TEXT_LOOKBACK_US : LOOKBACK_US
  const gapUs = lastWholeUs === undefined ? LOOKBACK_MAX_US : nowUs - lastWholeUs + OVERLAP_US
  return nowUs - Math.min(Math.max(usualUs, gapUs), LOOKBACK_MAX_US)
}
