import { assert } from '@kwm/std'

/**
 * What the station does against a forecast, T − F: bias and standard deviation by lead and local
 * hour, and how a residual persists over five minutes. Plain data, an artefact with its provenance.
 */
export type ResidualModel = {
  readonly version: string
  readonly provenance: 'default' | 'fitted'
  /** °F; `[lead bin][hour bin]`. */
  readonly biasF: readonly (readonly number[])[]
  readonly sdF: readonly (readonly number[])[]
  /** Autocorrelation of the standardised residual over five minutes. */
  readonly phi: number
}

/** Lower edges in hours; the last bin ends at 24. */
export const LEAD_EDGES_HOURS = [0, 1, 3, 6, 12] as const
export const HOUR_EDGES = [0, 6, 9, 12, 15, 18] as const
export const LEAD_CENTRES_HOURS = centres(LEAD_EDGES_HOURS)
export const HOUR_CENTRES = centres(HOUR_EDGES)
export const PHI_MIN = 0.9
export const PHI_MAX = 0.995

/** The default standard deviation of a forecast `leadHours` old, °F. */
export const priorSdF = (leadHours: number): number => 0.4 + 1.6 * (1 - Math.exp(-leadHours / 4))
export const PRIOR_PHI = Math.exp(-5 / 150)

export const defaultResidualModel: ResidualModel = {
  version: 'prior-1',
  provenance: 'default',
  biasF: LEAD_CENTRES_HOURS.map(() => HOUR_CENTRES.map(() => 0)),
  sdF: LEAD_CENTRES_HOURS.map((lead) => HOUR_CENTRES.map(() => priorSdF(lead))),
  phi: PRIOR_PHI,
}

export type Residual = { readonly biasF: number; readonly sdF: number }

/**
 * Bias and standard deviation at a lead and hour, linear between the centres of the bins, so that a
 * path has no steps where bins meet. The default model is its formula, unbinned.
 */
export function residualAt(model: ResidualModel, leadHours: number, localHour: number): Residual {
  assert(leadHours >= 0, `lead: ${leadHours} hours`)
  if (model.provenance === 'default') return { biasF: 0, sdF: priorSdF(leadHours) }
  const lead = between(LEAD_CENTRES_HOURS, leadHours)
  const hour = between(HOUR_CENTRES, localHour)
  const mix = (table: readonly (readonly number[])[]): number => {
    const row = (i: number): number =>
      table[i]![hour.index]! * (1 - hour.share) + table[i]![hour.index + 1]! * hour.share
    return row(lead.index) * (1 - lead.share) + row(lead.index + 1) * lead.share
  }
  return { biasF: mix(model.biasF), sdF: mix(model.sdF) }
}

/** The bin of a value, by its lower edges. */
export const binOf = (edges: readonly number[], value: number): number =>
  Math.max(
    0,
    edges.findLastIndex((edge) => value >= edge),
  )

function centres(edges: readonly number[]): readonly number[] {
  return edges.map((edge, i) => (edge + (edges[i + 1] ?? 24)) / 2)
}

/** Outside the outer centres the nearest one holds. */
function between(points: readonly number[], value: number): { index: number; share: number } {
  const index = Math.min(points.length - 2, binOf(points, value))
  const share = (value - points[index]!) / (points[index + 1]! - points[index]!)
  return { index, share: Math.min(1, Math.max(0, share)) }
}
