import type { LadderRowDraft } from './ladder-row.ts'
import type { PairMotion } from './pair-motion.ts'
import { relativeAcceleration } from './relative-acceleration.ts'

/**
 * Fills in what a bracket is beside its neighbours. Only the first `count` rows are brackets of known
 * strikes, in order; `pairs[i]` joins rows i and i + 1.
 */
export function fillAcross(
  rows: readonly LadderRowDraft[],
  count: number,
  pairs: readonly PairMotion[],
): void {
  for (let rung = 0; rung < count; rung++) {
    const row = rows[rung]!
    pairs[rung]?.fill(row)
    if (!row.isActive) continue
    const below = activeRow(rows, rung - 1, count)
    const above = activeRow(rows, rung + 1, count)
    if (!below && !above) continue
    const relative = relativeAcceleration(row, below, above)
    if (relative) {
      row.ras = relative.ras
      row.rasZ = relative.z
      row.accelSpread = relative.accelSpread
    }
    row.midGap = lessMean(row.mid, below?.mid, above?.mid)
    row.velocityGap = lessMean(row.velocity, below?.velocity, above?.velocity)
    row.ofiNormGap = lessMean(row.ofiNorm15s, below?.ofiNorm15s, above?.ofiNorm15s)
  }
}

function activeRow(
  rows: readonly LadderRowDraft[],
  rung: number,
  count: number,
): LadderRowDraft | undefined {
  const row = rung >= 0 && rung < count ? rows[rung] : undefined
  return row?.isActive ? row : undefined
}

/** A neighbour that has no value is left out, not counted as zero. */
function lessMean(
  own: number | null,
  below: number | null | undefined,
  above: number | null | undefined,
): number | null {
  if (own === null) return null
  const hasBelow = below !== null && below !== undefined
  const hasAbove = above !== null && above !== undefined
  if (hasBelow && hasAbove) return own - (below + above) / 2
  if (hasBelow) return own - below
  return hasAbove ? own - above : null
}
