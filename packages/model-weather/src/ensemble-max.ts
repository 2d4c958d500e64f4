import { assert } from '@kwm/std'
import { normCdf } from '@kwm/quant'
import { covers } from './forecast-path.ts'
import { priorSdF } from './residual-model.ts'
import { clampedF, pmfOfCdf, type WholePmf } from './whole-pmf.ts'

/** `membersF[m][k]` is member m at `validTimesUs[k]`, °F. */
export type Ensemble = {
  readonly validTimesUs: readonly number[]
  readonly membersF: readonly (readonly number[])[]
}

/** A normal kernel for every member: raw counts would give hard zeros. °F. */
export type Dressing = { readonly biasF: number; readonly dressSdF: number }

/** Beyond this many kernel deviations from the outer members nothing is left. */
const REACH_SD = 6

/** Why an ensemble cannot be used, or null. */
export function ensembleFault({ validTimesUs, membersF }: Ensemble): string | null {
  for (let i = 1; i < validTimesUs.length; i++) {
    if (validTimesUs[i]! <= validTimesUs[i - 1]!) return `valid time ${i} does not rise`
  }
  for (const [m, member] of membersF.entries()) {
    if (member.length !== validTimesUs.length) return `member ${m} has ${member.length} values`
    const bad = member.findIndex((t) => !(t >= -80 && t <= 140))
    if (bad >= 0) return `member ${m} is ${member[bad]} at ${bad}`
  }
  return null
}

/** Each member's maximum in `[fromUs, toUs]`; null when the ensemble does not cover it. */
export function memberMaxima(ensemble: Ensemble, fromUs: number, toUs: number): number[] | null {
  const { validTimesUs, membersF } = ensemble
  const inside = validTimesUs.flatMap((t, k) => (t >= fromUs && t <= toUs ? [k] : []))
  const curve = { validTimesUs, tempsF: validTimesUs }
  const last = Math.min(toUs, validTimesUs.at(-1) ?? -Infinity)
  // The last value of a day may be an hour before its end.
  if (inside.length === 0 || toUs - last > 3_600_000_000) return null
  if (!covers(curve, Math.max(fromUs, validTimesUs[0]!), last)) return null
  if (validTimesUs[0]! - fromUs > 3_600_000_000) return null
  return membersF.map((member) => Math.max(...inside.map((k) => member[k]!)))
}

/** Dressings by the hours left of the day, ascending; between them straight lines. °F. */
export type DressingCurve = {
  readonly hoursLeft: readonly number[]
  readonly biasF: readonly number[]
  readonly dressSdF: readonly number[]
}

/** Without a fit: as wide as a forecast that old, for what members share they do not spread. */
export const defaultDressing = (biasF: number, hoursLeft: number): Dressing => ({
  biasF,
  dressSdF: priorSdF(hoursLeft / 4),
})

export function dressingAt(curve: DressingCurve, hoursLeft: number): Dressing {
  const at = (values: readonly number[]): number => {
    const right = curve.hoursLeft.findIndex((hours) => hours >= hoursLeft)
    if (right <= 0) return values.at(right)!
    const [from, to] = [curve.hoursLeft[right - 1]!, curve.hoursLeft[right]!]
    const share = (hoursLeft - from) / (to - from)
    return values[right - 1]! * (1 - share) + values[right]! * share
  }
  return { biasF: at(curve.biasF), dressSdF: at(curve.dressSdF) }
}

/** The maximum of what is left of the day: q(n) = mean_i [Φ((n+½−x_i−b)/d) − Φ((n−½−x_i−b)/d)]. */
export function dressedPmf(maximaF: readonly number[], { biasF, dressSdF }: Dressing): WholePmf {
  assert(maximaF.length > 0, 'no ensemble members')
  assert(dressSdF > 0, `dressing deviation: ${dressSdF}`)
  const cdf = (n: number): number =>
    maximaF.reduce((sum, x) => sum + normCdf((n + 0.5 - x - biasF) / dressSdF), 0) / maximaF.length
  const reach = REACH_SD * dressSdF
  const low = clampedF(Math.floor(Math.min(...maximaF) + biasF - reach))
  return pmfOfCdf(cdf, low, clampedF(Math.ceil(Math.max(...maximaF) + biasF + reach)))
}
