import type { DataOf } from '@kwm/contracts'
import type { MarketWeightConfig } from './config.ts'

type Frame = DataOf<'feature.ladder-frame.v1'>
/** Frames with Hawkes intensities say how far above its baseline each bracket trades. */
type Trading = Frame['rows'][number] & { readonly burst?: number | null | undefined }

/**
 * How much of the PMF is the market's, in (0, 1): more where it trades and where trading bursts, less
 * while the temperature is about to make a new high (MODELS 6.2). What is not known counts as none.
 */
export function marketWeight(
  config: MarketWeightConfig,
  frame: Frame,
  hazard60min: number | null,
): number {
  const rows: readonly Trading[] = frame.rows
  let volume = 0
  let burst = 0
  for (const row of rows) {
    volume += row.volume10min
    burst = Math.max(burst, row.burst ?? 0)
  }
  const { base, hazard } = config
  const score =
    base + config.volume * Math.log1p(volume) + config.burst * burst + hazard * (hazard60min ?? 0)
  return 1 / (1 + Math.exp(-score))
}
