import { areaUnderRoc } from '@kwm/quant'
import { directionOf } from './forecast-fit.ts'
import type { ForecastTable } from './forecast-table.ts'

export type LeakageCheck = {
  readonly isAlarmed: boolean
  /** Of up against down among the rows that moved; null when too few did. */
  readonly auc: number | null
  /** The column that alone tells up from down best, and how well. */
  readonly suspect: { readonly column: string; readonly auc: number } | null
}

/** No honest feature tells the direction of the next move this well. */
export const LEAKAGE_AUC = 0.9
const MOVED_MIN = 30

/** Do `forecasts` of `rows`, or any one column, know the future? */
export function checkLeakage(
  table: ForecastTable,
  rows: Uint32Array,
  forecasts: ArrayLike<number>,
): LeakageCheck {
  const moved = [...rows.keys()].filter((i) => directionOf(table.targets[rows[i]!]!) !== 0)
  const labels = moved.map((i) => (table.targets[rows[i]!]! > 0 ? 1 : 0))
  if (moved.length < MOVED_MIN) return { isAlarmed: false, auc: null, suspect: null }
  const aucOf = (valueOf: (i: number) => number): number | null =>
    areaUnderRoc(
      moved.map((i) => toUnit(valueOf(i))),
      labels,
    )
  const auc = aucOf((i) => forecasts[i]!)
  const width = table.columns.length
  let suspect: LeakageCheck['suspect'] = null
  for (const [k, column] of table.columns.entries()) {
    const raw = aucOf((i) => table.features[rows[i]! * width + k]!)
    if (raw === null) continue
    const best = Math.max(raw, 1 - raw)
    if (best > (suspect?.auc ?? 0)) suspect = { column, auc: best }
  }
  const isAlarmed = (auc ?? 0) > LEAKAGE_AUC || (suspect?.auc ?? 0) > LEAKAGE_AUC
  return { isAlarmed, auc, suspect }
}

/** Monotone into (0, 1): ranks are all that counts. */
const toUnit = (value: number): number => 0.5 + 0.5 * (value / (1 + Math.abs(value)))
