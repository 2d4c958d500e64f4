import { picturesOf } from './report-pictures.ts'
import type { Bars, Report, ReportSection } from './report.ts'

/** Fixed-width columns for a terminal. */
export function reportText({ sections }: Report): string {
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
export function reportMarkdown({ title, sections }: Report): string {
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
svg{display:block;margin:.5rem 0}rect{fill:#3b6ea5}line{stroke:#b3261e;stroke-dasharray:4 3}text{font-size:11px;fill:currentColor}
.pictures{display:flex;flex-wrap:wrap;gap:1rem;margin:.5rem 0}figure{margin:0}figcaption{font-weight:600}
.pictures line{stroke-dasharray:none}line.grid{stroke:#8884}.pictures line.even{stroke:#888;stroke-dasharray:4 3}
polyline{fill:none;stroke-width:1.5}.s0{stroke:#b06a10;fill:#b06a10}.s1{stroke:#3b6ea5;fill:#3b6ea5}polyline.s0,polyline.s1{fill:none}
.pictures line.s0{stroke:#b06a10}.pictures line.s1{stroke:#3b6ea5}text.label{fill:#888}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}td,th{border-color:#333}}`

/** The same tables as one page that asks nothing of the network. */
export function reportPage({ title, isGoalMet, sections }: Report): string {
  const parts = sections.map(({ title: head, text, columns, rows = [], bars, pictures }, index) => {
    const mark = index === 0 ? ` class="${isGoalMet ? 'met' : 'missed'}"` : ''
    const words = text === undefined ? '' : `<p>${escaped(text)}</p>`
    return `<h2${mark}>${escaped(head)}</h2>${words}${bars ? chartOf(bars) : ''}${pictures ? picturesOf(pictures, escaped) : ''}${columns ? tableOf(columns, rows) : ''}`
  })
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style>
<body><h1>${escaped(title)}</h1>
${parts.join('\n')}
</body></html>
`
}

const CHART = { width: 480, height: 120, foot: 16 }

/** Bars beside the line on which all would end if they were equal. */
function chartOf({ shares, labels }: Bars): string {
  const { width, height, foot } = CHART
  const top = Math.max(2 / shares.length, ...shares)
  const step = width / shares.length
  const y = (share: number): string => (height - (share / top) * height).toFixed(1)
  const bars = shares.map((share, at) => {
    const x = (at * step).toFixed(1)
    const size = `width="${(step - 4).toFixed(1)}" height="${((share / top) * height).toFixed(1)}"`
    const label = `<text x="${x}" y="${height + foot - 4}">${escaped(labels[at] ?? '')}</text>`
    return `<rect x="${x}" y="${y(share)}" ${size}/>${label}`
  })
  const even = y(1 / shares.length)
  const line = `<line x1="0" x2="${width}" y1="${even}" y2="${even}"/>`
  return `<svg role="img" width="${width}" height="${height + foot}" viewBox="0 0 ${width} ${height + foot}">${bars.join('')}${line}</svg>`
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
