import { readParquet } from '@kwm/adapter-parquet'
import { parseDayEvent } from '@kwm/model-venue'
import type { SettledEvents } from '../settled-events.ts'
import { numberOf, requireColumns, resultOf, textOf, type RecordedRow } from './recorded-row.ts'

/** Metadata of every market, traded or not: strikes, rules, results, `expiration_value`. */
export async function readMarketTable(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  const rows = await readParquet(file)
  const columns = ['ticker', 'yes_sub_title', 'strike_type', 'floor_strike', 'cap_strike']
  requireColumns(file, rows, [...columns, 'result', 'expiration_value', 'rules_primary'])
  for (const row of rows) {
    const marketTicker = textOf(row, 'ticker') ?? ''
    into.addMarket(recording, 'whole', {
      marketTicker,
      strikeType: textOf(row, 'strike_type'),
      floorStrike: numberOf(row, 'floor_strike'),
      capStrike: numberOf(row, 'cap_strike'),
      subtitle: textOf(row, 'yes_sub_title'),
      rulesText: textOf(row, 'rules_primary'),
      result: resultOf(row['result']),
    })
    addOwnValue(into, 'kalshi', marketTicker, numberOf(row, 'expiration_value'))
  }
}

/** Markets that traded, with one strike and the observed high: `outcome` is 1 where YES was paid. */
export async function readLabelTable(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  const rows = await readParquet(file)
  requireColumns(file, rows, ['ticker', 'strike_F', 'observed_high_F', 'outcome'])
  for (const row of rows) {
    const marketTicker = textOf(row, 'ticker') ?? ''
    into.addMarket(recording, 'part', {
      ...{ marketTicker, strikeType: null, capStrike: null, subtitle: null, rulesText: null },
      floorStrike: numberOf(row, 'strike_F'),
      result: outcomeOf(row),
    })
    addOwnValue(into, 'observed', marketTicker, numberOf(row, 'observed_high_F'))
  }
}

function outcomeOf(row: RecordedRow): 'yes' | 'no' | null {
  const outcome = numberOf(row, 'outcome')
  if (outcome === 1) return 'yes'
  return outcome === 0 ? 'no' : null
}

/** Many rows of one event say it, some of them nothing. */
export function addOwnValue(
  into: SettledEvents,
  source: 'kalshi' | 'observed',
  ticker: string,
  value: number | null,
): void {
  const day = parseDayEvent(ticker)
  if (day && value !== null) into.addValue(source, day, { value })
}
