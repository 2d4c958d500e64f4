/** One number that a strategy can be tuned by. */
export type NumberParam = {
  readonly default: number
  readonly min: number
  readonly max: number
  /** Whole numbers only. */
  readonly isWhole?: boolean
  /** What it is, with its unit. */
  readonly about: string
}

export type ParamsSchema = Readonly<Record<string, NumberParam>>
export type Params<Schema extends ParamsSchema = ParamsSchema> = {
  readonly [Name in keyof Schema]: number
}

export type ParamsResult =
  | { readonly ok: true; readonly params: Params }
  | { readonly ok: false; readonly fault: string }

export const defaultParams = <Schema extends ParamsSchema>(schema: Schema): Params<Schema> =>
  Object.fromEntries(
    Object.entries(schema).map(([name, param]) => [name, param.default]),
  ) as Params<Schema>

/**
 * The defaults with what is given in their place. The fault names the parameter and what would do.
 */
export function parseParams(schema: ParamsSchema, given: unknown): ParamsResult {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { ok: false, fault: 'an object of parameters is wanted' }
  }
  const params: Record<string, number> = { ...defaultParams(schema) }
  for (const [name, value] of Object.entries(given)) {
    const param = schema[name]
    if (!param) {
      return { ok: false, fault: `${name} is no parameter: ${Object.keys(schema).join(', ')}` }
    }
    const { min, max, isWhole = false, about } = param
    const isNumber = typeof value === 'number' && value >= min && value <= max
    if (!isNumber || (isWhole && !Number.isSafeInteger(value))) {
      const kind = isWhole ? 'whole number' : 'number'
      return { ok: false, fault: `${name} (${about}) is a ${kind} from ${min} to ${max}` }
    }
    params[name] = value
  }
  return { ok: true, params }
}
