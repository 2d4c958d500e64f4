import type { AuditReport, ReportSection } from './audit-report.ts'

/** Fixed-width columns for a terminal. */
export function reportText({ sections }: AuditReport): string {
  return sections.map((section) => `${section.title}\n${lines(section)}`).join('\n')
}

function lines({ text, columns, rows = [] }: ReportSection): string {
  const head = text === undefined ? '' : `  ${text}\n`
  if (!columns || rows.length === 0) return head
  const all = [columns, ...rows]
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)))
  const isRight = columns.map((_, at) => rows.every((row) => isNumber(row[at] ?? '')))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (isRight[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd()
  return `${head}${all.map((row) => `  ${line(row)}\n`).join('')}`
}

const isNumber = (cell: string): boolean => /^(?:-?[\d.,]+(?: %)?|–|)$/.test(cell)

/** The same tables as Markdown. */
export function reportMarkdown({ title, sections }: AuditReport): string {
  const parts = sections.map(({ title: head, text, columns, rows = [] }) => {
    const cell = (value: string): string => value.replaceAll('|', String.raw`\|`)
    const row = (values: readonly string[]): string => `| ${values.map(cell).join(' | ')} |`
    const cells =
      columns && rows.length > 0
        ? [row(columns), `|${columns.map(() => ' --- |').join('')}`, ...rows.map(row), '']
        : []
    return [`## ${head}`, '', ...(text === undefined ? [] : [text, '']), ...cells].join('\n')
  })
  return `# ${title}\n\n${parts.join('\n')}`
}

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{font-size:1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15rem .75rem;text-align:left;border-bottom:1px solid #ddd}td.n,th.n{text-align:right}
h2.met{color:#0a7d32}h2.missed{color:#b3261e}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}td,th{border-color:#333}}`

/** The same tables as one page that asks nothing of the network. */
export function reportPage({ title, isGoalMet, sections }: AuditReport): string {
  const parts = sections.map(({ title: head, text, columns, rows = [] }, index) => {
    const mark = index === 0 ? ` class="${isGoalMet ? 'met' : 'missed'}"` : ''
    const words = text === undefined ? '' : `<p>${escaped(text)}</p>`
    return `<h2${mark}>${escaped(head)}</h2>${words}${columns ? tableOf(columns, rows) : ''}`
  })
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style>
<body><h1>${escaped(title)}</h1>
${parts.join('\n')}
</body></html>
`
}

function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>'
  const isRight = columns.map((_, at) => rows.every((row) => isNumber(row[at] ?? '')))
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell, at) => `<${tag}${isRight[at] ? ' class="n"' : ''}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table>${line('th', columns)}${rows.map((row) => line('td', row)).join('')}</table>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!)
