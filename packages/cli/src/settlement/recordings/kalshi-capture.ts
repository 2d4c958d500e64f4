import type { SettledEvents } from '../settled-events.ts'
import { addOwnValue } from './market-tables.ts'
import { isRow, numberOf, RecordingError, resultOf, rowsOf, textOf } from './recorded-row.ts'
import { readText } from './text-file.ts'

/** An answer of `GET /markets?status=settled`, all or part of it. */
export async function readKalshiCapture(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  for (const market of rowsOf(await answerOf(file), 'markets')) {
    const marketTicker = textOf(market, 'ticker') ?? ''
    into.addMarket(recording, 'part', {
      marketTicker,
      strikeType: textOf(market, 'strike_type'),
      floorStrike: numberOf(market, 'floor_strike'),
      capStrike: numberOf(market, 'cap_strike'),
      subtitle: textOf(market, 'yes_sub_title') ?? textOf(market, 'subtitle'),
      rulesText: textOf(market, 'rules_primary'),
      result: resultOf(market['result']),
    })
    addOwnValue(into, 'kalshi', marketTicker, numberOf(market, 'expiration_value'))
  }
}

async function answerOf(file: string) {
  const text = await readText(file)
  try {
    const answer: unknown = JSON.parse(text)
    if (isRow(answer)) return answer
  } catch {
    // The message below says all there is to say.
  }
  throw new RecordingError(`${file}: no JSON object`)
}
