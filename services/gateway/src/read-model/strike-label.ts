import type { DataOf } from '@kwm/contracts'

type Strike = Pick<
  DataOf<'md.market-listed.v1'>,
  'seriesTicker' | 'strikeType' | 'floorStrike' | 'capStrike' | 'marketTicker'
>

/** What YES pays on, in the fewest characters. Temperatures are whole degrees, so < 81 is ≤ 80. */
export function strikeLabel(strike: Strike): string {
  const { strikeType, floorStrike: floor, capStrike: cap } = strike
  const isTemperature = isTemperatureSeries(strike.seriesTicker)
  const show = (value: number): string => (isTemperature ? `${value}°` : money(value))
  const isWhole = isTemperature && Number.isInteger(floor ?? 0) && Number.isInteger(cap ?? 0)
  if (strikeType === 'less' && cap !== null)
    return isWhole ? `≤ ${show(cap - 1)}` : `< ${show(cap)}`
  if (strikeType === 'greater' && floor !== null)
    return isWhole ? `≥ ${show(floor + 1)}` : `> ${show(floor)}`
  if (strikeType === 'greater_or_equal' && floor !== null) return `≥ ${show(floor)}`
  if (strikeType === 'between' && floor !== null && cap !== null)
    return isTemperature ? `${floor}–${cap}°` : `${money(floor)}–${money(cap)}`
  return tickerTail(strike.marketTicker)
}

export const tickerTail = (ticker: string): string => ticker.slice(ticker.lastIndexOf('-') + 1)

export const isTemperatureSeries = (seriesTicker: string): boolean =>
  /^(KX)?(HIGH|LOW|TEMP)/.test(seriesTicker)

const money = (value: number): string => `$${value.toLocaleString('en-US')}`
