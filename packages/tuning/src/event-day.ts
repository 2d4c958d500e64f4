const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** The climate day in an event ticker: `KXHIGHNY-26NOV20` -> `2026-11-20`. Null when there is none. */
export function eventDay(eventTicker: string): string | null {
  const match = /-(\d{2})([A-Z]{3})(\d{2})/.exec(eventTicker)
  const month = match ? MONTHS.indexOf(match[2]!) + 1 : 0
  if (!match || month === 0) return null
  return `20${match[1]}-${String(month).padStart(2, '0')}-${match[3]}`
}

/** Whole days from one climate day to another; 0 when there is no other. */
export function daysBetween(from: string, to: string | undefined): number {
  if (to === undefined) return 0
  const dayOf = (text: string): number => {
    const [year, month, day] = text.split('-').map(Number)
    return Date.UTC(year!, month! - 1, day) / 86_400_000
  }
  return dayOf(to) - dayOf(from)
}
