import type { DataOf } from '@kwm/contracts'
import type { MarketWeightConfig } from './config.ts'

type Frame = DataOf<'feature.ladder-frame.v1'>

/**
 * How much of the PMF is the market's, in (0, 1): more where it trades, less while the temperature is
 * about to make a new high (MODELS 6.2). A hazard that is not known counts as none.
 */
export function marketWeight(
  config: MarketWeightConfig,
  frame: Frame,
  hazard60min: number | null,
): number {
  let volume = 0
  for (const row of frame.rows) volume += row.volume10min
  const { base, hazard } = config
  const score = base + config.volume * Math.log1p(volume) + hazard * (hazard60min ?? 0)
  return 1 / (1 + Math.exp(-score))
}
