import type { VenueMarket } from '@kwm/adapter-kalshi'

/** An event of six brackets around `lowest`, as the venue lists it once it settled on `value`. */
export function settledEvent(
  eventTicker: string,
  lowest: number,
  value: number,
  given: Partial<VenueMarket> = {},
): VenueMarket[] {
  const brackets: [string, string, number | null, number | null][] = [
    [`T${lowest}`, 'less', null, lowest],
    ...[0, 2, 4, 6].map((up): [string, string, number, number] => [
      `B${lowest + up + 0.5}`,
      'between',
      lowest + up,
      lowest + up + 1,
    ]),
    [`T${lowest + 7}`, 'greater', lowest + 7, null],
  ]
  return brackets.map(([suffix, strikeType, floor, cap]) => ({
    ...{ ticker: `${eventTicker}-${suffix}`, event_ticker: eventTicker, status: 'finalized' },
    ...{ open_time: '2026-07-09T14:00:00Z', close_time: '2026-07-11T04:59:00Z' },
    ...{ strike_type: strikeType, floor_strike: floor, cap_strike: cap },
    result:
      (floor === null || value >= floor + (cap === null ? 1 : 0)) &&
      (cap === null || value <= cap - (floor === null ? 1 : 0))
        ? 'yes'
        : 'no',
    ...{ expiration_value: `${value}.00`, settlement_ts: '2026-07-11T12:00:59.542488Z' },
    ...given,
  }))
}
