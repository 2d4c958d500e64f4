/** A source file with what is not code taken out, character for character, so positions still fit. */
export type Scan = {
  /** Comments and the insides of strings, templates and regular expressions are blank. */
  readonly code: string
  /** Everything except comments is blank. */
  readonly comments: string
  readonly imports: readonly Import[]
}

export type Import = {
  readonly specifier: string
  readonly line: number
  readonly typeOnly: boolean
}

type Span = { readonly kind: 'comment' | 'text'; readonly from: number; readonly to: number }

export function scan(source: string): Scan {
  const spans = spansOf(source)
  const code = blank(source, spans)
  const comments = spans.filter((span) => span.kind === 'comment')
  return { code, comments: keep(source, comments), imports: importsOf(source, code) }
}

export const lineOf = (text: string, index: number): number =>
  text.slice(0, index).split('\n').length

const whiteOut = (text: string): string => text.replaceAll(/[^\n]/g, ' ')

function blank(source: string, spans: readonly Span[]): string {
  let out = ''
  let at = 0
  for (const { from, to } of spans) {
    out += source.slice(at, from) + whiteOut(source.slice(from, to))
    at = to
  }
  return out + source.slice(at)
}

function keep(source: string, spans: readonly Span[]): string {
  let out = ''
  let at = 0
  for (const { from, to } of spans) {
    out += whiteOut(source.slice(at, from)) + source.slice(from, to)
    at = to
  }
  return out + whiteOut(source.slice(at))
}

/**
 * What is not code. Quotes are left standing (only what is between them is a span), and so is the
 * code inside `${}` of a template.
 */
function spansOf(source: string): Span[] {
  const spans: Span[] = []
  const braces: number[] = [] // For every open `${`: how many braces are open inside it.
  let at = 0
  const text = (from: number, to: number): void => {
    if (to > from) spans.push({ kind: 'text', from, to })
    at = to + 1
  }
  const template = (from: number): void => {
    const { end, opens } = endOfTemplate(source, from)
    text(from, end)
    if (opens) braces.push(0)
    if (opens) at = end + 2
  }
  while (at < source.length) {
    const char = source[at]!
    const pair = source.slice(at, at + 2)
    if (pair === '//' || pair === '/*') {
      const to = endOfComment(source, at)
      spans.push({ kind: 'comment', from: at, to })
      at = to
    } else if (char === "'" || char === '"') text(at + 1, endOfLiteral(source, at + 1, char))
    else if (char === '`') template(at + 1)
    else if (char === '/' && startsRegex(source, at)) text(at + 1, endOfRegex(source, at + 1))
    else if (char === '}' && braces.at(-1) === 0) {
      braces.pop()
      template(at + 1)
    } else {
      if (braces.length > 0 && char === '{') braces[braces.length - 1]! += 1
      if (braces.length > 0 && char === '}') braces[braces.length - 1]! -= 1
      at += 1
    }
  }
  return spans
}

function endOfComment(source: string, from: number): number {
  const isLine = source[from + 1] === '/'
  const end = source.indexOf(isLine ? '\n' : '*/', from + 2)
  if (end < 0) return source.length
  return isLine ? end : end + 2
}

/** The position of the closing quote; a string that is not closed ends with its line. */
function endOfLiteral(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source[at] === quote || source[at] === '\n') return at
  }
  return source.length
}

function endOfTemplate(source: string, from: number): { end: number; opens: boolean } {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source[at] === '`') return { end: at, opens: false }
    else if (source[at] === '$' && source[at + 1] === '{') return { end: at, opens: true }
  }
  return { end: source.length, opens: false }
}

function endOfRegex(source: string, from: number): number {
  let inClass = false
  for (let at = from; at < source.length; at += 1) {
    const char = source[at]
    if (char === '\\') at += 1
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if ((char === '/' && !inClass) || char === '\n') return at
  }
  return source.length
}

/** A slash divides after a value and starts a regular expression after anything else. */
function startsRegex(source: string, at: number): boolean {
  const before = source.slice(Math.max(0, at - 40), at).trimEnd()
  if (before === '') return true
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|void|yield|await)$/.test(before)) return true
  return !/[\w$)\]}'"`]$/.test(before)
}

const STATEMENT =
  /\b(?:import|export)\s+(type\s)?((?:(?!\b(?:import|export)\b)[\w$*\s{},])*?)\bfrom\s*['"]/g
const BARE = /\bimport\s*\(?\s*['"`]/g

function importsOf(source: string, code: string): Import[] {
  const found: Import[] = []
  const add = (match: RegExpExecArray, typeOnly: boolean): void => {
    const from = match.index + match[0].length
    const specifier = source.slice(from, endOfLiteral(source, from, source[from - 1]!))
    found.push({ specifier, line: lineOf(source, match.index), typeOnly })
  }
  for (const match of code.matchAll(STATEMENT)) {
    add(match, match[1] !== undefined || namesOnlyTypes(match[2]!))
  }
  for (const match of code.matchAll(BARE)) add(match, false)
  return found.toSorted((a, b) => a.line - b.line)
}

function namesOnlyTypes(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]
  if (names === undefined) return false
  const list = names.split(',').filter((name) => name.trim() !== '')
  return list.length > 0 && list.every((name) => /^\s*type\s/.test(name))
}
