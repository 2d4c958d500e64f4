import type { LadderRowDraft } from './ladder-row.ts'
import type { PairMotion } from './pair-motion.ts'
import { relativeAccelerations } from './relative-acceleration.ts'

/**
 * Fills in what a bracket is beside its neighbours. Only the first `count` rows are brackets of known
 * strikes, in order; `pairs[i]` joins rows i and i + 1.
 */
export function fillAcross(
  rows: readonly LadderRowDraft[],
  count: number,
  pairs: readonly PairMotion[],
): void {
  fillAccelerations(count === rows.length ? rows : rows.slice(0, count))
  for (let rung = 0; rung < count; rung++) {
    const row = rows[rung]!
    const pair = pairs[rung]
    if (pair) {
      row.correlationUp = pair.correlation
      row.correlationShiftUp = pair.shift
      row.leadLagUp = pair.leadLag
      row.pairGapUp = pair.gap
      row.pairGapUpZ = pair.gapZ
    }
    if (!row.isActive) continue
    const below = activeRow(rows, rung - 1, count)
    const above = activeRow(rows, rung + 1, count)
    row.midGap = lessMean(row.mid, below?.mid, above?.mid)
    row.velocityGap = lessMean(row.velocity, below?.velocity, above?.velocity)
    row.ofiNormGap = lessMean(row.ofiNorm15s, below?.ofiNorm15s, above?.ofiNorm15s)
  }
}

function fillAccelerations(rows: readonly LadderRowDraft[]): void {
  const relative = relativeAccelerations(
    rows.map(({ acceleration, accelerationSe: se, isActive }) => ({ acceleration, se, isActive })),
  )
  for (let rung = 0; rung < rows.length; rung++) {
    const beside = relative[rung]
    if (!beside) continue
    const row = rows[rung]!
    row.ras = beside.ras
    row.rasZ = beside.z
    row.accelSpread = beside.accelSpread
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
