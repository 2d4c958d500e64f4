export type VenueFault = {
  readonly code: string
  readonly message: string
  readonly details: string
}

const TEXT_MAX = 200

/**
 * The three forms seen: flat `{code, message, details}`, nested `{error: {code, message, details}}`
 * and `{error: 'too many requests'}`. Anything else is told by its first line.
 */
export function parseErrorBody(body: string): VenueFault {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return told(body.split('\n', 1)[0]!)
  }
  if (!isObject(value)) return told(body)
  const { error } = value
  if (typeof error === 'string') return { ...flat(value), message: cut(error) || 'no message' }
  return isObject(error) ? flat(error) : flat(value)
}

const told = (text: string): VenueFault => ({
  code: '',
  message: cut(text) || 'no message',
  details: '',
})

function flat(value: Readonly<Record<string, unknown>>): VenueFault {
  const details = textOf(value['details'])
  return {
    code: textOf(value['code']),
    message: textOf(value['message']) || details || 'no message',
    details,
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? cut(value) : '')

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const cut = (text: string): string => text.slice(0, TEXT_MAX)
