/** A value of one column. Numbers are written in full precision; `null` is SQL NULL. */
export type CopyValue = string | number | bigint | boolean | null

const NEEDS_ESCAPE = /[\\\n\r\t]/
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/**
 * One line of COPY's text format, with its newline. `isPlain`: the caller knows that no text in it
 * holds a backslash, tab or line break.
 */
export function copyLine(values: readonly CopyValue[], isPlain = false): string {
  let line = ''
  for (let i = 0; i < values.length; i++) {
    if (i > 0) line += '\t'
    const value = values[i]!
    if (typeof value === 'string') line += isPlain ? value : escapeText(value)
    else if (value === null) line += '\\N'
    else if (typeof value === 'boolean') line += value ? 't' : 'f'
    else line += value
  }
  return line + '\n'
}

/** Everything but the four characters of the format itself stands for itself in COPY text. */
export const escapeText = (text: string): string =>
  NEEDS_ESCAPE.test(text) ? text.replace(/[\\\n\r\t]/g, (found) => ESCAPES[found]!) : text

/**
 * True when PostgreSQL can hold the text exactly: its UTF-8 has neither U+0000 nor lone surrogates.
 */
export const isStorableText = (text: string): boolean =>
  text.isWellFormed() && !text.includes('\u0000')
