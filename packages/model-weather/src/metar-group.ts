import { wholeFOfTenthsC } from './station-rounding.ts'

/** A temperature group of a METAR's remarks. Tenths of °C as written; °F whole and exact. */
export type MetarGroup =
  | {
      readonly kind: 'hourly'
      readonly tempTenthsC: number
      readonly tempF: number
      /** Null where the group leaves the dew point out. */
      readonly dewTenthsC: number | null
    }
  | { readonly kind: 'max-6h'; readonly max6hTenthsC: number; readonly max6hF: number }
  | { readonly kind: 'min-6h'; readonly min6hTenthsC: number; readonly min6hF: number }
  | {
      readonly kind: 'extremes-24h'
      readonly max24hTenthsC: number
      readonly max24hF: number
      readonly min24hTenthsC: number
      readonly min24hF: number
    }

/**
 * `TsnTTTsnTTT` (this hour), `1snTTT` and `2snTTT` (six hours), `4snTTTsnTTT` (24 hours). Undefined
 * for anything else. Only meaningful among the remarks: the body has groups of the same form.
 */
export function parseMetarGroup(group: string): MetarGroup | undefined {
  const hourly = /^T([01]\d{3})([01]\d{3})?$/.exec(group)
  if (hourly) {
    const tempTenthsC = tenths(hourly[1]!)
    const dewTenthsC = hourly[2] === undefined ? null : tenths(hourly[2])
    return { kind: 'hourly', tempTenthsC, tempF: wholeFOfTenthsC(tempTenthsC), dewTenthsC }
  }
  const six = /^([12])([01]\d{3})$/.exec(group)
  if (six) {
    const tenthsC = tenths(six[2]!)
    const wholeF = wholeFOfTenthsC(tenthsC)
    return six[1] === '1'
      ? { kind: 'max-6h', max6hTenthsC: tenthsC, max6hF: wholeF }
      : { kind: 'min-6h', min6hTenthsC: tenthsC, min6hF: wholeF }
  }
  const day = /^4([01]\d{3})([01]\d{3})$/.exec(group)
  if (!day) return undefined
  const max24hTenthsC = tenths(day[1]!)
  const min24hTenthsC = tenths(day[2]!)
  const max24hF = wholeFOfTenthsC(max24hTenthsC)
  const min24hF = wholeFOfTenthsC(min24hTenthsC)
  return { kind: 'extremes-24h', max24hTenthsC, max24hF, min24hTenthsC, min24hF }
}

/** `sTTT`: a sign digit, then tenths of °C. */
function tenths(code: string): number {
  const size = Number(code.slice(1))
  return code.startsWith('1') && size > 0 ? -size : size
}
