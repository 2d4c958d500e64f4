export type CliParts = {
  readonly heading?: string
  readonly pil?: string
  readonly issued?: string
  readonly headline?: string
  readonly valid?: string
  readonly section?: string
  readonly max?: string
  readonly min?: string
}

/** A climate report of our own making, in the layout of the real ones. */
export function cliText(parts: CliParts = {}): string {
  const { heading = 'CDUS43 KLOT 110634', pil = 'CLIMDW', section = 'YESTERDAY', valid } = parts
  const { issued = '134 AM CDT SAT JUL 11 2026', headline = 'THE CHICAGO-MIDWAY' } = parts
  const { max = '  MAXIMUM         91   2:56 PM 106    1936  85      6       85' } = parts
  const { min = '  MINIMUM         70   4:31 AM  49    1934  67      3       70' } = parts
  return [
    ...['', '000 ', heading, pil, '', 'CLIMATE REPORT ', 'NATIONAL WEATHER SERVICE CHICAGO IL'],
    ...[issued, '', '...................................', ''],
    ...summaryLines({ headline, valid, section, max, min }),
    ...['', '&&', '', '$$', ''],
  ].join('\n')
}

type SummaryParts = {
  readonly headline: string
  readonly valid?: string | undefined
  readonly section: string
  readonly max: string
  readonly min: string
}

export function summaryLines({ headline, valid, section, max, min }: SummaryParts): string[] {
  const date = section === 'TODAY' ? 'JULY 11 2026' : 'JULY 10 2026'
  return [
    `...${headline} CLIMATE SUMMARY FOR ${date}...`,
    ...(valid === undefined ? [] : [valid]),
    ...['', 'CLIMATE NORMAL PERIOD: 1991 TO 2020', '', ''],
    'WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE LAST',
    '                VALUE   (LST)  VALUE       VALUE  FROM      YEAR',
    '...................................................................',
    ...['TEMPERATURE (F)', ` ${section}`, max, min, '  AVERAGE         81', ''],
    ...['PRECIPITATION (IN)', '  YESTERDAY        0.00          2.06 2021', ''],
    `${headline} CLIMATE NORMALS FOR TODAY`,
    ' MAXIMUM TEMPERATURE (F)   85       100      1936',
  ]
}

export function cf6Text(rows: readonly string[], month = 'JULY', year = '2026'): string {
  const rule = '='.repeat(80)
  return [
    ...[
      '000 ',
      'CXUS53 KLOT 110920',
      'CF6MDW',
      'PRELIMINARY LOCAL CLIMATOLOGICAL DATA (WS FORM: F-6)',
    ],
    ...['', '                         STATION:   CHICAGO MIDWAY'],
    ...[
      `                         MONTH:     ${month}`,
      `                         YEAR:      ${year}`,
    ],
    ...['', '  TEMPERATURE IN F:       :PCPN:    SNOW:  WIND', rule],
    ...[
      '1   2   3   4   5  6A  6B    7    8   9   10  11  12',
      'DY MAX MIN AVG DEP HDD CDD  WTR',
      rule,
    ],
    ...['', ...rows, rule, 'SM  760  364       862   0', rule, ''],
  ].join('\n')
}
