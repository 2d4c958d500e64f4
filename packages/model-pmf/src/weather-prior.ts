import type { DataOf } from '@kwm/contracts'

type Weather = Pick<DataOf<'pmf.weather-pmf.v1'>, 'brackets'>

/** The weather's PMF over the live brackets of a frame, or why it has no part. */
export type WeatherPrior =
  | { readonly ok: true; readonly pmf: Float64Array }
  | { readonly ok: false; readonly refusal: 'blocked' | 'differs' | 'incoherent' }

/** A live bracket the weather gives nothing may still win: its model is not certain. */
const FLOOR = 1e-4
const SUM_TOLERANCE = 1e-6
/** What corrections of the record may put on dead brackets; a PMF with more contradicts itself. */
const DEAD_MASS_MAX = 0.05

/**
 * `tickers` are the brackets of the frame, `alive` the indices of those still possible. The weather
 * must speak of exactly these brackets and sum to one. What it leaves on dead ones goes to the rest.
 */
export function weatherPrior(
  weather: Weather,
  tickers: readonly string[],
  alive: readonly number[],
): WeatherPrior {
  if (weather.brackets.length !== tickers.length) return { ok: false, refusal: 'differs' }
  const byTicker = new Map(weather.brackets.map(({ marketTicker, p }) => [marketTicker, p]))
  let sum = 0
  for (const ticker of tickers) {
    const p = byTicker.get(ticker)
    if (p === undefined) return { ok: false, refusal: 'differs' }
    if (p === null) return { ok: false, refusal: 'blocked' }
    sum += p
  }
  const pmf = Float64Array.from(alive, (index) => byTicker.get(tickers[index]!)!)
  const living = pmf.reduce((total, p) => total + p, 0)
  if (Math.abs(sum - 1) > SUM_TOLERANCE || living < 1 - DEAD_MASS_MAX) {
    return { ok: false, refusal: 'incoherent' }
  }
  let total = 0
  for (let i = 0; i < pmf.length; i++) {
    pmf[i] = Math.max(FLOOR, pmf[i]! / living)
    total += pmf[i]!
  }
  return { ok: true, pmf: pmf.map((p) => p / total) }
}
