export type VenueFault = { readonly code: string; readonly message: string }

const TEXT_MAX = 200

/**
 * The three forms seen: flat `{code, message, details}`, nested `{error: {code, message}}` and
 * `{error: 'too many requests'}`. Anything else is told by its first line.
 */
export function parseErrorBody(body: string): VenueFault {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { code: '', message: cut(body.split('\n', 1)[0]!) }
  }
  if (!isObject(value)) return { code: '', message: cut(body) }
  const { error } = value
  if (typeof error === 'string') return { code: '', message: cut(error) }
  return isObject(error) ? flat(error) : flat(value)
}

function flat(value: Readonly<Record<string, unknown>>): VenueFault {
  const parts = [value['message'], value['details']].filter((part) => typeof part === 'string')
  return {
    code: typeof value['code'] === 'string' ? cut(value['code']) : '',
    message: cut(parts.join(': ')) || 'no message',
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const cut = (text: string): string => text.slice(0, TEXT_MAX)
