const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** The climate day in an event ticker: `KXHIGHNY-26NOV20` -> `2026-11-20`. Null when there is none. */
export function eventDay(eventTicker: string): string | null {
  const match = /-(\d{2})([A-Z]{3})(\d{2})/.exec(eventTicker)
  const month = match ? MONTHS.indexOf(match[2]!) + 1 : 0
  if (!match || month === 0) return null
  return `20${match[1]}-${String(month).padStart(2, '0')}-${match[3]}`
}
