import { dateUs, isoDate, monthNumber, resolveDayTime } from '../calendar.ts'

/** The head of a text product: `CDUS41 KLWX 290640` and, on the line after it, `CLIDCA`. */
export type Bulletin = {
  readonly heading: string
  readonly office: string
  /** `CLIDCA`; empty where the line is missing, as in collectives of daily summaries. */
  readonly pil: string
  readonly issueTimeUs: number
  /** The heading ends in CCA, CCB …: a correction. */
  readonly isCorrected: boolean
  /** From the heading on. */
  readonly text: string
}

const HEADING = /^([A-Z]{4}\d{2}) ([A-Z0-9]{4}) (\d{6})(?: ((?:CC|RR|AA)[A-Z]))?[ \t]*$/m
const PIL = /^([A-Z0-9]{4,6})[ \t]*$/
/** `240 AM EDT MON JUN 29 2026` */
const ISSUED = /^\d{3,4} [AP]M [A-Z]{3,4} [A-Z]{3} ([A-Z]{3}) {1,2}(\d{1,2}) (\d{4})[ \t]*$/m
const HEAD_LINES_MAX = 12
export const BULLETIN_LENGTH_MAX = 200_000

/**
 * A product, or why it is none. The month of its time comes from the date line of the text, else
 * from `nearUs`: a day of the month alone says little in an archive.
 */
export function parseBulletin(product: string, nearUs: number): Bulletin | string {
  if (product.length > BULLETIN_LENGTH_MAX) return 'a text longer than any product'
  const normal = product.replaceAll('\r', '')
  const match = HEADING.exec(normal.split('\n', HEAD_LINES_MAX).join('\n'))
  if (!match) return `no heading: ${normal.trim().slice(0, 60)}`
  const [heading, , office, dayTime, mark] = match
  const text = normal.slice(match.index)
  const pil = PIL.exec(text.split('\n', 2)[1] ?? '')?.[1] ?? ''
  const issueTimeUs = resolveDayTime(dayTime!, issueDateUs(text) ?? nearUs)
  if (issueTimeUs === undefined) return `no such time: ${dayTime}`
  const isCorrected = mark?.startsWith('CC') ?? false
  return { heading: heading.trimEnd(), office: office!, pil, issueTimeUs, isCorrected, text }
}

const NOON_US = 43_200_000_000

function issueDateUs(text: string): number | undefined {
  const match = ISSUED.exec(text)
  if (!match) return undefined
  const date = isoDate(Number(match[3]), monthNumber(match[1]!), Number(match[2]))
  return date === undefined ? undefined : dateUs(date) + NOON_US
}
