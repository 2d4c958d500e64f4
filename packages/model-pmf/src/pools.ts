import { dirichletPool, logPool } from '@kwm/quant'
import type { PmfConfig } from './config.ts'
import type { MarketPmf } from './market-pmf.ts'

export type PooledPmf = { readonly pmf: Float64Array; readonly sd: Float64Array }

const CONCENTRATION_MIN = 5
const CONCENTRATION_MAX = 2_000

/** The market alone, or market and weather by the pool of the configuration (MODELS 6.2, 6.3). */
export function pooled(
  config: PmfConfig,
  market: MarketPmf,
  weather: Float64Array | null,
  weights: { readonly market: number; readonly weather: number },
): PooledPmf {
  const ofMarket = market.pmf.map(clampUnit)
  if (weather === null) return { pmf: ofMarket, sd: market.variance.map(Math.sqrt) }
  if (config.method === 'log-pool') {
    const sum = config.logPoolWeightSum
    const pmfs = [ofMarket, weather]
    const pmf = logPool(pmfs, [sum * weights.market, sum * weights.weather])
    return { pmf, sd: market.variance.map(Math.sqrt) }
  }
  const pool = dirichletPool([
    { pmf: ofMarket, weight: weights.market, concentration: marketConcentration(market) },
    { pmf: weather, weight: weights.weather, concentration: config.weatherConcentration },
  ])
  return { pmf: pool.mean, sd: pool.variance.map(Math.sqrt) }
}

/** How many draws the quotes are worth: the median of p (1 - p) / var - 1 over the brackets. */
export function marketConcentration({ pmf, variance }: MarketPmf): number {
  const each = Array.from(pmf, (p, i) => (p * (1 - p)) / variance[i]! - 1).sort((a, b) => a - b)
  const half = each.length >> 1
  const median = each.length % 2 === 1 ? each[half]! : (each[half - 1]! + each[half]!) / 2
  return Math.min(CONCENTRATION_MAX, Math.max(CONCENTRATION_MIN, median))
}

/** Rounding of the projection may leave a hair outside [0, 1]. */
const clampUnit = (p: number): number => Math.min(1, Math.max(0, p))
